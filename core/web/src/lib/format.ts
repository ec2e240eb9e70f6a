// lib/format.ts - figures, money and times as people read them.
// SPDX-License-Identifier: MIT

const NANO = 1_000_000_000n;
export const NONE = '–';

/** A decimal USD text as a whole number of nano-dollars: sums of it are exact. Prices may have more
 * decimals: a part of a nano-dollar counts as one, as in the ledger. */
export const nano = (usd: string): bigint => scaled(usd, 9);

/** The same with so many decimals. */
export function scaled(usd: string, places: number): bigint {
	const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(usd.trim());
	if (!m) return 0n;
	const part = (m[3] ?? '').padEnd(places, '0');
	const more = /[1-9]/.test(part.slice(places)) ? 1n : 0n;
	const n = BigInt(m[2] + part.slice(0, places)) + more;
	return m[1] ? -n : n;
}

/** The decimal text of nano-dollars, with no more decimals than it needs. */
export function usdText(n: bigint): string {
	const a = n < 0n ? -n : n;
	const part = (a % NANO).toString().padStart(9, '0').replace(/0+$/, '');
	return `${n < 0n ? '-' : ''}${a / NANO}${part ? `.${part}` : ''}`;
}

function grouped(whole: string): string {
	return whole.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "$12.34"; below a cent with as many decimals as show three digits of it. */
export function usd(value: string | bigint | null | undefined): string {
	if (value === null || value === undefined || value === '') return NONE;
	const n = typeof value === 'bigint' ? value : nano(value);
	const sign = n < 0n ? '-' : '';
	const a = n < 0n ? -n : n;
	if (a === 0n) return '$0';
	let decimals = 2;
	if (a < NANO) {
		const lead = a.toString().padStart(9, '0').search(/[1-9]/);
		decimals = Math.min(9, Math.max(2, lead + 3));
	}
	const unit = 10n ** BigInt(9 - decimals);
	const rounded = (a + unit / 2n) / unit;
	const text = rounded.toString().padStart(decimals + 1, '0');
	const fraction = text.slice(-decimals).replace(/0+$/, '').padEnd(2, '0');
	return `${sign}$${grouped(text.slice(0, -decimals))}.${fraction}`;
}

/** All of it, to the last nano-dollar. */
export function usdExact(value: string | null | undefined): string {
	if (value === null || value === undefined) return NONE;
	const [whole, part] = usdText(nano(value)).split('.');
	const sign = whole.startsWith('-') ? '-' : '';
	return `${sign}$${grouped(whole.replace('-', ''))}${part ? `.${part.padEnd(2, '0')}` : '.00'}`;
}

/** What a chart draws: exactness is for texts. */
export function usdNumber(value: string | null | undefined): number {
	return value ? Number(nano(value)) / 1e9 : 0;
}

export function count(n: number | null | undefined): string {
	return n === null || n === undefined ? NONE : Math.round(n).toLocaleString('en-US');
}

/** "1.2 k", "34 M": three digits at most. */
export function short(n: number | null | undefined): string {
	if (n === null || n === undefined || !Number.isFinite(n)) return NONE;
	const a = Math.abs(n);
	const units: [number, string][] = [
		[1e12, 'T'],
		[1e9, 'G'],
		[1e6, 'M'],
		[1e3, 'k'],
	];
	for (const [size, name] of units) {
		if (a >= size * 0.9995) return `${digits(n / size)} ${name}`;
	}
	return digits(n);
}

function digits(n: number): string {
	const a = Math.abs(n);
	if (a === 0) return '0';
	return String(Number(n.toFixed(a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2)));
}

export function percent(part: number | null | undefined, whole = 1): string {
	if (part === null || part === undefined || whole === 0) return NONE;
	const p = (part / whole) * 100;
	if (p > 0 && p < 0.01) return '<0.01 %';
	return `${Number(p.toFixed(p >= 99.95 || p === 0 ? 0 : p >= 10 ? 1 : 2))} %`;
}

/** "+12 %", or "×14" when it has grown so much: what a number is beside the one before it. */
export function difference(now: number | null, before: number | null): string {
	if (now === null || !before) return NONE;
	const part = (now - before) / before;
	if (Math.abs(part) < 0.0005) return '±0 %';
	if (part >= 9) return `×${count(Math.round(part + 1))}`;
	return `${part > 0 ? '+' : '−'}${percent(Math.abs(part))}`;
}

/** A span, from microseconds. */
export function span(us: number | null | undefined): string {
	if (us === null || us === undefined || !Number.isFinite(us)) return NONE;
	if (us < 1000) return `${Math.round(us)} µs`;
	if (us < 999_500) return `${digits(us / 1000)} ms`;
	if (us < 59_950_000) return `${digits(us / 1e6)} s`;
	return length(us / 1e6);
}

/** "2 h 5 min", from seconds: the two biggest units. */
export function length(s: number): string {
	const left = Math.max(0, Math.round(s));
	const parts: [number, string][] = [
		[Math.floor(left / 86400), 'd'],
		[Math.floor(left / 3600) % 24, 'h'],
		[Math.floor(left / 60) % 60, 'min'],
		[left % 60, 's'],
	];
	const first = parts.findIndex(([n]) => n > 0);
	if (first < 0) return '0 s';
	return parts
		.slice(first, first + 2)
		.filter(([n]) => n > 0)
		.map(([n, unit]) => `${n} ${unit}`)
		.join(' ');
}

export function bytes(n: number | null | undefined): string {
	if (n === null || n === undefined) return NONE;
	const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	let at = 0;
	let left = n;
	while (left >= 999.5 && at < units.length - 1) {
		left /= 1024;
		at++;
	}
	return `${digits(left)} ${units[at]}`;
}

const two = (n: number) => String(n).padStart(2, '0');

function hours(d: Date): string {
	return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** In this place's zone: the time alone when it is today. */
export function clock(at: string | number | Date, now = new Date()): string {
	const d = new Date(at);
	if (Number.isNaN(d.getTime())) return NONE;
	if (d.toDateString() === now.toDateString()) return hours(d);
	const day = `${two(d.getMonth() + 1)}-${two(d.getDate())}`;
	return d.getFullYear() === now.getFullYear() ? `${day} ${hours(d)}` : dateTime(d);
}

export function dateTime(at: string | number | Date): string {
	const d = new Date(at);
	if (Number.isNaN(d.getTime())) return NONE;
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${hours(d)}`;
}

/** "3 min ago", "in 2 d". A clock that is a little wrong says "now". */
export function ago(at: string | number | Date, now = Date.now()): string {
	const s = (now - new Date(at).getTime()) / 1000;
	if (Number.isNaN(s)) return NONE;
	if (Math.abs(s) < 5) return 'now';
	const text = length(Math.abs(s)).split(' ').slice(0, 2).join(' ');
	return s > 0 ? `${text} ago` : `in ${text}`;
}

/** Texts of strangers: what turns the direction of text, or can not be seen, is made visible. */
export function plain(text: string | null | undefined, max = 200): string {
	if (text === null || text === undefined) return NONE;
	const cut = text.length > max ? `${text.slice(0, max)}…` : text;
	return cut.replace(
		/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
		'\ufffd',
	);
}
