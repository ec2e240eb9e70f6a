// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { dateTime, difference } from '../src/lib/format';
import {
	buckets,
	fill,
	forecast,
	groupRows,
	lonePoints,
	measure,
	monthOf,
	OTHER,
	p99Of,
	pointWords,
	ratesOf,
	seenRows,
	spanFor,
	stack,
	tally,
	timeWords,
	usualOf,
} from '../src/lib/series';
import type { RequestRecord, Stats, UsageRow } from '../src/lib/types';
import { rowsFor, sumOf } from '../src/pages/requests/arithmetic';
import { attempt, record } from './sample';

const row = (more: Partial<UsageRow>): UsageRow => ({
	requests: 1,
	errors: 0,
	estimated: 0,
	input_tokens: 0,
	cached_tokens: 0,
	cache_write_tokens: 0,
	output_tokens: 0,
	reasoning_tokens: 0,
	total_us: 0,
	total_count: 0,
	first_us: 0,
	first_count: 0,
	mean_total_us: null,
	mean_first_us: null,
	cost_usd: '0',
	hits: 0,
	saved_usd: '0',
	...more,
});

describe('sums', () => {
	it('lose nothing, where floating point would', () => {
		const rows = Array.from({ length: 10_000 }, () => row({ cost_usd: '0.000000007' }));
		expect(tally(rows).cost).toBe(70_000n);
	});
	it('means are of all requests, not of means', () => {
		const t = tally([
			row({ total_us: 100, total_count: 1 }),
			row({ total_us: 900, total_count: 9 }),
		]);
		expect(measure(t, 'latency')).toBe(100);
		expect(measure(tally([]), 'latency')).toBeNull();
	});
	it('the biggest are first, and what the gateway summed as others is last', () => {
		const rows = ['a', OTHER, 'c', 'd'].map((model, i) => row({ model, cost_usd: String(i) }));
		const groups = groupRows([...rows, row({ model: 'a', cost_usd: '9' })], 'model', 'cost');
		expect(groups.map((g) => [g.name, g.other])).toEqual([
			['a', false],
			['d', false],
			['c', false],
			[OTHER, true],
		]);
		expect(groups[0].tally.cost).toBe(9_000_000_000n);
	});
	it('a group without a name is not Other', () => {
		expect(groupRows([row({ key: null })], 'key', 'requests')[0]).toMatchObject({
			name: null,
			other: false,
		});
	});
});

describe('spans', () => {
	it('all of them are there, with or without rows', () => {
		const at = buckets(
			Date.parse('2026-11-22T10:20:00Z'),
			Date.parse('2026-11-22T13:00:00Z'),
			'hour',
		);
		expect(at.map((t) => new Date(t).toISOString().slice(11, 16))).toEqual([
			'10:00',
			'11:00',
			'12:00',
		]);
		expect(
			fill(at, [row({ time: '2026-11-22T11:00:00.000Z', requests: 5 })], (r) => r.requests, 0),
		).toEqual([0, 5, 0]);
	});
	it('are as fine as a chart can show', () => {
		expect([3600e3, 86400e3, 30 * 86400e3].map(spanFor)).toEqual(['minute', 'hour', 'day']);
	});
});

describe('now', () => {
	const second = (s: number, requests: number): Stats => ({
		time: new Date(s * 1000).toISOString(),
		requests,
		errors: { '503': 1 },
		input_tokens: 10,
		output_tokens: 20,
		cached_tokens: 0,
		cost_usd: '0.001',
		latency_us: { p50: 1, p95: 2, p99: 3 },
		ttft_us: { p50: 1, p95: 2, p99: 3 },
		overhead_p99_us: 1,
		streams: 0,
		inflight: {},
		cache_hits: 0,
	});
	it('is the last minute, not all of the window', () => {
		const w = Array.from({ length: 120 }, (_, i) => second(i, i < 60 ? 100 : 10));
		expect(ratesOf(w)).toMatchObject({ seconds: 60, requests: 10, errors: 0.1, tokens: 30 });
		expect(ratesOf(w).usdPerHour).toBeCloseTo(3.6);
	});
	it('tells times of the last second that had any', () => {
		const none = { p50: null, p95: null, p99: null };
		const quiet = (s: Stats) =>
			({ ...s, requests: 0, latency_us: none, ttft_us: none, overhead_p99_us: null }) as Stats;
		const w = Array.from({ length: 120 }, (_, i) => second(i, 10));
		const of = (...asked: number[]) =>
			ratesOf(w.map((s, i) => (asked.includes(i) ? s : quiet(s))));
		expect(of(70).latency).toEqual({ p50: 1, p99: 3 });
		expect(of(3).latency).toEqual({ p50: 1, p99: 3 });
		expect(of(3)).toMatchObject({ requests: 0, overheadP99: 1, first: { p50: 1 } });
		expect(of().latency).toEqual({ p50: null, p99: null });
	});
	it('has the middle of its seconds, by how many asked', () => {
		const of = (p50: number, p99: number, requests: number) => ({
			...second(0, requests),
			latency_us: { p50, p95: p50, p99 },
		});
		const all = [of(10, 90, 1), of(30, 40, 5), of(20, 50, 1)];
		expect(usualOf(all, (s) => s.latency_us)).toEqual({ p50: 30, p99: 90 });
	});
	it('has what one request of a hundred passes, not the one that was slowest', () => {
		const minute = (requests: number, of: (i: number) => number) =>
			Array.from({ length: 60 }, (_, i) => ({ p99: of(i), requests }));
		expect(p99Of(minute(8, (i) => (i === 30 ? 1000 : i < 10 ? 20 : 10)))).toBe(20);
		expect(p99Of(minute(1, (i) => (i === 30 ? 1000 : 10)))).toBe(1000);
		expect(p99Of(minute(1000, (i) => i))).toBeCloseTo(30, -0.5);
		expect(p99Of([{ p99: null, requests: 3 }])).toBeNull();
	});
	it('is nothing without a second', () => expect(ratesOf([]).requests).toBe(0));
});

