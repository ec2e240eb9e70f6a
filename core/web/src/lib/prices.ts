// lib/prices.ts - what models cost: names of rates, and the cost of a request by them.
// SPDX-License-Identifier: MIT
import { nano, scaled, usdText } from './format';

/** Decimal USD; lists are tiers and sizes of pictures. */
export type Price = Record<string, unknown>;

const RATES: Record<string, string> = {
	input: 'Input',
	cached_input: 'Cached input',
	cache_write: 'Written to the cache',
	cache_write_1h: 'Written for an hour',
	output: 'Output',
	reasoning: 'Reasoning',
	audio_input: 'Audio input',
	audio_output: 'Audio output',
	image_input: 'Image input',
	image_output: 'Image output',
};

/** What a number of tokens does not tell. */
const FEES = ['per_image', 'per_second', 'per_character', 'per_search'];

export const costs = (value: unknown): boolean => typeof value === 'string' && nano(value) > 0n;

/** The sizes of pictures, or the tiers. */
function listOf(price: Price, name: string): Price[] {
	return Array.isArray(price[name]) ? price[name] : [];
}

/** Something is charged besides tokens and the request itself. */
export function hasFees(price: Price): boolean {
	return FEES.some((name) => costs(price[name])) || listOf(price, 'images').length > 0;
}

/** Tokens cost nothing, because something else does: zeros that the configuration did not say. */
export function isFeesOnly(price: Price): boolean {
	const tokens = [price, ...listOf(price, 'tiers')].some((of) =>
		Object.keys(RATES).some((name) => costs(of[name])),
	);
	return !tokens && (hasFees(price) || costs(price.per_request));
}

export interface Rate {
	name: string;
	/** Decimal USD. */
	usd: string;
	per: string;
	/** From how many input tokens on. */
	above: number;
}

const words = (name: string) => name.replace(/^per_/, 'a ').replaceAll('_', ' ');

/** All that a price says, one line each. */
export function rates(price: Price | null | undefined): Rate[] {
	if (!price) return [];
	const out: Rate[] = [];
	const feesOnly = isFeesOnly(price);
	const add = (of: Price, above: number) => {
		for (const [name, value] of Object.entries(of)) {
			if (typeof value !== 'string') continue;
			const known = Object.hasOwn(RATES, name);
			if (known && feesOnly) continue;
			out.push({
				name: known ? RATES[name] : words(name),
				usd: value,
				per: known ? 'a million tokens' : name.startsWith('per_') ? '' : 'a million tokens',
				above,
			});
		}
	};
	add(price, 0);
	for (const tier of listOf(price, 'tiers')) add(tier, Number(tier.above) || 0);
	for (const size of listOf(price, 'images')) {
		const name = ['an image', size.size, size.quality].filter(Boolean).join(' ');
		if (typeof size.per_image === 'string')
			out.push({ name, usd: size.per_image, per: '', above: 0 });
	}
	return out;
}

/** Decimal USD of so many tokens, exact to the nano-dollar and rounded up; undefined: there is no
 * price, or tokens do not tell what it costs. */
export function costOf(
	price: Price | null | undefined,
	input: number,
	output: number,
): string | undefined {
	if (!price || typeof price.input !== 'string') return undefined;
	if (isFeesOnly(price) && hasFees(price)) return undefined;
	const tier = listOf(price, 'tiers')
		.filter((t) => input > (Number(t.above) || 0))
		.sort((a, b) => Number(b.above) - Number(a.above))[0];
	const rate = (name: string) => nano(String(tier?.[name] ?? price[name] ?? '0'));
	// With 15 decimals: nano-dollars for a million tokens.
	const tokens = rate('input') * BigInt(input) + rate('output') * BigInt(output);
	const fee = typeof price.per_request === 'string' ? scaled(price.per_request, 15) : 0n;
	return usdText((fee + tokens + 999_999n) / 1_000_000n);
}
