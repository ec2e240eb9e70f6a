// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
	closed,
	FAILURES_MAX,
	FIRST_WAIT_MS,
	LAST_WAIT_MS,
	prepend,
	reduceStream,
	type Stream,
	type StreamEvent,
	since,
	slide,
} from '../src/lib/stream';

const run = (events: StreamEvent[], from: Stream = closed) =>
	events.reduce((s, e) => reduceStream(s, e, 0.5), from);
const failed: StreamEvent = { type: 'failed', refused: false };

describe('the event stream', () => {
	it('opens, and remembers where it is', () => {
		const s = run([
			{ type: 'open' },
			{ type: 'opened' },
			{ type: 'event', id: '7' },
			{ type: 'event', id: '8' },
		]);
		expect(s).toMatchObject({ state: 'open', last: '8', failures: 0 });
	});
	it('goes on where it was after a failure', () => {
		const s = run([{ type: 'open' }, { type: 'event', id: '8' }, failed, { type: 'open' }]);
		expect(s).toMatchObject({ state: 'opening', last: '8', failures: 1 });
	});
	it('waits longer each time, up to a limit', () => {
		const waits = [1, 2, 3, 10].map((n) => run(Array(n).fill(failed)).waitMs);
		expect(waits).toEqual([FIRST_WAIT_MS, FIRST_WAIT_MS * 2, FIRST_WAIT_MS * 4, LAST_WAIT_MS]);
	});
	it('not all viewers wait equally long', () => {
		const [a, b] = [0, 1].map((dice) => reduceStream(closed, failed, dice).waitMs);
		expect(a).toBeLessThan(b);
	});
	it('pages ask by themselves after some failures, until it opens', () => {
		const s = run(Array(FAILURES_MAX).fill(failed));
		expect(s.state).toBe('polling');
		expect(run([{ type: 'open' }], s).state).toBe('polling');
		expect(run([{ type: 'open' }, { type: 'opened' }], s)).toMatchObject({
			state: 'open',
			failures: 0,
			waitMs: FIRST_WAIT_MS,
		});
	});
	it('pages ask by themselves at once when it was refused', () => {
		expect(run([{ type: 'open' }, { type: 'failed', refused: true }]).state).toBe('polling');
	});
	it('an event without an id leaves the last one', () => {
		expect(
			run([
				{ type: 'event', id: '8' },
				{ type: 'event', id: '' },
			]).last,
		).toBe('8');
	});
	it('keeps its place when it is closed', () => {
		expect(run([{ type: 'event', id: '8' }, { type: 'close' }])).toEqual({
			...closed,
			last: '8',
		});
	});
});

describe('lists that grow', () => {
	it('has each once, the newest first, and no more than it may', () => {
		const id = (n: number) => String(n);
		expect(prepend([3, 2, 1], [5, 4, 3], id, 10)).toEqual([5, 4, 3, 2, 1]);
		expect(prepend([3, 2, 1], [5, 4], id, 3)).toEqual([5, 4, 3]);
	});
	it('those that are too old go', () => {
		const at = (s: number) => ({ time: new Date(s * 1000).toISOString() });
		const list = [at(3), at(2), at(1)];
		expect(since(list, at(2).time)).toEqual([at(3), at(2)]);
		expect(since(list, undefined)).toBe(list);
	});
	it('a window slides, and takes no second twice', () => {
		const at = (s: number) => ({ time: new Date(s * 1000).toISOString() });
		let w: { time: string }[] = [];
		for (const s of [1, 2, 3, 3, 2, 4, 5]) w = slide(w, at(s), 3);
		expect(w.map((x) => Date.parse(x.time) / 1000)).toEqual([3, 4, 5]);
	});
	it('a gap longer than the window empties it', () => {
		const w = slide([{ time: '2026-11-22T10:00:00Z' }], { time: '2026-11-22T11:00:00Z' }, 60);
		expect(w).toHaveLength(1);
	});
});
