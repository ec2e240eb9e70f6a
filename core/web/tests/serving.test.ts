// tests/serving.test.ts - rates of models, and what a request costs by them; states of providers.
// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { costOf, isFeesOnly, rates } from '../src/lib/prices';
import {
	accounts,
	addRecords,
	failures,
	isReady,
	lonely,
	NOTHING_SINCE,
	pastOf,
	providerState,
	type Route,
	shares,
	sinceNow,
	targetState,
	targetWhy,
} from '../src/lib/serving';
import type { RequestRecord, Target, Usage } from '../src/lib/types';
import { DAY_MS, hourBefore } from '../src/pages/providers/rows';

const price = {
	input: '1.25',
	output: '10',
	tiers: [{ above: 200, input: '2.50', output: '15.00' }],
	per_request: '0.01',
	images: [{ size: '512x512', quality: 'hd', per_image: '0.018' }],
};

describe('prices', () => {
	it('are listed with tiers, fees and pictures', () => {
		expect(rates(price).map((r) => [r.name, r.usd, r.above])).toEqual([
			['Input', '1.25', 0],
			['Output', '10', 0],
			['a request', '0.01', 0],
			['Input', '2.50', 200],
			['Output', '15.00', 200],
			['an image 512x512 hd', '0.018', 0],
		]);
		expect(rates(null)).toEqual([]);
	});
	it('make the cost of a request, by its tier, rounded up to the nano-dollar', () => {
		expect(costOf(price, 200, 10)).toBe('0.01035');
		expect(costOf(price, 201, 10)).toBe('0.0106525');
		expect(costOf({ input: '0.0001', output: '0' }, 1, 0)).toBe('0.000000001');
		expect(costOf(null, 1, 1)).toBeUndefined();
		const more = { input: '0.000001', output: '0', per_request: '0.000000000001' };
		expect(costOf(more, 1, 0)).toBe('0.000000001');
	});
	it('by fees alone is what they are, not zeros', () => {
		const none = { input: '0.00', output: '0.00' };
		const sound = { ...none, per_second: '0.0002777778' };
		expect(costOf(sound, 1000, 500)).toBeUndefined();
		expect(isFeesOnly(sound)).toBe(true);
		expect(rates(sound).map((r) => r.name)).toEqual(['a second']);
		expect(isFeesOnly({ ...none, images: [{ size: '1x1', per_image: '0.04' }] })).toBe(true);
		expect(costOf({ ...none, per_request: '0.01' }, 1000, 500)).toBe('0.01');
		expect([isFeesOnly(none), costOf(none, 1000, 500)]).toEqual([false, '0']);
		const both = { ...none, input: '1', per_search: '0.01' };
		expect([isFeesOnly(both), costOf(both, 1000, 500)]).toEqual([false, '0.001']);
	});
});

const target = (name: string, state: Target['state'], credentials: [string, string][] = []) =>
	({
		name,
		provider: name.split('/')[0],
		state,
		credentials: credentials.map(([id, s]) => ({ id, state: s })),
	}) as unknown as Target;
const missing = (name: string, state: Target['state'] = 'ready') => ({
	...target(name, state),
	status: 'unavailable',
});
const provider = { name: 'a', status: 'available' } as never;

