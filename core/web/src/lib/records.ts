// lib/records.ts - what records of requests say, in words.
// SPDX-License-Identifier: MIT
import type { Kind } from '../ui/basics';
import type { Query } from './query';
import type { RequestRecord } from './types';

export function statusKind(r: RequestRecord): Kind {
	if (r.outcome === 'OK') return 'good';
	if (r.outcome === 'CLIENT_GONE') return '';
	return r.status >= 400 && r.status < 500 ? 'warn' : 'bad';
}

/** "429 rate limited": the status, and the outcome unless that is plain. */
export function outcomeWords(outcome: string): string {
	return outcome.toLowerCase().replaceAll('_', ' ');
}

/** The outcome of which somebody typed the words. */
export function outcomeOf(words: string): string {
	return words
		.trim()
		.toUpperCase()
		.replace(/[\s-]+/g, '_');
}

function statusFits(status: number, wanted: string): boolean {
	return wanted.endsWith('xx') ? String(status)[0] === wanted[0] : String(status) === wanted;
}

/** Whether the API would have listed it: for records that come live. */
export function matches(r: RequestRecord, q: Query): boolean {
	const same = (name: string, value: string | null) => !q[name] || (value ?? '') === q[name];
	const providers = [r.provider, ...(r.attempts ?? []).map((a) => a.provider)];
	return (
		same('key', r.key) &&
		same('group', r.group) &&
		same('model', r.model) &&
		same('outcome', r.outcome) &&
		same('cache', r.cache) &&
		(!q.provider || providers.includes(q.provider)) &&
		(!q.status || statusFits(r.status, q.status))
	);
}

export interface Segment {
	name: string;
	fromUs: number;
	toUs: number;
	color: string;
}

export interface Lane {
	name: string;
	note: string;
	segments: Segment[];
}

/** What an attempt did when: waiting for the head, for the first piece, reading the rest. */
export function lanes(r: RequestRecord): Lane[] {
	return r.attempts.map((a) => {
		const end = a.end_us ?? r.total_us ?? 0;
		const head = Math.min(a.head_us ?? end, end);
		const first = Math.min(Math.max(a.first_us ?? head, head), end);
		const all: Segment[] = [
			{
				name: 'Waiting for the answer to begin',
				fromUs: a.start_us ?? 0,
				toUs: head,
				color: '--c8',
			},
			{ name: 'Waiting for the first piece', fromUs: head, toUs: first, color: '--c3' },
			{ name: 'Reading the answer', fromUs: first, toUs: end, color: '--c1' },
		];
		return {
			name: a.target,
			note: `${a.http_status ?? ''} ${outcomeWords(a.outcome)}`.trim(),
			segments: all.filter((s) => s.toUs > s.fromUs),
		};
	});
}

const PATHS: Record<string, string> = {
	chat: 'chat/completions',
	completions: 'completions',
	embeddings: 'embeddings',
	images: 'images/generations',
	moderations: 'moderations',
	rerank: 'rerank',
	audio: 'audio/speech',
	messages: 'messages',
	responses: 'responses',
};

const BODIES: Record<string, Record<string, unknown>> = {
	chat: { messages: [{ role: 'user', content: 'Hello' }] },
	messages: { messages: [{ role: 'user', content: 'Hello' }], max_tokens: 256 },
	completions: { prompt: 'Hello' },
	embeddings: { input: 'Hello' },
	images: { prompt: 'A lighthouse' },
	moderations: { input: 'Hello' },
	rerank: { query: 'Hello', documents: ['Hello', 'Goodbye'] },
	audio: { input: 'Hello', voice: 'alloy' },
	responses: { input: 'Hello' },
};

/** A text between single quotes of a shell, whatever is in it. */
export function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What would ask for it again. What was said in it is not kept, so it says something else. */
export function curlOf(
	r: { operation: string; model: string; stream: boolean },
	url = '$CONDUIT_URL',
	key = '$CONDUIT_KEY',
): string {
	const body = {
		model: r.model,
		...(BODIES[r.operation] ?? BODIES.chat),
		...(r.stream ? { stream: true } : {}),
	};
	return [
		`curl ${r.stream ? '-N ' : ''}"${url}/v1/${PATHS[r.operation] ?? PATHS.chat}" \\`,
		`  -H "Authorization: Bearer ${key}" \\`,
		"  -H 'Content-Type: application/json' \\",
		`  -d ${quoted(JSON.stringify(body))}`,
	].join('\n');
}
