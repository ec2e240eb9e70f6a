// clients/anthropic.test.mjs - the npm client "@anthropic-ai/sdk": whole, streamed by its helper, with
// tools and thoughts; against a chat upstream, an upstream of its own dialect, and every provider of
// the examples.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
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

test('thoughts, a text and a call, streamed over a chat upstream', async () => {
  await expect(stream(chunks({ delta: { role: 'assistant', reasoning_content: 'Rome is ' } },
    { delta: { reasoning_content: 'a city.' } }, { delta: { content: 'Let me see.' } },
    { delta: { tool_calls: [{ index: 0, id: 'call_1', type: 'function',
      function: { name: 'weather', arguments: '{"city":"Rome"}' } }] } },
    { finish_reason: 'tool_calls' }) + 'data: [DONE]\n\n'));
  const seenTypes = [];
  const run = client.messages.stream(ask('gpt', { max_tokens: 4096, tools: [weather],
    thinking: { type: 'enabled', budget_tokens: 2048 } }));
  run.on('thinking', () => seenTypes.push('thinking')).on('text', () => seenTypes.push('text'))
    .on('inputJson', () => seenTypes.push('input'));
  const got = await run.finalMessage();
  assert.deepEqual(got.content.map((b) => b.type), ['thinking', 'text', 'tool_use']);
  assert.equal(got.content[0].thinking, 'Rome is a city.');
  assert.deepEqual(got.content[2].input, { city: 'Rome' });
  assert.deepEqual(seenTypes, ['thinking', 'thinking', 'text', 'input']);
  assert.equal((await seen()).at(-1).json.reasoning_effort, 'low');
});

test('thoughts and calls with their signatures, there and back over Gemini', async () => {
  const recording = 'provider_gemini/t/google-tool-call-gemini3.chunks.txt';
  const signature = recordedEvents(recording)[0].candidates[0].content.parts[0].thoughtSignature;
  const last = { candidates: [{ content: { parts: [{ text: 'Foggy.' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 }, responseId: 'r' };
  await expect(stream(recordedEvents(recording).map((e) => `data: ${JSON.stringify(e)}\n\n`).join('')),
    { body: last });
  const messages = [{ role: 'user', content: 'San Francisco?' }];
  const got = await client.messages.stream(ask('gemini', { tools: [weather], messages })).finalMessage();
  assert.equal(got.stop_reason, 'tool_use');
  const call = got.content.find((b) => b.type === 'tool_use');
  assert.deepEqual(call.input, { location: 'San Francisco' });
  messages.push({ role: 'assistant', content: got.content }, { role: 'user', content: [
    { type: 'tool_result', tool_use_id: call.id, is_error: true, content: 'no sensor' }] });
  const told = await client.messages.create(ask('gemini', { tools: [weather], messages }));
  assert.equal(told.content[0].text, 'Foggy.');
  const { contents } = (await seen()).at(-1).json;
  assert.ok(JSON.stringify(contents[1]).includes(signature));
  assert.deepEqual(contents[2].parts[0].functionResponse.response, { error: 'no sensor' });
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

test('errors of upstreams have their classes and numbers', async () => {
  const fails = async (status, type, body, model) => {
    await expect({ status, body });
    await assert.rejects(client.messages.create(ask(model)), (e) => {
      assert.ok(e instanceof type, `${status}: ${e}`);
      assert.equal(e.error.type, 'error');
      assert.ok(e.requestID);
      return true;
    });
  };
  const chat = (message, code) => ({ error: { message, type: 'x', code } });
  await fails(400, Anthropic.BadRequestError, chat('too long', 'context_length_exceeded'), 'gpt');
  await fails(404, Anthropic.NotFoundError, chat('no', 'model_not_found'), 'gpt');
  await fails(529, Anthropic.InternalServerError,
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'claude');
});

test('betas go along as headers', async () => {
  const recording = 'provider_anthropic/t/anthropic-text.json';
  await expect({ recording });
  const got = await client.beta.messages.create(ask('claude', { betas: ['context-1m-2025-08-07', 'new-2030-01-01'] }));
  assert.equal(got.model, 'claude');
  const { headers } = (await seen()).at(-1);
  const sent = Object.entries(headers).find(([name]) => name.toLowerCase() === 'anthropic-beta');
  assert.equal((Array.isArray(headers) ? headers.find(([n]) => n.toLowerCase() === 'anthropic-beta') : sent)[1],
    'context-1m-2025-08-07,new-2030-01-01');
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
  await expect({ body: { input_tokens: 14 } }, { status: 404, body: { type: 'error' } });
  const count = { model: 'claude', messages: ask('claude').messages, tools: [weather] };
  assert.equal((await client.messages.countTokens(count)).input_tokens, 14);
  assert.ok((await client.messages.countTokens(count)).input_tokens > 14);
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

test('the ai package makes two steps with a tool', async () => {
  const provider = createAnthropic({ baseURL, apiKey: keys.main });
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };
  const tools = { weather: tool({ description: 'The weather.', inputSchema: jsonSchema(weather.input_schema),
    execute: async ({ city }) => `${city}: sunny` }) };
  await expect(answer({ tool_calls: [call] }), answer({ content: 'Sunny.' }));
  const { text, steps } = await generateText({ model: provider('gpt'), prompt: 'Rome?', tools, maxRetries: 0,
    stopWhen: stepCountIs(2) });
  assert.equal(text, 'Sunny.');
  assert.equal(steps.length, 2);
  assert.deepEqual((await seen()).at(-1).json.messages.at(-1),
    { role: 'tool', tool_call_id: 'call_1', content: 'Rome: sunny' });
});

test('the ai package streams two steps with a tool', async () => {
  const provider = createAnthropic({ baseURL, apiKey: keys.main });
  const tools = { weather: tool({ inputSchema: jsonSchema(weather.input_schema), execute: async () => 'sunny' }) };
  await expect(stream(chunks({ delta: { role: 'assistant', tool_calls: [{ index: 0, id: 'call_1', type: 'function',
    function: { name: 'weather', arguments: '{"city":' } }] } },
  { delta: { tool_calls: [{ index: 0, function: { arguments: '"Rome"}' } }] } },
  { finish_reason: 'tool_calls' }) + 'data: [DONE]\n\n'),
  stream(chunks({ delta: { role: 'assistant', content: 'Sunny.' } }, { finish_reason: 'stop' }) + 'data: [DONE]\n\n'));
  const run = streamText({ model: provider('gpt'), prompt: 'Rome?', tools, maxRetries: 0, stopWhen: stepCountIs(2) });
  assert.equal(await run.text, 'Sunny.');
  assert.equal((await run.steps).length, 2);
});