describe('providers', () => {
	it('are as good as their targets and credentials', () => {
		const of = (...all: Target[]) => providerState(provider, all);
		expect(of(target('b/m', 'ready'))).toBe('unused');
		expect(of(target('a/m', 'ready'), target('a/n', 'ready'))).toBe('ready');
		expect(of(target('a/m', 'ready', [['k', 'cooling']]))).toBe('degraded');
		expect(of(target('a/m', 'ready'), target('a/n', 'drained'))).toBe('degraded');
		expect(of(target('a/m', 'cooling'), target('a/n', 'drained'))).toBe('down');
		expect(of(target('a/m', 'drained'))).toBe('drained');
	});
	it('are not down while one of their targets only waits for a request', () => {
		const of = (...all: Target[]) => providerState(provider, all);
		expect(of(target('a/m', 'probing'))).toBe('degraded');
		expect(of(target('a/m', 'probing'), target('a/n', 'drained'))).toBe('degraded');
		expect(of(target('a/m', 'probing'), target('a/n', 'cooling'))).toBe('degraded');
		expect(of(target('a/m', 'cooling'))).toBe('down');
	});
	it('are not ready for what has no plugin, whatever its health', () => {
		expect([missing('a/m'), target('a/n', 'ready')].map(isReady)).toEqual([false, true]);
		expect(targetState(missing('a/m', 'probing'))).toBe('unavailable');
		expect(targetState(missing('a/m', 'drained'))).toBe('drained');
		expect(targetWhy(missing('a/m'))).toContain('plugin');
		expect(providerState(provider, [missing('a/m')])).toBe('down');
		expect(providerState(provider, [missing('a/m', 'drained')])).toBe('drained');
		expect(providerState(provider, [missing('a/m'), target('a/n', 'ready')])).toBe('degraded');
	});
	it('show each credential as it does at its worst target', () => {
		const all = accounts('a', [
			target('a/m', 'ready', [['k', 'ready']]),
			target('a/n', 'cooling', [['k', 'cooling']]),
		]);
		expect(all.map((c) => [c.id, c.state, c.troubled])).toEqual([['k', 'cooling', ['a/n']]]);
	});
	it('have their errors counted by kind, the most frequent first', () => {
		const of = (id: string, ...all: [string, string, number | null][]) =>
			({
				id,
				attempts: all.map(([provider, outcome, http_status]) => ({
					provider,
					outcome,
					http_status,
				})),
			}) as unknown as RequestRecord;
		const found = failures('a', [
			of('3', ['a', 'TIMEOUT', null], ['b', 'OK', 200]),
			of('2', ['a', 'UPSTREAM', 503], ['a', 'UPSTREAM', 503], ['b', 'UPSTREAM', 503]),
			of('1', ['a', 'UPSTREAM', 503], ['a', 'OK', 200]),
			of('0', ['a', 'OVERTAKEN', null], ['a', 'CLIENT_GONE', 200]),
		]);
		expect(found.map((f) => [f.outcome, f.http, f.count, f.newest.id])).toEqual([
			['UPSTREAM', 503, 3, '2'],
			['TIMEOUT', null, 1, '3'],
		]);
	});
	it('tell which models have nobody else', () => {
		const route = (model: string, ...names: string[]) =>
			({ model, targets: names.map((n) => ({ target: n })) }) as unknown as Route;
		const routes = [route('x', 'a/m', 'b/m'), route('y', 'a/m'), route('z', 'a/m', 'c/m')];
		const all = [target('a/m', 'ready'), target('b/m', 'ready'), target('c/m', 'drained')];
		expect(lonely('a/m', routes, all)).toEqual(['y', 'z']);
		const gone = [target('a/m', 'ready'), missing('b/m'), target('c/m', 'ready')];
		expect(lonely('a/m', routes, gone)).toEqual(['x', 'y']);
	});
	it('count each request for its model, and each attempt for its target', () => {
		const attempts = [{ target: 'a/m' }, { target: 'b/m' }];
		const of = (...all: object[]) =>
			({ model: 'x', attempts: all }) as unknown as RequestRecord;
		const since = addRecords(addRecords(NOTHING_SINCE, [of(...attempts)]), [of(attempts[1])]);
		expect([...since.requests]).toEqual([['x', 2]]);
		expect([...since.last]).toEqual([['x\nb/m', 2]]);
		expect([...since.vain]).toEqual([['x\na/m', 1]]);
		expect(NOTHING_SINCE.vain.size).toBe(0);
		const anew = sinceNow(since); // sums have the last of each, and only these
		expect([anew.requests.size, anew.last.size, [...anew.vain]]).toEqual([
			0,
			0,
			[['x\na/m', 1]],
		]);
	});
	it('are asked for what the last day came to, from a whole hour on', () => {
		const at = Date.parse('2026-11-23T10:59:59.999Z');
		expect(hourBefore(DAY_MS, at)).toBe('2026-11-22T10:00:00.000Z');
		expect(hourBefore(DAY_MS, at + 1)).toBe('2026-11-22T11:00:00.000Z');
	});
});

describe('routes', () => {
	const way = (name: string, weight: number) => ({
		target: name,
		provider: name.split('/')[0],
		model: name.split('/')[1],
		weight,
	});
	const route = {
		model: 'x',
		targets: [way('a/1', 3), way('a/2', 1), way('b/1', 1)],
	} as unknown as Route;
	const usage = {
		data: [
			{ model: 'x', provider: 'a', requests: 8, hits: 0 },
			{ model: 'x', provider: 'b', requests: 6, hits: 4 },
			{ model: 'x', provider: 'fallback', requests: 7, hits: 0 },
			{ model: 'y', provider: 'b', requests: 50, hits: 0 },
		],
	} as unknown as Usage;
	it('share what a provider got by weight, and add what has come since', () => {
		const since = { ...NOTHING_SINCE, last: new Map([['x\na/2', 1]]) };
		const flow = shares(route, pastOf(usage), since);
		expect([...flow.values()]).toEqual([6, 3, 2]);
	});
	it('have all that was asked of the model, by whoever answered', () => {
		expect(pastOf(usage).get('x')?.requests).toBe(21);
	});
});
