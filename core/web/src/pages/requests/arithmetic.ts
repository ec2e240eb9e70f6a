// pages/requests/arithmetic.ts - what a request cost, line by line, by the prices of now.
// SPDX-License-Identifier: MIT
import { nano, usdText } from '../../lib/format';
import { costs, hasFees } from '../../lib/prices';
import type { RequestRecord } from '../../lib/types';

/** USD per million tokens; a row for each tier: from above so many input tokens. */
export interface PriceRow {
	model: string;
	target: string;
	above: number | null;
	input?: string | null;
	output?: string | null;
	cached_input?: string | null;
	cache_write?: string | null;
	[member: string]: unknown;
}

export interface Line {
	name: string;
	tokens: number;
	price: string;
	usd: string;
}

const MILLION = 1_000_000n;

function line(name: string, tokens: number | null, price: unknown): Line | null {
	if (!tokens || typeof price !== 'string') return null;
	const exact = BigInt(tokens) * nano(price);
	// As the ledger does: a part of a nano-dollar is charged as one.
	return { name, tokens, price, usd: usdText((exact + MILLION - 1n) / MILLION) };
}

export interface Sum {
	lines: Line[];
	total: string;
	/** It is what was charged. */
	fits: boolean;
	/** Something else than tokens costs, too. */
	fees: boolean;
}

/** The prices of the target that was asked last, of all that its provider has. They are of the
 * model that was asked for or of its fallback; one that was asked for directly has those of any. */
export function rowsFor(r: RequestRecord, rows: PriceRow[]): PriceRow[] {
	const target = r.attempts.at(-1)?.target;
	const its = rows.filter((p) => p.target === target);
	const names = [r.decision?.fallback, r.model, its[0]?.model];
	const name = names.find((n) => its.some((p) => p.model === n));
	return its.filter((p) => p.model === name);
}

export function sumOf(r: RequestRecord, rows: PriceRow[]): Sum | null {
	// The first one has no tokens to be above of: nobody may know how many there were.
	const tiers = rows.filter((p) => !p.above || (r.input_tokens ?? 0) > p.above);
	const tier = tiers.sort((a, b) => (b.above ?? 0) - (a.above ?? 0))[0];
	if (!tier || (!tier.input && !tier.output)) return null;
	const cached = tier.cached_input ? (r.cached_tokens ?? 0) : 0;
	const written = tier.cache_write ? (r.cache_write_tokens ?? 0) : 0;
	const lines = [
		line('Input', (r.input_tokens ?? 0) - cached - written, tier.input),
		line('Input, cached', cached, tier.cached_input),
		line('Written to the cache', written, tier.cache_write),
		line('Output', r.output_tokens, tier.output),
	].filter((l) => l !== null);
	const fees = rows.some((p) => hasFees(p) || costs(p.per_request));
	const total = lines.reduce((n, l) => n + nano(l.usd), 0n);
	const charged = nano(r.cost_usd);
	const gap = total > charged ? total - charged : charged - total;
	return { lines, total: usdText(total), fits: gap <= BigInt(lines.length), fees };
}
