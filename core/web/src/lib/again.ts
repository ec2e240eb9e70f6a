// lib/again.ts - asks anew for what has changed: soon after the first change, then not more often
// than it can be answered.
// SPDX-License-Identifier: MIT

export interface Again {
	/** Something has changed. */
	want(): void;
	stop(): void;
}

/** From a change to the call, so that those that come together share one. */
export const SOON_MS = 300;
/** A call may take so many-th part of the time. */
const PART = 20;

/** call is made after a change, and not again before leastMs have gone by, nor PART times what it
 * took last. */
export function again(call: () => Promise<unknown>, leastMs: number, part = PART): Again {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let wanted = false;
	let busy = false;
	let stopped = false;
	let notBefore = 0;
	const run = async () => {
		timer = undefined;
		wanted = false;
		busy = true;
		const begun = Date.now();
		await call().catch(() => undefined); // the next change asks again
		busy = false;
		notBefore = begun + Math.max(leastMs, part * (Date.now() - begun));
		plan();
	};
	const plan = () => {
		if (stopped || busy || !wanted || timer !== undefined) return;
		timer = setTimeout(run, Math.max(SOON_MS, notBefore - Date.now()));
	};
	return {
		want() {
			wanted = true;
			plan();
		},
		stop() {
			stopped = true;
			clearTimeout(timer);
		},
	};
}