describe('drawing', () => {
	it('knows the points that no line goes through', () => {
		expect(lonePoints([1, null, 2, 3, null, 0, undefined])).toEqual([0, 5]);
		expect(lonePoints([7])).toEqual([0]);
		expect(lonePoints([1, 2])).toEqual([]);
	});
	it('foresees a month by what there was of it', () => {
		const middle = Date.UTC(2026, 10, 16);
		expect(forecast(1000n, middle)).toBe(2000n);
		expect(forecast(7n, Date.UTC(2026, 10, 1, 0, 30))).toBeUndefined();
		expect(
			monthOf(Date.UTC(2026, 0, 31, 23)).map((t) => new Date(t).toISOString().slice(0, 10)),
		).toEqual(['2025-12-01', '2026-01-01', '2026-02-01']);
	});
	it('stacks from the first to the last', () => {
		expect(stack([{ values: [1, null] }, { values: [2, 3] }])).toEqual([
			[1, 0],
			[3, 3],
		]);
	});
	it('says times as fine as the steps', () => {
		const at = new Date(2026, 10, 22, 9, 5, 7).getTime() / 1000;
		expect(timeWords([at], 1)).toEqual(['09:05:07']);
		expect(timeWords([at], 60)).toEqual(['09:05']);
		expect(timeWords([at], 86400)).toEqual(['22 Nov']);
	});
	it('says days as those of UTC, wherever one is', () => {
		for (const zone of ['America/Los_Angeles', 'Asia/Tokyo']) {
			vi.stubEnv('TZ', zone);
			const at = Date.UTC(2026, 10, 23) / 1000;
			expect(pointWords(at, 'day')).toBe('2026-11-23');
			expect(timeWords([at], 86400, 'day')).toEqual(['23 Nov']);
			expect(pointWords(at, 'hour')).toBe(dateTime(at * 1000));
		}
		vi.unstubAllEnvs();
	});
	it('of a long list only what is seen', () => {
		expect(seenRows(0, 680, 10_000)).toEqual([0, 32]);
		expect(seenRows(-34_000, 680, 10_000)).toEqual([988, 1032]);
		expect(seenRows(-999_999_999, 680, 100)).toEqual([100, 100]);
	});
});

describe('comparing', () => {
	it('with the period before', () => {
		expect(difference(12, 10)).toBe('+20 %');
		expect(difference(5, 10)).toBe('−50 %');
		expect(difference(10, 10)).toBe('±0 %');
		expect(difference(10, 0)).toBe('–');
		expect(difference(null, 3)).toBe('–');
	});
});

describe('cost arithmetic', () => {
	const price = {
		model: 'm',
		target: 't',
		above: 0,
		input: '2.50',
		cached_input: '1.25',
		output: '10',
	};
	it('is tokens times prices', () => {
		const sum = sumOf(
			record({ input_tokens: 1000, cached_tokens: 400, output_tokens: 100, cost_usd: '0.003' }),
			[price],
		);
		expect(sum).toMatchObject({ total: '0.003', fits: true });
		expect(sum?.lines.map((l) => l.usd)).toEqual(['0.0015', '0.0005', '0.001']);
	});
	it('takes the tier that the prompt passes', () => {
		const tiers = [price, { ...price, above: 500, input: '5', cached_input: null }];
		expect(sumOf(record({ input_tokens: 1000, output_tokens: 0 }), tiers)?.total).toBe('0.005');
	});
	it('says when prices have changed', () => {
		expect(
			sumOf(record({ input_tokens: 1000, output_tokens: 0, cost_usd: '1' }), [price])?.fits,
		).toBe(false);
	});
	it('knows the first tier when nobody knows how many tokens there were', () => {
		const none = record({ input_tokens: null, output_tokens: 100 });
		expect(sumOf(none, [price])?.total).toBe('0.001');
		expect(sumOf(record({ input_tokens: 0, output_tokens: 0 }), [price])?.total).toBe('0');
	});
	it('says when something else than tokens costs', () => {
		const fees = { ...price, input: '0.00', output: '0.00', per_second: '0.0002777778' };
		expect(sumOf(record({ cost_usd: '0.5' }), [fees])).toMatchObject({
			total: '0',
			fees: true,
		});
		expect(sumOf(record({}), [price])?.fees).toBe(false);
	});
	it('has prices of the target that was asked, of the model that it was asked for', () => {
		const rows = [price, { ...price, model: 'other', input: '3' }, { ...price, target: 'x' }];
		const of = (more: Partial<RequestRecord>) =>
			rowsFor(record({ attempts: [attempt({ target: 't' })], ...more }), rows);
		expect(of({ model: 'm' })).toEqual([rows[0]]);
		expect(of({ model: 'other' })).toEqual([rows[1]]);
		expect(of({ model: 'm', decision: { fallback: 'other' } })).toEqual([rows[1]]);
		expect(of({ model: 'p/t' })).toEqual([rows[0]]);
		expect(of({ model: null })).toEqual([rows[0]]);
		expect(of({ attempts: [] })).toEqual([]);
	});
	it('knows when there is no price', () => expect(sumOf(record({}), [])).toBeNull());
});
