// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
	answeredAt,
	countedWords,
	curlOf,
	lanes,
	matches,
	orderCut,
	outcomeOf,
	outcomeWords,
	quoted,
	statusKind,
} from '../src/lib/records';
import { attempt, record } from './sample';

describe('a record that comes live', () => {
	it('fits the filter as the API would say', () => {
		const r = record({ status: 429, model: 'm', attempts: [attempt({ provider: 'first' })] });
		expect(matches(r, {})).toBe(true);
		expect(matches(r, { status: '4xx', model: 'm' })).toBe(true);
		expect(matches(r, { status: '429' })).toBe(true);
		expect(matches(r, { status: '5xx' })).toBe(false);
		expect(matches(r, { provider: 'first' })).toBe(true);
		expect(matches(r, { provider: 'other' })).toBe(false);
		expect(matches(r, { key: 'x' })).toBe(false);
		expect(matches(r, { range: '1h' })).toBe(true);
	});
	it('without a model, and with attempts of which little is known, is no trouble', () => {
		const none = { target: null, provider: null, model: null, outcome: null, charge: null };
		const r = record({ model: null, operation: null, attempts: [attempt(none)] });
		expect(matches(r, { model: 'm' })).toBe(false);
		expect(matches(r, { provider: 'm' })).toBe(false);
		expect(lanes(r)[0]).toMatchObject({ name: '–', note: '200 –' });
		expect([answeredAt(r), countedWords(r), curlOf(r)]).toEqual([0, null, null]);
	});
	it('is good, refused or bad', () => {
		expect(statusKind(record({}))).toBe('good');
		expect(statusKind(record({ status: 429, outcome: 'RATE_LIMITED' }))).toBe('warn');
		expect(statusKind(record({ status: 503, outcome: 'OVERLOADED' }))).toBe('bad');
		expect(statusKind(record({ status: 200, outcome: 'CLIENT_GONE' }))).toBe('');
	});
});

describe('the timeline', () => {
	it('has waiting, first piece and reading', () => {
		const [lane] = lanes(record({ attempts: [attempt({})] }));
		expect(lane.segments.map((s) => [s.fromUs, s.toUs])).toEqual([
			[0, 10],
			[10, 20],
			[20, 90],
		]);
	});
	it('of an attempt that got no answer it is all waiting', () => {
		const [lane] = lanes(
			record({ attempts: [attempt({ head_us: null, first_us: null, end_us: 50 })] }),
		);
		expect(lane.segments.map((s) => [s.fromUs, s.toUs])).toEqual([[0, 50]]);
	});
	it('of a stream that its client left the last one began with the answer', () => {
		const gone = attempt({ head_us: null, first_us: null, end_us: 90, outcome: 'CLIENT_GONE' });
		const r = record({ outcome: 'CLIENT_GONE', first_us: 40, attempts: [gone] });
		const of = (one: typeof r) =>
			lanes(one).map((l) => l.segments.map((s) => [s.fromUs, s.toUs]));
		const parts = [
			[0, 40],
			[40, 90],
		];
		expect(of(r)).toEqual([parts]);
		expect(of({ ...r, attempts: [gone, gone] })).toEqual([[[0, 90]], parts]);
		// What the client got was not that attempt's.
		const by = { target: 'p/m', provider: 'p', model: 'm' };
		expect(of({ ...r, answered_by: by })).toEqual([[[0, 90]]]);
		expect(of({ ...r, status: 502 })).toEqual([[[0, 90]]]);
	});
	it('times that contradict each other do not turn it around', () => {
		const [lane] = lanes(
			record({ attempts: [attempt({ head_us: 80, first_us: 20, end_us: 60 })] }),
		);
		for (const s of lane.segments) expect(s.toUs).toBeGreaterThan(s.fromUs);
	});
});

describe('curl', () => {
	it('asks for the same', () => {
		const line = curlOf({ operation: 'embeddings', model: 'e', stream: false });
		expect(line).toContain('/v1/embeddings"');
		expect(line).toContain('{"model":"e","input":"Hello"}');
	});
	it('knows each operation that records have', () => {
		const of = (operation: string | null, stream = false) =>
			curlOf({ operation, model: 'm', stream });
		const names = 'chat completions embeddings images speech transcriptions moderations rerank';
		for (const name of `${names} count_tokens`.split(' ')) expect(of(name)).toContain('m');
		expect(of('speech')).toContain('/v1/audio/speech"');
		expect(of('count_tokens')).toContain('/v1/messages/count_tokens"');
		const form = of('transcriptions', true);
		expect(form).toContain('/v1/audio/transcriptions"');
		expect(form).toContain("-F 'file=@audio.mp3' \\\n  -F 'model=m' \\\n  -F 'stream=true'");
		expect(form).not.toContain('Content-Type');
		expect([of(null), of('models'), of('toString')]).toEqual([null, null, null]);
		expect(curlOf({ operation: 'chat', model: null, stream: false })).toBeNull();
	});
	it('no name breaks out of its quotes', () => {
		expect(quoted("a'; rm -rf ~; '")).toBe("'a'\\''; rm -rf ~; '\\'''");
		expect(curlOf({ operation: 'chat', model: "x'$(id)", stream: true })).toContain(
			"'\\''$(id)",
		);
	});
});

describe('who answered', () => {
	const failed = attempt({ outcome: 'UPSTREAM_ERROR', charge: 'refused' });
	it('is the attempt that came to something', () => {
		expect(answeredAt(record({ attempts: [failed, attempt({})] }))).toBe(2);
		expect(answeredAt(record({ attempts: [failed, failed] }))).toBe(0);
		const left = attempt({ outcome: 'CLIENT_GONE' });
		expect(answeredAt(record({ attempts: [failed, left], outcome: 'CLIENT_GONE' }))).toBe(2);
		expect(answeredAt(record({ attempts: [left], outcome: 'CLIENT_GONE', status: 499 }))).toBe(
			0,
		);
		expect(answeredAt(record({}))).toBe(0);
		const by = { target: 'p/m', provider: 'p', model: 'm' };
		expect(answeredAt(record({ attempts: [attempt({})], answered_by: by }))).toBe(0);
	});
	it('is cut from its state in the order, and only from that', () => {
		expect(orderCut('main/gpt-4o:cooling')).toEqual(['main/gpt-4o', 'cooling']);
		expect(orderCut('local/llama3.2:3b')).toEqual(['local/llama3.2:3b', '']);
		expect(orderCut('local/llama3.2:3b:DRAINED')).toEqual(['local/llama3.2:3b', 'drained']);
		expect(orderCut('main/gpt-4o')).toEqual(['main/gpt-4o', '']);
	});
	it('has counted, or somebody else had to', () => {
		const words = (...charges: string[]) =>
			countedWords(record({ attempts: charges.map((charge) => attempt({ charge })) }));
		expect(words()).toBeNull();
		expect(words('reported')).toBe('as the upstream reported');
		expect(words('refused', 'reported')).toBe('as the upstream reported');
		expect(words('held', 'estimated', 'reported')).toBe(
			'as the upstream reported; attempt 1 is charged with what was held; attempt 2 is estimated',
		);
		expect(words('refused')).toContain('nothing is charged');
		expect(words('toString')).toBeNull();
	});
});

describe('an outcome', () => {
	it('is found by its words', () => {
		for (const outcome of ['OK', 'CLIENT_GONE', 'RATE_LIMITED'])
			expect(outcomeOf(outcomeWords(outcome))).toBe(outcome);
		expect(outcomeOf(' Client gone ')).toBe('CLIENT_GONE');
	});
});
