// lib/stream.ts - what the state of the event stream becomes by what happens to it. Nothing here
// touches the network: lib/events.ts does.
// SPDX-License-Identifier: MIT

export type StreamState = 'closed' | 'opening' | 'open' | 'waiting' | 'polling';

export interface Stream {
	state: StreamState;
	/** The id of the newest event: where to go on. */
	last: string;
	/** Openings that failed since the last good one. */
	failures: number;
	/** How long to wait before the next opening. */
	waitMs: number;
}

export type StreamEvent =
	| { type: 'open' }
	| { type: 'opened' }
	| { type: 'event'; id: string }
	| { type: 'failed'; refused: boolean }
	| { type: 'close' };

export const FIRST_WAIT_MS = 500;
export const LAST_WAIT_MS = 15_000;
/** So many openings in a row that fail, and pages ask by themselves until one succeeds. */
export const FAILURES_MAX = 4;

export const closed: Stream = { state: 'closed', last: '', failures: 0, waitMs: FIRST_WAIT_MS };

/** dice: 0 to 1, so that viewers of a gateway that starts again do not all come at once. */
export function reduceStream(s: Stream, e: StreamEvent, dice = 0.5): Stream {
	switch (e.type) {
		case 'open':
			return { ...s, state: s.state === 'polling' ? 'polling' : 'opening' };
		case 'opened':
			return { ...s, state: 'open', failures: 0, waitMs: FIRST_WAIT_MS };
		case 'event':
			return { ...s, state: 'open', failures: 0, last: e.id || s.last };
		case 'close':
			return { ...closed, last: s.last };
		case 'failed': {
			const failures = s.failures + 1;
			const full = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
			return {
				...s,
				failures,
				state: e.refused || failures >= FAILURES_MAX ? 'polling' : 'waiting',
				waitMs: Math.round(full * (0.75 + dice / 2)),
			};
		}
	}
}

/** Keeps the newest max of a list whose head is the newest, each once by its id. */
export function prepend<T>(list: T[], fresh: T[], idOf: (one: T) => string, max: number): T[] {
	const seen = new Set<string>();
	const out: T[] = [];
	for (const one of [...fresh, ...list]) {
		const id = idOf(one);
		if (seen.has(id)) continue;
		seen.add(id);
		out.push(one);
		if (out.length >= max) break;
	}
	return out;
}

/** Those that are not older than from. */
export function since<T extends { time: string }>(list: T[], from: string | undefined): T[] {
	const at = from === undefined ? Number.NaN : Date.parse(from);
	return Number.isNaN(at) ? list : list.filter((one) => Date.parse(one.time) >= at);
}

/** A window over seconds: appended in order, what is older than spanS goes, doubles are dropped. */
export function slide<T extends { time: string }>(list: T[], fresh: T, spanS: number): T[] {
	const at = Date.parse(fresh.time);
	if (list.length && Date.parse(list[list.length - 1].time) >= at) return list;
	const from = at - spanS * 1000;
	const start = list.findIndex((s) => Date.parse(s.time) > from);
	return [...(start < 0 ? [] : list.slice(start)), fresh];
}
