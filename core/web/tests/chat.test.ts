// tests/chat.test.ts - reading a chat as it comes, and code that asks the same.
// SPDX-License-Identifier: MIT
import { afterEach, expect, test, vi } from 'vitest';
import {
	bodyOf,
	chat,
	chatModels,
	codeOf,
	eventReader,
	modelsOf,
	pieceOf,
} from '../src/lib/chat';
import { explain } from '../src/lib/explain';
import type { Model, Status } from '../src/lib/types';
import { clientUrl } from '../src/pages/start';

afterEach(() => vi.unstubAllGlobals());

test('events are whole, however they were cut', () => {
	const text = 'data: {"a":1}\n\n: a comment\n\ndata: x\ndata: y\r\n\r\ndata: [DONE]\n\nda';
	for (const size of [1, 2, 7, 100]) {
		const read = eventReader();
		const out: string[] = [];
		for (let i = 0; i < text.length; i += size) out.push(...read(text.slice(i, i + size)));
		expect(out).toEqual(['{"a":1}', 'x\ny', '[DONE]']);
	}
});

test('an event adds text, tokens or an end; errors are thrown', () => {
	expect(pieceOf('[DONE]').text).toBe('');
	expect(pieceOf('{"choices":[{"delta":{"content":"hi"}}]}').text).toBe('hi');
	expect(pieceOf('{"choices":[],"usage":{"completion_tokens":7}}').tokens).toBe(7);
	expect(pieceOf('{"choices":[{"delta":{},"finish_reason":"stop"}]}').reason).toBe('stop');
	expect(() => pieceOf('{"error":{"message":"no more"}}')).toThrow('no more');
});

test('what a key is told has no advice for calls of the admin API', async () => {
	const refused = { error: { code: 'rate_limit_exceeded', message: 'slow down' } };
	const told = { message: 'slow down', advice: '' };
	vi.stubGlobal('fetch', async () => Response.json(refused, { status: 429 }));
	const body = bodyOf('m', { system: '', text: 'x', temperature: '', maxTokens: '' });
	const nothing = () => {};
	const asked = chat('k', body, new AbortController().signal, nothing, nothing);
	await expect(asked).rejects.toMatchObject(told);
	await expect(explain('k', 'm', 'x', '')).rejects.toMatchObject(told);
	expect(() => pieceOf(JSON.stringify(refused))).toThrow(expect.objectContaining(told));
});

test('models are of the address, with commas and without', () => {
	const known = ['a', 'b', 'a,c'];
	expect(modelsOf({ models: 'a,b' }, known)).toEqual(['a', 'b']);
	expect(modelsOf({ models: 'a%2Cc,b' }, known)).toEqual(['a,c', 'b']);
	expect(modelsOf({ model: 'a,c' }, known)).toEqual(['a,c']);
	expect(modelsOf({ model: 'a,b' }, known)).toEqual(['a', 'b']);
	expect(modelsOf({ model: 'x,y' }, known)).toEqual(['x,y']);
	expect(modelsOf({}, known)).toEqual(['a']);
});

test('models that can chat are offered, or all when none says so', () => {
	const of = (id: string, ...capabilities: string[]) => ({ id, capabilities }) as Model;
	const [plain, chats, tools] = [of('a'), of('b', 'chat'), of('c', 'tools')];
	expect(chatModels([plain, chats, tools])).toEqual([plain, chats]);
	expect(chatModels([tools])).toEqual([tools]);
});

test('the address for clients is one that clients can have', () => {
	const of = (...all: string[]) =>
		clientUrl({
			listen: all.map((address) => ({ address, port: 80, tls: false })),
		} as unknown as Status);
	expect(of('unix:/run/c.sock', '::1')).toBe('http://[::1]:80');
	expect(of('unix:/run/c.sock')).toBe('$CONDUIT_URL');
	expect(of()).toBe('$CONDUIT_URL');
});

test('code says what was asked, and nothing breaks out of its quotes', () => {
	const q = {
		system: 'be short',
		text: 'it\'s $HOME "x" \u202e',
		temperature: '0.5',
		maxTokens: '',
	};
	const body = bodyOf('big', q);
	expect(body).toEqual({
		model: 'big',
		messages: [
			{ role: 'system', content: 'be short' },
			{ role: 'user', content: q.text },
		],
		temperature: 0.5,
	});
	expect(codeOf('curl', 'http://h', body)).toContain("it'\\''s $HOME");
	expect(codeOf('openai', 'http://h', body)).toContain('base_url="http://h/v1"');
	expect(codeOf('openai', 'http://h', body)).toContain('\\u202e');
	const anthropic = codeOf('anthropic', 'http://h', body);
	expect(anthropic).toContain('system="be short"');
	expect(anthropic).toContain('max_tokens=1024');
	expect(anthropic).not.toContain('"role":"system"');
});
