// pages/providers/rows.ts - providers with their targets, and what the last day came to.
// SPDX-License-Identifier: MIT
import { useEffect } from 'preact/hooks';
import { useEvents, usePolling } from '../../lib/events';
import { NONE, nano, short } from '../../lib/format';
import { useLoad } from '../../lib/load';
import { least, type Provider, providerState, type Serving } from '../../lib/serving';
import type { Sums, Target } from '../../lib/types';

const FRESH_MS = 5000;
const FRESH_MANY_MS = 30_000;
const MANY = 200;
export const DAY_MS = 86400e3;
const HOUR_MS = 3600e3;

/** On a whole hour, so that asking again is the same question, until the next hour. */
export function hourBefore(ms: number, now = Date.now()): string {
	return new Date(Math.floor((now - ms) / HOUR_MS) * HOUR_MS).toISOString();
}

export function useServing(ms = DAY_MS) {
	const loaded = useLoad<Serving>('/admin/v1/serving', { from: hourBefore(ms) }, true);
	useEvents('health', loaded.reload);
	useEvents('changes', loaded.reload);
	usePolling(loaded.reload);
	// Long answers are asked for less often.
	const slow = (loaded.data?.targets.data.length ?? 0) > MANY;
	useEffect(() => {
		const each = setInterval(
			() => document.hidden || loaded.reload(),
			slow ? FRESH_MANY_MS : FRESH_MS,
		);
		return () => clearInterval(each);
	}, [slow]);
	return loaded;
}

export interface Row {
	provider: Provider;
	targets: Target[];
	sums: Pick<Sums, 'requests' | 'errors' | 'total_us' | 'total_count'> & { cost: bigint };
}

export function rowsOf(s: Serving): Row[] {
	const of = new Map<string, Row>();
	for (const provider of s.providers.data) {
		const sums = { requests: 0, errors: 0, total_us: 0, total_count: 0, cost: 0n };
		of.set(provider.name, { provider, targets: [], sums });
	}
	for (const t of s.targets.data) of.get(t.provider)?.targets.push(t);
	for (const u of s.usage.data) {
		const sums = of.get(u.provider ?? '')?.sums;
		if (!sums) continue;
		sums.requests += u.requests;
		sums.errors += u.errors;
		sums.total_us += u.total_us;
		sums.total_count += u.total_count;
		sums.cost += nano(u.cost_usd);
	}
	return [...of.values()];
}

export const inflight = (r: Row) => r.targets.reduce((n, t) => n + t.inflight, 0);
export const mean = (r: Row) =>
	r.sums.total_count ? r.sums.total_us / r.sums.total_count : null;
export const stateOf = (r: Row) => providerState(r.provider, r.targets);

export function headroom(targets: Target[]): string {
	const requests = least(targets.map((t) => t.requests_left));
	const tokens = least(targets.map((t) => t.tokens_left));
	const words = [
		requests !== null && `${short(requests)} requests`,
		tokens !== null && `${short(tokens)} tokens`,
	].filter(Boolean);
	return words.join(', ') || NONE;
}
