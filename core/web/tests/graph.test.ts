// tests/graph.test.ts - the picture of a route.
// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { BOX, band, column, fitted, heightFor } from '../src/lib/graph';

describe('the picture of a route', () => {
	it('has its columns in the middle, without overlaps', () => {
		const height = heightFor(1, 5);
		const [one] = column(0, 1, height);
		const five = column(300, 5, height);
		expect(one.y + BOX.h / 2).toBe(height / 2);
		expect(five[2].y).toBe(one.y);
		for (let i = 1; i < 5; i++) expect(five[i].y - five[i - 1].y).toBe(BOX.h + BOX.gap);
		expect(five[0].y).toBeGreaterThan(0);
	});
	it('has bands as wide as what went there', () => {
		const [a] = column(0, 1, 100);
		const [b] = column(300, 1, 100);
		expect(band(a, b, 10, 10).width).toBeGreaterThan(band(a, b, 5, 10).width);
		expect(band(a, b, 1, 1e9).width).toBeGreaterThan(0);
		expect([band(a, b, 0, 10).idle, band(a, b, 1, 10).idle]).toEqual([true, false]);
		expect(band(a, b, 0, 0).path).not.toContain('NaN');
	});
	it('cuts texts that do not fit', () => {
		expect(fitted('short', 168)).toBe('short');
		expect(fitted('x'.repeat(100), 70)).toHaveLength(9);
	});
});
