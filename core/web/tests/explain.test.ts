// tests/explain.test.ts - what the gateway decided, in words and in its order.
// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { type Explanation, insteadOf, stepsOf } from '../src/lib/explain';

const said = {
	candidates: [
		{ target: 'b/1', state: 'ready' },
		{ target: 'a/1', state: 'cooling' },
	],
	skipped: [
		{ target: 'a/2', why: 'DRAINED' },
		{ target: 'c/1', why: 'SOMETHING_NEW' },
	],
	fallbacks: ['x'],
	context_fallbacks: [],
	content_fallbacks: ['y'],
} as unknown as Explanation;

describe('explanations', () => {
	it('keep the order of the gateway, and those skipped come last', () => {
		expect(stepsOf(said).map((s) => [s.number, s.target, s.why])).toEqual([
			[1, 'b/1', 'ready'],
			[2, 'a/1', 'cools down: asked only when nobody else is left'],
			[null, 'a/2', 'drained by an operator'],
			[null, 'c/1', 'something_new'],
		]);
	});
	it('say who is asked instead, and when', () => {
		expect(insteadOf(said)).toEqual([
			['x', 'when all fail'],
			['y', 'when content is refused'],
		]);
	});
});
