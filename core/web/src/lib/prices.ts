// lib/prices.ts - what models cost: names of rates, and the cost of a request by them.
// SPDX-License-Identifier: MIT
import { nano, usdText } from './format';

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
	const add = (of: Price, above: number) => {
		for (const [name, value] of Object.entries(of)) {
			if (typeof value !== 'string') continue;
			const known = Object.hasOwn(RATES, name);
			out.push({
				name: known ? RATES[name] : words(name),
				usd: value,
				per: known ? 'a million tokens' : name.startsWith('per_') ? '' : 'a million tokens',
				above,
			});
		}
	};
	add(price, 0);
	for (const tier of (Array.isArray(price.tiers) ? price.tiers : []) as Price[])
		add(tier, Number(tier.above) || 0);
	for (const size of (Array.isArray(price.images) ? price.images : []) as Price[]) {
		const name = ['an image', size.size, size.quality].filter(Boolean).join(' ');
		if (typeof size.per_image === 'string')
			out.push({ name, usd: size.per_image, per: '', above: 0 });
	}
	return out;
}

/** Decimal USD of so many tokens, exact to the nano-dollar and rounded up; undefined: no price. */
export function costOf(
	price: Price | null | undefined,
	input: number,
	output: number,
): string | undefined {
	if (!price || typeof price.input !== 'string') return undefined;
	const tier = ((Array.isArray(price.tiers) ? price.tiers : []) as Price[])
		.filter((t) => input > (Number(t.above) || 0))
		.sort((a, b) => Number(b.above) - Number(a.above))[0];
	const rate = (name: string) => nano(String(tier?.[name] ?? price[name] ?? '0'));
	const pico = rate('input') * BigInt(input) + rate('output') * BigInt(output);
	const fee = typeof price.per_request === 'string' ? nano(price.per_request) : 0n;
	return usdText(fee + (pico + 999_999n) / 1_000_000n);
}
