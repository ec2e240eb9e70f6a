// lib/explain.ts - what the gateway says of a request that it would get: POST /v1/explain, asked in
// the name of a key. Nothing is decided here: words only are put to what it decided.
// SPDX-License-Identifier: MIT
import { ask, piece } from './api';

export interface Candidate {
	target: string;
	provider: string;
	model: string;
	credential: string;
	state: string;
	weight: number;
	tier: number;
	inflight: number;
	ttft_ms: number | null;
	tokens_per_second: number | null;
	error_rate: number | null;
	estimated_usd: string | null;
	hold_usd: string | null;
	price_row?: string;
}

export interface Explanation {
	model: string;
	route: string;
	operation: string;
	policy: string;
	affinity: string;
	estimated_input_tokens: number;
	estimated_output_tokens: number;
	/** In the order in which they would be tried. */
	candidates: Candidate[];
	skipped: { target: string; why: string }[];
	fallbacks: string[];
	context_fallbacks: string[];
	content_fallbacks: string[];
	limits: Record<string, { max: number; remaining: number }>;
	cache: { verdict: string; target?: string } | null;
	/** What the first would be sent; null: it was refused. */
	request?: Record<string, unknown> | null;
	refused?: string;
	translated?: boolean;
}

export async function explain(
	key: string,
	model: string,
	text: string,
	maxTokens: string,
): Promise<Explanation> {
	const body = {
		model,
		messages: [{ role: 'user', content: text }],
		...(maxTokens.trim() ? { max_tokens: Number(maxTokens) } : {}),
	};
	const path = `/admin/v1/keys/${piece(key)}/explain`;
	return (await ask<Explanation>(path, { method: 'POST', body, asKey: true })).data;
}

const SKIPPED: Record<string, string> = {
	ONLY: "not among the targets that the request's routing wants",
	IGNORED: "the request's routing does not want it",
	PRICE: 'dearer than the request allows',
	OPERATION: 'its provider can not do this',
	DRAINED: 'drained by an operator',
	POLICY: 'the policy left it out',
	NOT_SERVED: 'its plugin is not loaded, or could not be opened',
};
const STATES: Record<string, string> = {
	ready: 'ready',
	probing: 'the next request shows how it does',
	cooling: 'cools down: asked only when nobody else is left',
};

export interface Step {
	/** In the order of trying; null: it would not be asked. */
	number: number | null;
	target: string;
	why: string;
	of: Candidate | null;
}

/** Those that would be tried, then those that would not. */
export function stepsOf(e: Explanation): Step[] {
	const tried = e.candidates.map((of, i) => ({
		number: i + 1,
		target: of.target,
		why: STATES[of.state] ?? of.state,
		of,
	}));
	const not = e.skipped.map((s) => ({
		number: null,
		target: s.target,
		why: SKIPPED[s.why] ?? s.why.toLowerCase(),
		of: null,
	}));
	return [...tried, ...not];
}

/** Who is asked when those are of no use, with when. */
export function insteadOf(e: Explanation): [model: string, when: string][] {
	const of = (all: string[], when: string) => all.map((m): [string, string] => [m, when]);
	return [
		...of(e.fallbacks, 'when all fail'),
		...of(e.context_fallbacks, 'when it is too long'),
		...of(e.content_fallbacks, 'when content is refused'),
	];
}
