// tests/chat.test.ts - reading a chat as it comes, and code that asks the same.
// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { bodyOf, codeOf, eventReader, pieceOf } from '../src/lib/chat';

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
