// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
	ago,
	bytes,
	clock,
	count,
	difference,
	length,
	nano,
	percent,
	plain,
	short,
	span,
	usd,
	usdExact,
	usdText,
} from '../src/lib/format';

describe('money', () => {
	it('is exact to the nano-dollar', () => {
		expect(nano('0.000000001')).toBe(1n);
		expect(nano('1000000000')).toBe(1_000_000_000_000_000_000n);
		expect(usdText(nano('0.1') + nano('0.2'))).toBe('0.3');
		expect(usdText(nano('-12.5'))).toBe('-12.5');
		expect(nano('no money')).toBe(0n);
		expect(nano('1.')).toBe(0n);
	});
	it('counts a part of a nano-dollar as one, as the ledger does', () => {
		expect(nano('0.0002777778')).toBe(277_778n);
		expect(nano('0.000277777800')).toBe(277_778n);
		expect(nano('0.000000001000')).toBe(1n);
		expect(nano('-0.0000000001')).toBe(-1n);
		expect(usd('0.000000000001')).toBe('$0.000000001');
	});
	it('is shown with as many digits as say something', () => {
		expect(usd('0')).toBe('$0');
		expect(usd('12.345')).toBe('$12.35');
		expect(usd('0.00325')).toBe('$0.00325');
		expect(usd('0.000000001')).toBe('$0.000000001');
		expect(usd('0.000046051')).toBe('$0.0000461');
		expect(usd('1234567.891')).toBe('$1,234,567.89');
		expect(usd('-0.5')).toBe('-$0.50');
		expect(usd('0.9999')).toBe('$1.00');
		expect(usd(null)).toBe('–');
		expect(usd(1_500_000_000n)).toBe('$1.50');
	});
	it('is shown whole where that is asked for', () => {
		expect(usdExact('1234.000000001')).toBe('$1,234.000000001');
		expect(usdExact('3')).toBe('$3.00');
		expect(usdExact('-3.1')).toBe('-$3.10');
	});
});

describe('numbers', () => {
	it('has three digits and a unit', () => {
		expect([0, 7, 99.95, 999, 1000, 12345, 999_600, 34_000_000].map(short)).toEqual([
			'0',
			'7',
			'100',
			'999',
			'1 k',
			'12.3 k',
			'1 M',
			'34 M',
		]);
		expect(short(null)).toBe('–');
		expect(short(Number.NaN)).toBe('–');
	});
	it('counts and parts', () => {
		expect(count(1234567)).toBe('1,234,567');
		expect(percent(0.0352)).toBe('3.52 %');
		expect(percent(1, 3)).toBe('33.3 %');
		expect(percent(1)).toBe('100 %');
		expect(percent(0.00001)).toBe('<0.01 %');
		expect(percent(1, 0)).toBe('–');
	});
	it('beside those before', () => {
		expect(difference(112, 100)).toBe('+12 %');
		expect(difference(50, 100)).toBe('−50 %');
		expect(difference(100, 100)).toBe('±0 %');
		expect(difference(1400, 100)).toBe('×14');
		expect(difference(5, 0)).toBe('–');
	});
	it('sizes', () => {
		expect([0, 512, 1024, 16_788_032].map(bytes)).toEqual(['0 B', '512 B', '1 KiB', '16 MiB']);
	});
});

describe('times', () => {
	it('spans, from microseconds', () => {
		expect([0, 950, 12_345, 999_600, 2_345_000, 95_000_000].map(span)).toEqual([
			'0 µs',
			'950 µs',
			'12.3 ms',
			'1 s',
			'2.35 s',
			'1 min 35 s',
		]);
		expect(span(null)).toBe('–');
		expect(length(3 * 86400 + 7200 + 59)).toBe('3 d 2 h');
		expect(length(3600)).toBe('1 h');
	});
	it('how long ago, and a clock that is a little wrong', () => {
		const now = Date.parse('2026-11-22T12:00:00Z');
		expect(ago('2026-11-22T11:57:00Z', now)).toBe('3 min ago');
		expect(ago('2026-11-24T12:00:00Z', now)).toBe('in 2 d');
		expect(ago('2026-11-22T12:00:03Z', now)).toBe('now');
		expect(ago('never', now)).toBe('–');
	});
	it('the time alone when it is today', () => {
		const now = new Date(2026, 10, 22, 12, 0, 0);
		expect(clock(new Date(2026, 10, 22, 9, 5, 7), now)).toBe('09:05:07');
		expect(clock(new Date(2026, 10, 21, 9, 5, 7), now)).toBe('11-21 09:05:07');
		expect(clock(new Date(2025, 0, 2, 9, 5, 7), now)).toBe('2025-01-02 09:05:07');
		expect(clock('rubbish', now)).toBe('–');
	});
});

describe('texts of strangers', () => {
	it('can not turn the text around them, nor hide', () => {
		expect(plain('a\u202egnp.exe')).toBe('a\ufffdgnp.exe');
		expect(plain('a\u200bb\u0000')).toBe('a\ufffdb\ufffd');
		expect(plain('x'.repeat(10_000))).toHaveLength(201);
		expect(plain('<script>')).toBe('<script>');
		expect(plain(null)).toBe('–');
	});
});
