// lib/query.ts - a page's filters live in its address: it can be sent, marked and gone back to.
// SPDX-License-Identifier: MIT
import { useLocation } from 'preact-iso/router';

export type Query = Record<string, string>;

export function parseQuery(search: string): Query {
	const out: Query = {};
	for (const [name, value] of new URLSearchParams(search)) out[name] = value;
	return out;
}

/** Names in order, without empty ones, so that equal filters have equal addresses. */
export function queryText(query: Record<string, string | number | null | undefined>): string {
	const out = new URLSearchParams();
	for (const name of Object.keys(query).sort()) {
		const value = query[name];
		if (value !== null && value !== undefined && value !== '') out.append(name, String(value));
	}
	const text = out.toString();
	return text ? `?${text}` : '';
}

/** What query becomes; an empty value takes its name away. */
export function merged(query: Query, patch: Record<string, string | null | undefined>): Query {
	const out: Query = { ...query };
	for (const [name, value] of Object.entries(patch)) {
		if (value) out[name] = value;
		else delete out[name];
	}
	return out;
}

/** Names as one value: a name may have a comma in it. */
export function listText(names: string[]): string {
	return names.map((n) => n.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');
}

export function listOf(text: string): string[] {
	return text
		.split(',')
		.filter(Boolean)
		.map((n) => n.replaceAll('%2C', ',').replaceAll('%25', '%'));
}

export interface QueryState {
	query: Query;
	/** Changes some; the address goes along, without a step of history. */
	set(patch: Record<string, string | null | undefined>): void;
	/** Takes all away but those of keep. */
	clear(keep?: string[]): void;
}

export function useQuery(): QueryState {
	const { path, query, route } = useLocation();
	const go = (next: Query) => route(path + queryText(next), true);
	return {
		query,
		// Of the address, not of what was drawn last: two changes in one moment both count.
		set: (patch) => go(merged(parseQuery(location.search), patch)),
		clear: (keep = []) =>
			go(Object.fromEntries(Object.entries(query).filter(([name]) => keep.includes(name)))),
	};
}

// --- spans of time ---

const SPANS: Record<string, number> = {
	'15m': 900e3,
	'1h': 3600e3,
	'6h': 6 * 3600e3,
	'24h': 24 * 3600e3,
	'7d': 7 * 86400e3,
	'30d': 30 * 86400e3,
	'90d': 90 * 86400e3,
};

/** table[name], if it has such a member of its own; else that of fallback. */
export function pick<T>(
	table: Record<string, T>,
	name: string | undefined,
	fallback: string,
): T {
	return table[name !== undefined && Object.hasOwn(table, name) ? name : fallback];
}

/** A time of the address; undefined when it is none. */
function timeOf(text: string | undefined): number | undefined {
	const at = text ? Date.parse(text) : Number.NaN;
	return Number.isNaN(at) ? undefined : at;
}

/** From when to when: "24h" of the address, or from and to of it. */
export function rangeMs(query: Query, fallback: string, now = Date.now()): [number, number] {
	const [from, to] = [timeOf(query.from), timeOf(query.to)];
	const length = pick(SPANS, query.range, fallback);
	const end = to ?? now;
	return [from !== undefined && from < end ? from : end - length, end];
}
