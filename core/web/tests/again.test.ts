// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { again, SOON_MS } from '../src/lib/again';

describe('what is asked anew', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());
	const taking = (ms: number) => vi.fn(() => new Promise<void>((done) => setTimeout(done, ms)));

	it('is asked once for changes that come together, and not when there are none', async () => {
		const call = taking(10);
		const a = again(call, 3000);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(call).toHaveBeenCalledTimes(0);
		for (let i = 0; i < 5; i++) a.want();
		await vi.advanceTimersByTimeAsync(SOON_MS);
		expect(call).toHaveBeenCalledTimes(1);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(call).toHaveBeenCalledTimes(1);
	});
	it('is asked every so often while changes come', async () => {
		const call = taking(10);
		const a = again(call, 3000);
		for (let s = 0; s < 100; s++) {
			a.want();
			await vi.advanceTimersByTimeAsync(100);
		}
		expect(call).toHaveBeenCalledTimes(4); // at 0.3, 3.3, 6.3 and 9.3 s
	});
	it('is asked less often the longer an answer takes', async () => {
		const call = taking(1000);
		const a = again(call, 3000);
		for (let s = 0; s < 300; s++) {
			a.want();
			await vi.advanceTimersByTimeAsync(100);
		}
		expect(call).toHaveBeenCalledTimes(2); // at 0.3 and 20.3 s
	});
	it('is asked again after a failure, and not after the end', async () => {
		const call = vi.fn(() => Promise.reject(new Error('away')));
		const a = again(call, 3000);
		a.want();
		await vi.advanceTimersByTimeAsync(5000);
		a.want();
		await vi.advanceTimersByTimeAsync(5000);
		expect(call).toHaveBeenCalledTimes(2);
		a.want();
		a.stop();
		await vi.advanceTimersByTimeAsync(5000);
		expect(call).toHaveBeenCalledTimes(2);
	});
});
