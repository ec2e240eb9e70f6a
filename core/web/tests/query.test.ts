// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
	listOf,
	listText,
	merged,
	parseQuery,
	pick,
	type Query,
	queryText,
	rangeMs,
} from '../src/lib/query';

describe('filters in the address', () => {
	it('come back as they went in', () => {
		const query = { model: 'a&b=c', key: 'ü/?#', status: '4xx' };
		expect(parseQuery(queryText(query))).toEqual(query);
	});
	it('equal filters have equal addresses', () => {
		expect(queryText({ b: '2', a: '1' })).toBe(queryText({ a: '1', b: '2' }));
		expect(queryText({ a: '', b: null, c: undefined })).toBe('');
	});
	it('change one at a time', () => {
		expect(merged({ a: '1', b: '2' }, { a: null, c: '3' })).toEqual({ b: '2', c: '3' });
		expect(merged({ a: '1' }, { a: '' })).toEqual({});
	});
});

describe('lists in the address', () => {
	it('keep names with commas, and are as they were for others', () => {
		for (const names of [['a', 'b'], ['a,b', '100%', '%2C'], []])
			expect(listOf(listText(names))).toEqual(names);
		expect(listText(['big', 'small'])).toBe('big,small');
	});
});

describe('spans of time', () => {
	const now = Date.parse('2026-11-22T12:00:00Z');
	it('move with the time', () => {
		expect(rangeMs({ range: '1h' }, '24h', now)).toEqual([now - 3600e3, now]);
	});
	it('stand still when they are said', () => {
		const fixed = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', range: '1h' };
		expect(rangeMs(fixed, '24h', now)).toEqual([Date.parse(fixed.from), Date.parse(fixed.to)]);
	});
	it('fall back when they are rubbish', () => {
		const rubbish: Query[] = [
			{ range: 'soon' },
			{ range: '__proto__' },
			{ from: 'x' },
			{ from: '2027-01-01' },
		];
		for (const query of rubbish) {
			expect(rangeMs(query, '24h', now)).toEqual([now - 86400e3, now]);
		}
	});
	it('a name of every object is not a choice', () => {
		expect(pick({ a: 1, b: 2 }, 'constructor', 'b')).toBe(2);
		expect(pick({ a: 1, b: 2 }, 'a', 'b')).toBe(1);
	});
});
