// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
	curlOf,
	lanes,
	matches,
	outcomeOf,
	outcomeWords,
	quoted,
	statusKind,
} from '../src/lib/records';
import type { Attempt } from '../src/lib/types';
import { record } from './sample';

const attempt = (more: Partial<Attempt>): Attempt => ({
	target: 'p/m',
	provider: 'p',
	model: 'm',
	outcome: 'OK',
	charge: 'reported',
	http_status: 200,
	cost_usd: '0',
	start_us: 0,
	head_us: 10,
	first_us: 20,
	end_us: 90,
	...more,
});

describe('a record that comes live', () => {
	it('fits the filter as the API would say', () => {
		const r = record({ status: 429, model: 'm', attempts: [attempt({ provider: 'first' })] });
		expect(matches(r, {})).toBe(true);
		expect(matches(r, { status: '4xx', model: 'm' })).toBe(true);
		expect(matches(r, { status: '429' })).toBe(true);
		expect(matches(r, { status: '5xx' })).toBe(false);
		expect(matches(r, { provider: 'first' })).toBe(true);
		expect(matches(r, { provider: 'other' })).toBe(false);
		expect(matches(r, { key: 'x' })).toBe(false);
		expect(matches(r, { range: '1h' })).toBe(true);
	});
	it('is good, refused or bad', () => {
		expect(statusKind(record({}))).toBe('good');
		expect(statusKind(record({ status: 429, outcome: 'RATE_LIMITED' }))).toBe('warn');
		expect(statusKind(record({ status: 503, outcome: 'OVERLOADED' }))).toBe('bad');
		expect(statusKind(record({ status: 200, outcome: 'CLIENT_GONE' }))).toBe('');
	});
});

describe('the timeline', () => {
	it('has waiting, first piece and reading', () => {
		const [lane] = lanes(record({ attempts: [attempt({})] }));
		expect(lane.segments.map((s) => [s.fromUs, s.toUs])).toEqual([
			[0, 10],
			[10, 20],
			[20, 90],
		]);
	});
	it('of an attempt that got no answer it is all waiting', () => {
		const [lane] = lanes(
			record({ attempts: [attempt({ head_us: null, first_us: null, end_us: 50 })] }),
		);
		expect(lane.segments.map((s) => [s.fromUs, s.toUs])).toEqual([[0, 50]]);
	});
	it('times that contradict each other do not turn it around', () => {
		const [lane] = lanes(
			record({ attempts: [attempt({ head_us: 80, first_us: 20, end_us: 60 })] }),
		);
		for (const s of lane.segments) expect(s.toUs).toBeGreaterThan(s.fromUs);
	});
});

describe('curl', () => {
	it('asks for the same', () => {
		const line = curlOf({ operation: 'embeddings', model: 'e', stream: false });
		expect(line).toContain('/v1/embeddings"');
		expect(line).toContain('{"model":"e","input":"Hello"}');
	});
	it('no name breaks out of its quotes', () => {
		expect(quoted("a'; rm -rf ~; '")).toBe("'a'\\''; rm -rf ~; '\\'''");
		expect(curlOf({ operation: 'chat', model: "x'$(id)", stream: true })).toContain(
			"'\\''$(id)",
		);
	});
});

describe('an outcome', () => {
	it('is found by its words', () => {
		for (const outcome of ['OK', 'CLIENT_GONE', 'RATE_LIMITED'])
			expect(outcomeOf(outcomeWords(outcome))).toBe(outcome);
		expect(outcomeOf(' Client gone ')).toBe('CLIENT_GONE');
	});
});
