// lib/chat.ts - a chat in the name of a key, as it comes, and the lines of code that ask the same.
// SPDX-License-Identifier: MIT
import { KeyError, openStream, piece } from './api';
import { listOf, type Query } from './query';
import type { Model } from './types';

export interface Question {
	system: string;
	text: string;
	temperature: string;
	maxTokens: string;
}

export interface ChatBody {
	model: string;
	messages: { role: string; content: string }[];
	temperature?: number;
	max_tokens?: number;
}

export function bodyOf(model: string, q: Question): ChatBody {
	const messages = [{ role: 'user', content: q.text }];
	if (q.system.trim()) messages.unshift({ role: 'system', content: q.system });
	const body: ChatBody = { model, messages };
	if (q.temperature.trim()) body.temperature = Number(q.temperature);
	if (q.maxTokens.trim()) body.max_tokens = Number(q.maxTokens);
	return body;
}

/** Of ?models=a,b or of ?model=a, which links from elsewhere have; the first there is otherwise. A
 * name may have a comma: a list in ?model is one only when no model has that name. */
export function modelsOf(query: Query, known: string[]): string[] {
	if (query.models) return listOf(query.models);
	if (!query.model) return known.slice(0, 1);
	const parts = query.model.split(',');
	const isList = !known.includes(query.model) && parts.every((p) => known.includes(p));
	return isList ? parts : [query.model];
}

export const mayChat = (m: Model) => !m.capabilities.length || m.capabilities.includes('chat');

/** Those that can chat, as far as they say what they can. When that is none, what they say is
 * incomplete, or it is worth a try: all of them. */
export function chatModels(all: Model[]): Model[] {
	const some = all.filter(mayChat);
	return some.length ? some : all;
}

/** Cuts server-sent events out of pieces of text; each call gives the data of whole ones. */
export function eventReader(): (text: string) => string[] {
	let rest = '';
	return (text) => {
		rest += text;
		const parts = rest.split(/\r?\n\r?\n/);
		rest = parts.pop() ?? '';
		return parts.flatMap((part) => {
			const lines = part.split(/\r?\n/).filter((l) => l.startsWith('data:'));
			return lines.length ? [lines.map((l) => l.slice(5).replace(/^ /, '')).join('\n')] : [];
		});
	};
}

export interface Piece {
	text: string;
	thought: string;
	tokens: number | null;
	/** Why it ended: "stop", "length", ... */
	reason: string | null;
}

/** What one event of a chat adds. */
export function pieceOf(data: string): Piece {
	const none = { text: '', thought: '', tokens: null, reason: null };
	if (data === '[DONE]') return none;
	const e = JSON.parse(data);
	if (e.error) throw new KeyError(0, e.error.code ?? '', e.error.message ?? 'It broke off.');
	const choice = e.choices?.[0];
	return {
		text: choice?.delta?.content ?? '',
		thought: choice?.delta?.reasoning_content ?? '',
		tokens: e.usage?.completion_tokens ?? null,
		reason: choice?.finish_reason ?? null,
	};
}

/** Asks; onHead gets the request's id, onEvent each event's data. */
export async function chat(
	key: string,
	body: ChatBody,
	signal: AbortSignal,
	onHead: (id: string) => void,
	onEvent: (data: string) => void,
): Promise<void> {
	const answer = await openStream(`/admin/v1/keys/${piece(key)}/chat`, {
		method: 'POST',
		asKey: true,
		body: { ...body, stream: true, stream_options: { include_usage: true } },
		signal,
	});
	onHead(answer.headers.get('x-request-id') ?? '');
	const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
	const events = eventReader();
	for (;;) {
		const next = await reader?.read();
		if (!next || next.done) return;
		for (const data of events(next.value)) onEvent(data);
	}
}

// --- the same as code ---

export type Language = 'curl' | 'openai' | 'anthropic';

/** For a shell: in single quotes. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
/** JSON is good Python but for its words. */
const python = (v: unknown) => JSON.stringify(v).replace(/[\u007f-\uffff]/g, escaped);
const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

function curl(url: string, body: ChatBody): string {
	return [
		`curl -N "${url}/v1/chat/completions" \\`,
		'  -H "Authorization: Bearer $CONDUIT_API_KEY" \\',
		"  -H 'Content-Type: application/json' \\",
		`  -d ${quoted(JSON.stringify({ ...body, stream: true }))}`,
	].join('\n');
}

function members(of: object): string[] {
	return Object.entries(of).map(([name, v]) => `    ${name}=${python(v)},`);
}

function openai(url: string, body: ChatBody): string {
	return [
		'import os',
		'from openai import OpenAI',
		'',
		`client = OpenAI(base_url=${python(`${url}/v1`)}, api_key=os.environ["CONDUIT_API_KEY"])`,
		'for event in client.chat.completions.create(',
		...members(body),
		'    stream=True,',
		'):',
		'    if event.choices:',
		'        print(event.choices[0].delta.content or "", end="", flush=True)',
	].join('\n');
}

function anthropic(url: string, body: ChatBody): string {
	const system = body.messages.find((m) => m.role === 'system')?.content;
	const asked = {
		model: body.model,
		max_tokens: body.max_tokens ?? 1024,
		...(system ? { system } : {}),
		messages: body.messages.filter((m) => m.role !== 'system'),
		...(body.temperature === undefined ? {} : { temperature: body.temperature }),
	};
	return [
		'import os',
		'from anthropic import Anthropic',
		'',
		`client = Anthropic(base_url=${python(url)}, auth_token=os.environ["CONDUIT_API_KEY"])`,
		'with client.messages.stream(',
		...members(asked),
		') as stream:',
		'    for text in stream.text_stream:',
		'        print(text, end="", flush=True)',
	].join('\n');
}

export function codeOf(language: Language, url: string, body: ChatBody): string {
	return { curl, openai, anthropic }[language](url, body);
}
