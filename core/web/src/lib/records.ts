// lib/records.ts - what records of requests say, in words.
// SPDX-License-Identifier: MIT
import type { Kind } from '../ui/basics';
import { NONE } from './format';
import type { Query } from './query';
import type { Attempt, RequestRecord } from './types';

export function statusKind(r: RequestRecord): Kind {
	if (r.outcome === 'OK') return 'good';
	if (r.outcome === 'CLIENT_GONE') return '';
	return r.status >= 400 && r.status < 500 ? 'warn' : 'bad';
}

/** "429 rate limited": the status, and the outcome unless that is plain. */
export function outcomeWords(outcome: string | null): string {
	return outcome?.toLowerCase().replaceAll('_', ' ') ?? NONE;
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

/** When its answer began, of an attempt that does not say so: streams that the client left have kept
 * it only for the whole request. */
function firstOf(r: RequestRecord, a: Attempt): number | null {
	if (r.status !== 200 || r.answered_by || r.first_us === null) return null;
	return r.first_us >= (a.start_us ?? 0) ? r.first_us : null;
}

/** What an attempt did when: waiting for the head, for the first piece, reading the rest. */
export function lanes(r: RequestRecord): Lane[] {
	return r.attempts.map((a, i) => {
		const end = a.end_us ?? r.total_us ?? 0;
		const last = i === r.attempts.length - 1;
		const begun = a.head_us ?? (last ? firstOf(r, a) : null);
		const head = Math.min(begun ?? end, end);
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
			name: a.target ?? NONE,
			note: `${a.http_status ?? ''} ${outcomeWords(a.outcome)}`.trim(),
			segments: all.filter((s) => s.toUs > s.fromUs),
		};
	});
}

/** Which attempt gave the answer, or the part of it that its client waited for, counted from 1; 0:
 * none of them did. */
export function answeredAt(r: RequestRecord): number {
	if (r.answered_by) return 0;
	const outcomes = r.attempts.map((a) => a.outcome);
	const at = outcomes.lastIndexOf('OK') + 1;
	return at || (r.status === 200 ? outcomes.lastIndexOf('CLIENT_GONE') + 1 : 0);
}

/** A target of the order, and its state if it was not ready: names may have colons, too. */
export function orderCut(text: string): [name: string, state: string] {
	const m = /^(.*):(probing|cooling|drained)$/i.exec(text);
	return m ? [m[1], m[2].toLowerCase()] : [text, ''];
}

const CHARGES: Record<string, string> = {
	reported: 'as the upstream reported',
	estimated: 'estimated: the upstream did not say how many',
	held: 'not known: what was held is charged',
	refused: 'not counted: nothing is charged for it',
	unreached: 'not counted: nobody was reached',
};
const EARLIER: Record<string, string> = {
	reported: 'charged as reported',
	estimated: 'estimated',
	held: 'charged with what was held',
};

/** How the tokens of the last attempt were counted, and those of others that cost something in
 * another way; null: there is nothing to say. */
export function countedWords(r: RequestRecord): string | null {
	const last = r.attempts.at(-1)?.charge;
	if (!last || !Object.hasOwn(CHARGES, last)) return null;
	const others = r.attempts.flatMap(({ charge }, i) =>
		charge && charge !== last && Object.hasOwn(EARLIER, charge)
			? [`attempt ${i + 1} is ${EARLIER[charge]}`]
			: [],
	);
	return [CHARGES[last], ...others].join('; ');
}

// --- asking again ---

interface Asked {
	operation: string | null;
	model: string | null;
	stream: boolean;
}

/** By the names that records have (core/canon/op.c). */
const CALLS: Record<string, { path: string; body?: object; form?: [string, string][] }> = {
	chat: { path: 'chat/completions', body: { messages: [{ role: 'user', content: 'Hello' }] } },
	completions: { path: 'completions', body: { prompt: 'Hello' } },
	embeddings: { path: 'embeddings', body: { input: 'Hello' } },
	images: { path: 'images/generations', body: { prompt: 'A lighthouse' } },
	speech: { path: 'audio/speech', body: { input: 'Hello', voice: 'alloy' } },
	transcriptions: { path: 'audio/transcriptions', form: [['file', '@audio.mp3']] },
	moderations: { path: 'moderations', body: { input: 'Hello' } },
	rerank: { path: 'rerank', body: { query: 'Hello', documents: ['Hello', 'Goodbye'] } },
	count_tokens: {
		path: 'messages/count_tokens',
		body: { messages: [{ role: 'user', content: 'Hello' }] },
	},
};

/** A text between single quotes of a shell, whatever is in it. */
export function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What would ask for it again; null: nobody can tell. What was said in it is not kept, so it says
 * something else. */
export function curlOf(
	r: Asked & { operation: 'chat'; model: string },
	url?: string,
	key?: string,
): string;
export function curlOf(r: Asked, url?: string, key?: string): string | null;
export function curlOf(r: Asked, url = '$CONDUIT_URL', key = '$CONDUIT_KEY'): string | null {
	const { operation, model, stream } = r;
	if (!operation || !model || !Object.hasOwn(CALLS, operation)) return null;
	const { path, body, form } = CALLS[operation];
	const more = stream ? { stream: true } : {};
	const fields = form && [...form, ['model', model], ...Object.entries(more)];
	const said = fields
		? fields.map(([name, value]) => `  -F ${quoted(`${name}=${value}`)}`)
		: [
				"  -H 'Content-Type: application/json'",
				`  -d ${quoted(JSON.stringify({ model, ...body, ...more }))}`,
			];
	return [
		`curl ${stream ? '-N ' : ''}"${url}/v1/${path}"`,
		`  -H "Authorization: Bearer ${key}"`,
		...said,
	].join(' \\\n');
}
