// clients/anthropic.test.mjs - the npm client "@anthropic-ai/sdk": whole, streamed by its helper, with
// tools and thoughts; against a chat upstream, an upstream of its own dialect, and every provider of
// the examples.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText } from 'ai';
import { answer, baseURL, chunks, expect, keys, recordedEvents, seen, stream } from './support.mjs';

const origin = (url) => url.replace(/\/v1$/, '');
const client = new Anthropic({ baseURL: origin(baseURL), apiKey: keys.main, maxRetries: 0 });
const examples = new Anthropic({
  baseURL: origin(process.env.EXAMPLES_URL), apiKey: process.env.EXAMPLES_KEY, maxRetries: 0,
});
const ask = (model, more = {}) => ({
  model, max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }], ...more,
});
const weather = {
  name: 'weather', description: 'The weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

const chats = ['openai-gpt', 'anthropic-sonnet', 'azure-gpt', 'gemini-flash', 'vertex-pro', 'cohere-command',
  'mistral-large', 'bedrock-claude', 'groq-llama', 'hf-llama', 'ollama-qwen', 'replicate-llama', 'deepseek-chat'];

const check = (got, model) => {
  assert.equal(got.type, 'message');
  assert.equal(got.role, 'assistant');
  assert.equal(got.model, model);
  assert.ok(got.id);
  assert.ok(got.content.some((b) => b.text || b.thinking || b.name));
  assert.ok(['end_turn', 'max_tokens', 'tool_use'].includes(got.stop_reason), got.stop_reason);
  assert.ok(got.usage.input_tokens > 0 && got.usage.output_tokens > 0);
};

for (const model of chats) {
  test(`${model} answers`, async () => {
    check(await examples.messages.create(ask(model)), model);
  });

  test(`${model} streams`, async () => {
    const run = examples.messages.stream(ask(model));
    const types = [];
    run.on('streamEvent', (event) => types.push(event.type));
    check(await run.finalMessage(), model);
    assert.equal(types[0], 'message_start');
    assert.equal(types.at(-1), 'message_stop');
  });
}

test('a turn with a tool over a chat upstream', async () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } };
  await expect(answer({ tool_calls: [call] }), answer({ content: 'Sunny.' }));
  const tools = [weather];
  const messages = [{ role: 'user', content: 'How is Paris?' }];
  const first = await client.messages.create(ask('gpt', { tools, messages, tool_choice: { type: 'any' } }));
  assert.equal(first.stop_reason, 'tool_use');
  assert.deepEqual(first.content[0].input, { city: 'Paris' });
  messages.push({ role: 'assistant', content: first.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '20 degrees' }] });
  const last = await client.messages.create(ask('gpt', { tools, messages }));
  assert.equal(last.content[0].text, 'Sunny.');
  const [asked, told] = (await seen()).slice(-2).map((r) => r.json);
  assert.equal(asked.tool_choice, 'required');
  assert.equal(asked.tools[0].function.name, 'weather');
  assert.equal(asked.max_completion_tokens ?? asked.max_tokens, 1024);
  assert.deepEqual(told.messages.slice(1), [{ role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', content: '20 degrees', tool_call_id: 'call_1' }]);
});

test('two calls that interleave, streamed over a chat upstream', async () => {
  const piece = (index, more) => ({ delta: { tool_calls: [{ index, ...more }] } });
  const named = (name) => ({ id: 'call_' + name, type: 'function', function: { name, arguments: '' } });
  await expect(stream(chunks({ delta: { role: 'assistant', content: 'Let me see.' } },
    piece(0, named('weather')), piece(1, named('clock')), piece(0, { function: { arguments: '{"city":' } }),
    piece(0, { function: { arguments: '"Rome"}' } }), { finish_reason: 'tool_calls' }) + 'data: [DONE]\n\n'));
  const got = await client.messages.stream(ask('gpt', { tools: [weather] })).finalMessage();
  assert.deepEqual(got.content.map((b) => b.type), ['text', 'tool_use', 'tool_use']);
  assert.deepEqual(got.content[1].input, { city: 'Rome' });
  assert.deepEqual(got.content[2].input, {});
  assert.equal(got.stop_reason, 'tool_use');
});

test('an error in a stream reaches the client as one', async () => {
  await expect(stream(chunks({ delta: { role: 'assistant', content: 'Hel' } }), { cut: 200 }));
  const run = client.messages.stream(ask('gpt'));
  await assert.rejects(run.finalMessage(), Anthropic.APIError);
});

test('errors have their classes', async () => {
  await assert.rejects(client.messages.create(ask('no-such-model')), Anthropic.NotFoundError);
  await assert.rejects(client.messages.create({ model: 'gpt', messages: ask('gpt').messages }),
    Anthropic.BadRequestError);
  const stranger = new Anthropic({ baseURL: origin(baseURL), apiKey: 'condt_x', maxRetries: 0 });
  await assert.rejects(stranger.messages.create(ask('gpt')), Anthropic.AuthenticationError);
});

test('thoughts go there and back as they are', async () => {
  const recording = 'provider_anthropic/t/anthropic-claude-opus-5-reasoning-high.1.json';
  await expect({ recording });
  const got = await client.messages.create(ask('claude', { thinking: { type: 'enabled', budget_tokens: 1024 } }));
  assert.ok(got.content.some((b) => b.type === 'thinking' && b.signature));
});

test('a recorded stream of its own dialect', async () => {
  const recording = 'provider_anthropic/t/anthropic-text.chunks.txt';
  await expect({ recording });
  const got = await client.messages.stream(ask('claude')).finalMessage();
  const want = recordedEvents(recording).filter((e) => e.delta?.type === 'text_delta').map((e) => e.delta.text);
  assert.equal(got.content.filter((b) => b.type === 'text').map((b) => b.text).join(''), want.join(''));
});

test('tokens are counted, and models listed', async () => {
  const { input_tokens: tokens } = await client.messages.countTokens({ model: 'gpt', messages: ask('gpt').messages });
  assert.ok(tokens >= 5);
  const names = [];
  for await (const m of client.models.list({ limit: 2 })) names.push(m.id);
  assert.ok(names.includes('gpt') && names.includes('claude'));
  assert.equal((await client.models.retrieve('gpt')).type, 'model');
});

test('the ai package speaks the dialect too', async () => {
  const provider = createAnthropic({ baseURL, apiKey: keys.main });
  await expect(answer({ content: 'Hi there' }));
  const { text, usage } = await generateText({ model: provider('gpt'), prompt: 'Hello', maxRetries: 0 });
  assert.equal(text, 'Hi there');
  assert.equal(usage.inputTokens, 19);
});
