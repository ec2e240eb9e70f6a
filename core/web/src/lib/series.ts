// lib/series.ts - rows of the API as lines of charts.
// SPDX-License-Identifier: MIT
import { dateTime, nano, usdNumber } from './format';
import type { Quantiles, Stats, Sums, UsageRow } from './types';

export type Span = 'minute' | 'hour' | 'day';
export const SPAN_MS: Record<Span, number> = { minute: 60e3, hour: 3600e3, day: 86400e3 };

/** The span that gives a chart of at most some 200 points. */
export function spanFor(lengthMs: number): Span {
	if (lengthMs <= 3 * 3600e3) return 'minute';
	return lengthMs <= 8 * 86400e3 ? 'hour' : 'day';
}

/** The beginnings of all spans from one time to another. */
export function buckets(fromMs: number, toMs: number, span: Span): number[] {
	const step = SPAN_MS[span];
	const out: number[] = [];
	for (let t = Math.floor(fromMs / step) * step; t < toMs; t += step) out.push(t);
	return out;
}

/** A value for each beginning; spans without a row have none in the answer. */
export function fill<T, Row extends { time?: string }>(
	at: number[],
	rows: Row[],
	value: (row: Row) => T,
	none: T,
): T[] {
	const found = new Map(rows.map((r) => [Date.parse(r.time ?? ''), r]));
	return at.map((t) => {
		const row = found.get(t);
		return row ? value(row) : none;
	});
}

export function errorsOf(s: Stats): number {
	return Object.values(s.errors).reduce((a, b) => a + b, 0);
}

export interface Rates {
	seconds: number;
	requests: number;
	errors: number;
	tokens: number;
	usdPerHour: number;
	hits: number;
	latency: Usual;
	first: Usual;
	/** Of the gateway. */
	overheadP99: number | null;
	newest: Stats | undefined;
}

/** What is usual, and what is rare, in microseconds; null: no request. */
export interface Usual {
	p50: number | null;
	p99: number | null;
}

/** The value that one request of a hundred passes, of seconds that each know theirs. A second
 * with few requests knows its slowest, one with many a value that one of a hundred passes, and
 * of those about half are above the whole's. */
export function p99Of(seconds: { p99: number | null; requests: number }[]): number | null {
	const own = seconds.flatMap(({ p99, requests }) => (p99 === null ? [] : [{ p99, requests }]));
	const passing = own.reduce((n, s) => n + s.requests, 0) / 100;
	let above = 0;
	own.sort((a, b) => b.p99 - a.p99);
	const here = own.find((s) => {
		above += Math.max(1, s.requests / 50);
		return above >= passing;
	});
	return here?.p99 ?? null;
}

/** Of seconds, of which each has its own quantiles. */
export function usualOf(window: Stats[], of: (s: Stats) => Quantiles): Usual {
	const own = window
		.map((s) => ({ ...of(s), requests: s.requests, weight: Math.max(1, s.requests) }))
		.filter((s) => s.p50 !== null)
		.sort((a, b) => (a.p50 ?? 0) - (b.p50 ?? 0));
	const half = own.reduce((n, s) => n + s.weight, 0) / 2;
	let at = 0;
	const middle = own.find((s) => {
		at += s.weight;
		return at >= half;
	});
	return { p50: middle?.p50 ?? null, p99: p99Of(own) };
}

/** What a window of seconds says of now: rates over its last minute. */
export function ratesOf(window: Stats[], overS = 60): Rates {
	const newest = window[window.length - 1];
	const from = newest ? Date.parse(newest.time) - overS * 1000 : 0;
	const recent = window.filter((s) => Date.parse(s.time) > from);
	const first = recent[0];
	const seconds =
		first && newest ? (Date.parse(newest.time) - Date.parse(first.time)) / 1000 + 1 : 1;
	// Times are of the last minute, or of all that is shown when nobody asked in it.
	const usual = (of: (s: Stats) => Quantiles) => {
		const now = usualOf(recent, of);
		return now.p50 === null ? usualOf(window, of) : now;
	};
	const overhead = (list: Stats[]) =>
		p99Of(list.map((s) => ({ p99: s.overhead_p99_us, requests: s.requests })));
	const sum = (of: (s: Stats) => number) => recent.reduce((a, s) => a + of(s), 0);
	return {
		seconds,
		requests: sum((s) => s.requests) / seconds,
		errors:
			sum(errorsOf) /
			Math.max(
				1,
				sum((s) => s.requests),
			),
		tokens: sum((s) => s.input_tokens + s.output_tokens) / seconds,
		usdPerHour: (sum((s) => usdNumber(s.cost_usd)) / seconds) * 3600,
		hits:
			sum((s) => s.cache_hits) /
			Math.max(
				1,
				sum((s) => s.requests),
			),
		latency: usual((s) => s.latency_us),
		first: usual((s) => s.ttft_us),
		overheadP99: overhead(recent) ?? overhead(window),
		newest,
	};
}

/** The beginnings of the month before, of this one and of the next, in UTC, as budgets have them. */
export function monthOf(nowMs: number): [number, number, number] {
	const d = new Date(nowMs);
	const begin = (more: number) => Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + more, 1);
	return [begin(-1), begin(0), begin(1)];
}

/** What the whole of a month comes to, if it goes on as it has; undefined in its first hour. */
export function forecast(cost: bigint, nowMs: number): bigint | undefined {
	const [, begin, end] = monthOf(nowMs);
	if (nowMs - begin < SPAN_MS.hour) return undefined;
	return (cost * BigInt(end - begin)) / BigInt(Math.floor(nowMs - begin));
}

// --- groups of rows ---

export type Metric =
	| 'cost'
	| 'requests'
	| 'errors'
	| 'input'
	| 'output'
	| 'cached'
	| 'latency'
	| 'first'
	| 'saved';

/** Exact: money is in nano-dollars, means are made of sums at the end. */
export interface Tally {
	requests: number;
	errors: number;
	input: number;
	output: number;
	cached: number;
	hits: number;
	cost: bigint;
	saved: bigint;
	totalUs: number;
	totalCount: number;
	firstUs: number;
	firstCount: number;
}

export function tally(rows: Sums[]): Tally {
	const t: Tally = {
		requests: 0,
		errors: 0,
		input: 0,
		output: 0,
		cached: 0,
		hits: 0,
		cost: 0n,
		saved: 0n,
		totalUs: 0,
		totalCount: 0,
		firstUs: 0,
		firstCount: 0,
	};
	for (const r of rows) {
		t.requests += r.requests;
		t.errors += r.errors;
		t.input += r.input_tokens;
		t.output += r.output_tokens;
		t.cached += r.cached_tokens;
		t.hits += r.hits;
		t.cost += nano(r.cost_usd);
		t.saved += nano(r.saved_usd);
		t.totalUs += r.total_us;
		t.totalCount += r.total_count;
		t.firstUs += r.first_us;
		t.firstCount += r.first_count;
	}
	return t;
}

export function measure(t: Tally, metric: Metric): number | null {
	switch (metric) {
		case 'cost':
			return Number(t.cost) / 1e9;
		case 'saved':
			return Number(t.saved) / 1e9;
		case 'latency':
			return t.totalCount ? t.totalUs / t.totalCount : null;
		case 'first':
			return t.firstCount ? t.firstUs / t.firstCount : null;
		default:
			return t[metric];
	}
}

export interface Group {
	/** null: those that have none. */
	name: string | null;
	other: boolean;
	rows: UsageRow[];
	tally: Tally;
}

/** What the gateway calls all those that it does not tell by name. */
export const OTHER = '(other)';

const order = (by: Metric) => (a: Group, b: Group) =>
	Number(a.other) - Number(b.other) ||
	(measure(b.tally, by) ?? 0) - (measure(a.tally, by) ?? 0);

/** Rows by their name, the biggest first, 'Other' last. */
export function groupRows(rows: UsageRow[], by: keyof UsageRow, metric: Metric): Group[] {
	const found = new Map<string | null, UsageRow[]>();
	for (const r of rows) {
		const name = (r[by] as string | null | undefined) ?? null;
		const list = found.get(name);
		if (list) list.push(r);
		else found.set(name, [r]);
	}
	return [...found]
		.map(
			([name, own]): Group => ({ name, other: name === OTHER, rows: own, tally: tally(own) }),
		)
		.sort(order(metric));
}

/** One row for each time: charts of a group add up what stands at one time. */
export function byTime(rows: UsageRow[]): Map<number, UsageRow[]> {
	const out = new Map<number, UsageRow[]>();
	for (const r of rows) {
		const t = Date.parse(r.time ?? '');
		const list = out.get(t);
		if (list) list.push(r);
		else out.set(t, [r]);
	}
	return out;
}

// --- drawing ---

/** Sums up from the first to the last; null counts as nothing. */
export function stack(series: { values: (number | null)[] }[]): (number | null)[][] {
	const out: (number | null)[][] = [];
	for (const s of series) {
		const below = out[out.length - 1];
		out.push(s.values.map((v, i) => (v ?? 0) + (below?.[i] ?? 0)));
	}
	return out;
}

/** Points without a neighbour: a line through them would draw nothing. */
export function lonePoints(values: (number | null | undefined)[]): number[] {
	const none = (i: number) => values[i] === null || values[i] === undefined;
	return [...values.keys()].filter((i) => !none(i) && none(i - 1) && none(i + 1));
}

const two = (n: number) => String(n).padStart(2, '0');

/** The time of a point, in this place's zone; of a day, which is one of UTC, its date. */
export function pointWords(t: number, step?: Span): string {
	return step === 'day' ? new Date(t * 1000).toISOString().slice(0, 10) : dateTime(t * 1000);
}

/** Words of the axis of time, in this place's zone, days in UTC: as fine as the steps between them. */
export function timeWords(at: number[], step: number, by?: Span): string[] {
	const local = (t: number) => {
		const d = new Date(t * 1000);
		return by === 'day' ? new Date(t * 1000 + d.getTimezoneOffset() * 60e3) : d;
	};
	return at.map((t, i) => {
		const d = local(t);
		const day = `${d.getDate()} ${d.toLocaleString('en', { month: 'short' })}`;
		if (step >= 86400) return day;
		const clock = `${two(d.getHours())}:${two(d.getMinutes())}`;
		const first = i === 0 || local(at[i - 1]).getDate() !== d.getDate();
		if (step >= 3600 && first && (i > 0 || d.getHours() === 0)) return day;
		return step < 60 ? `${clock}:${two(d.getSeconds())}` : clock;
	});
}

// --- long lists ---

/** The height of a row of a table (--row of tokens.css). */
export const ROW = 34;
const BEYOND = 12;

/** The rows that are seen of count, and a few more. */
export function seenRows(top: number, height: number, count: number): [number, number] {
	const first = Math.max(0, Math.floor(-top / ROW) - BEYOND);
	const last = Math.min(count, Math.ceil((height - top) / ROW) + BEYOND);
	return [Math.min(first, count), Math.max(last, Math.min(first, count))];
}
