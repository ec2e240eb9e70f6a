// clients/ai.test.mjs - the npm package "ai" with "@ai-sdk/openai-compatible", and with "@ai-sdk/openai",
// which speaks the Responses API.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embed, embedMany, generateObject, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { answer, baseURL, closed, expect, keys, recorded, recordedEvents, seen, stream, chunks, text } from './support.mjs';

const settings = { name: 'conduit', baseURL, apiKey: keys.main, supportsStructuredOutputs: true };
const conduit = createOpenAICompatible(settings);
const counting = createOpenAICompatible({ ...settings, includeUsage: true });
const ask = (model, more = {}) => ({ model: conduit(model), prompt: 'Hello there', maxRetries: 0, ...more });
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = (asked) => ({ weather: tool({ description: 'The weather of a city.', inputSchema: jsonSchema(city),
  execute: (input) => { asked.push(input); return 'rain'; } }) });

test('generates text', async () => {
  const got = await generateText(ask('mock'));
  assert.equal(got.text, 'You said: Hello there');
  assert.equal(got.finishReason, 'stop');
  assert.ok(got.usage.inputTokens > 0 && got.usage.outputTokens > 0);
  assert.equal(got.usage.totalTokens, got.usage.inputTokens + got.usage.outputTokens);
});

test('generates text of a recording', async () => {
  await expect({ recording: 'provider_openai/t/openai-text.json' });
  const got = await generateText(ask('gpt', { system: 'Be kind.' }));
  const theirs = JSON.parse(recorded('provider_openai/t/openai-text.json'));
  assert.equal(got.text, theirs.choices[0].message.content);
  assert.equal(got.usage.outputTokens, theirs.usage.completion_tokens);
  assert.deepEqual((await seen())[0].json.messages[0], { role: 'system', content: 'Be kind.' });
});

test('streams text; usage is there when it asks for it, and only then', async () => {
  const file = 'provider_openai/t/openai-text.chunks.txt';
  for (const provider of [conduit, counting]) {
    await expect({ recording: file, split: 4 });
    const got = streamText(ask('gpt', { model: provider('gpt') }));
    let all = '';
    for await (const piece of got.textStream) all += piece;
    assert.equal(all, text(recordedEvents(file)));
    assert.equal(await got.finishReason, 'stop');
    assert.equal((await got.usage).outputTokens,
      provider === counting ? recordedEvents(file).at(-1).usage.completion_tokens : undefined);
    assert.deepEqual((await seen())[0].json.stream_options, { include_usage: true });
  }
});

test('runs a tool to the end', async () => {
  const asked = [];
  const got = await generateText(ask('mock/mock-t', { tools: weather(asked), stopWhen: stepCountIs(3) }));
  assert.equal(got.steps.length, 2);
  assert.match(got.text, /The tool said: .*rain/);
  assert.equal(typeof asked[0].city, 'string');
});

test('runs a tool to the end, streamed', async () => {
  const asked = [];
  const got = streamText(ask('mock/mock-t', { tools: weather(asked), stopWhen: stepCountIs(3) }));
  assert.match(await got.text, /The tool said: .*rain/);
  assert.equal(asked.length, 1);
});

test('sees parallel tool calls of a stream', async () => {
  await expect({ recording: 'provider_openai/t/chat-stream-parallel-tools.sse', split: 2 });
  const tools = { get_current_weather: tool({ inputSchema: jsonSchema({ type: 'object' }) }) };
  const got = streamText(ask('gpt', { tools }));
  const calls = await got.toolCalls;
  assert.equal(calls.length, 2);
  assert.ok(calls.every((c) => c.toolName === 'get_current_weather' && c.input.location));
  assert.equal(await got.finishReason, 'tool-calls');
});

test('generates an object by a JSON schema', async () => {
  await expect(answer({ content: '{"city":"Bern"}' }));
  const schema = jsonSchema(city);
  assert.deepEqual((await generateObject(ask('gpt', { schema }))).object, { city: 'Bern' });
  assert.equal((await seen())[0].json.response_format.type, 'json_schema');
  assert.equal(typeof (await generateObject(ask('mock', { schema }))).object.city, 'string');
});

test('embeds', async () => {
  const model = conduit.textEmbeddingModel('mock');
  const one = await embed({ model, value: 'sunny', maxRetries: 0 });
  const many = await embedMany({ model, values: ['sunny', 'rainy'], maxRetries: 0 });
  assert.ok(one.embedding.length > 8 && one.embedding.every(Number.isFinite));
  assert.deepEqual(many.embeddings[0], one.embedding);
  assert.notDeepEqual(many.embeddings[1], one.embedding);
  assert.ok(one.usage.tokens > 0);
});

test('sees reasoning, whole and streamed', async () => {
  assert.ok((await generateText(ask('mock/mock-r'))).reasoningText.length > 0);
  await expect({ recording: 'provider_openai/t/xai-text.chunks.txt' });
  const want = recordedEvents('provider_openai/t/xai-text.chunks.txt').flatMap((e) => e.choices)
    .map((c) => c.delta.reasoning_content ?? '').join('');
  assert.equal(await streamText(ask('gpt')).reasoningText, want);
});

test('talks to a translated provider', async () => {
  const dir = 'provider_anthropic/t/';
  const theirs = JSON.parse(recorded(dir + 'anthropic-clear-thinking.1.json'));
  await expect({ recording: dir + 'anthropic-clear-thinking.1.json' });
  const got = await generateText(ask('claude'));
  assert.equal(got.text, theirs.content[1].text);
  assert.equal(got.reasoningText, theirs.content[0].thinking);
  assert.equal(got.usage.outputTokens, theirs.usage.output_tokens);
  await expect({ recording: dir + 'anthropic-json-other-tool.1.chunks.txt', split: 8 });
  const asked = [];
  const streamed = streamText(ask('claude', { model: counting('claude'), tools: weather(asked) }));
  assert.equal(await streamed.finishReason, 'tool-calls');
  assert.deepEqual(asked, [{ location: 'San Francisco' }]);
  assert.ok((await streamed.usage).inputTokens > 0);
});

test('hears of errors', async () => {
  const wrong = createOpenAICompatible({ ...settings, apiKey: 'sk-nobody' });
  const e = await generateText(ask('mock', { model: wrong('mock') })).catch((error) => error);
  assert.ok(APICallError.isInstance(e), `${e}`);
  assert.equal(e.statusCode, 401);
  assert.equal(JSON.parse(e.responseBody).error.code, 'invalid_api_key');
  assert.equal(e.isRetryable, false);
  const down = await generateText(ask('down')).catch((error) => error);
  assert.equal(down.statusCode, 502);
  assert.ok(down.isRetryable);
});

test('leaves a stream: the upstream is left, too', async () => {
  await expect(stream(chunks({ delta: { role: 'assistant', content: 'one' } }), { hang: 0.8, cut: 1000 }));
  const controller = new AbortController();
  const got = streamText(ask('gpt', { abortSignal: controller.signal, onError: () => {} }));
  for await (const piece of got.textStream) {
    assert.equal(piece, 'one');
    controller.abort();
  }
  await closed();
});

// --- "@ai-sdk/openai": Responses unless it is told otherwise ------------------------------------

const openai = createOpenAI({ baseURL, apiKey: keys.main });
const paths = async () => (await seen()).map((r) => r.path);

test('generates text by Responses', async () => {
  await expect({ recording: 'provider_openai/t/openai-text.json' });
  const theirs = JSON.parse(recorded('provider_openai/t/openai-text.json'));
  const got = await generateText(ask('gpt', { model: openai('gpt'), system: 'Be kind.' }));
  assert.equal(got.text, theirs.choices[0].message.content);
  assert.equal(got.finishReason, 'stop');
  assert.equal(got.usage.outputTokens, theirs.usage.completion_tokens);
  assert.match(got.response.id, /^resp_/);
  assert.deepEqual((await seen())[0].json.messages[0], { role: 'system', content: 'Be kind.' });
});

test('streams text by Responses', async () => {
  const file = 'provider_openai/t/openai-text.chunks.txt';
  await expect({ recording: file, split: 4 });
  const got = streamText(ask('gpt', { model: openai('gpt') }));
  assert.equal(await got.text, text(recordedEvents(file)));
  assert.equal(await got.finishReason, 'stop');
  assert.equal((await got.usage).outputTokens, recordedEvents(file).at(-1).usage.completion_tokens);
});

for (const [name, model] of [['by Responses', openai('mock/mock-t')], ['by chats', openai.chat('mock/mock-t')]]) {
  test(`runs a tool to the end ${name}`, async () => {
    const asked = [];
    const got = await generateText(ask('', { model, tools: weather(asked), stopWhen: stepCountIs(3) }));
    assert.equal(got.steps.length, 2);
    assert.match(got.text, /The tool said: .*rain/);
    assert.equal(typeof asked[0].city, 'string');
  });

  test(`runs a tool to the end ${name}, streamed`, async () => {
    const asked = [];
    const got = streamText(ask('', { model, tools: weather(asked), stopWhen: stepCountIs(3) }));
    assert.match(await got.text, /The tool said: .*rain/);
    assert.equal((await got.steps).length, 2);
    assert.equal(asked.length, 1);
  });
}

test('runs a tool of a thinking model in two steps: its thoughts go back as they came', async () => {
  const dir = 'provider_anthropic/t/';
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' };
  const use = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern' } };
  for (const providerOptions of [{}, { openai: { store: false, include: ['reasoning.encrypted_content'] } }]) {
    await expect({ body: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [thought, use],
      stop_reason: 'tool_use', usage: { input_tokens: 3, output_tokens: 5 } } },
    { recording: dir + 'anthropic-text.json' });
    const asked = [];
    const got = await generateText(ask('claude', { model: openai('claude'), tools: weather(asked), stopWhen: stepCountIs(3),
      providerOptions: { openai: { reasoningEffort: 'low', reasoningSummary: 'auto', ...providerOptions.openai } } }));
    assert.deepEqual(asked, [{ city: 'Bern' }]);
    assert.equal(got.text, JSON.parse(recorded(dir + 'anthropic-text.json')).content[0].text);
    const told = (await seen())[1].json.messages;
    assert.deepEqual(told.map((m) => m.role), ['user', 'assistant', 'user']);
    assert.deepEqual(told[1].content.find((b) => b.type === 'tool_use')?.id, 'toolu_1');
    assert.equal(told[2].content[0].tool_use_id, 'toolu_1');
    assert.deepEqual(told[1].content.filter((b) => b.type === 'thinking'), [thought], JSON.stringify(providerOptions));
  }
});

test('generates an object by Responses', async () => {
  await expect(answer({ content: '{"city":"Bern"}' }));
  const schema = jsonSchema(city);
  assert.deepEqual((await generateObject(ask('gpt', { model: openai('gpt'), schema }))).object, { city: 'Bern' });
  assert.equal((await seen())[0].json.response_format.type, 'json_schema');
});

test('talks by Responses to an upstream of its own', async () => {
  const file = 'provider_azure/t/responses-azure-tool-call.1.chunks.txt';
  await expect({ recording: file, split: 7 });
  const theirs = recordedEvents(file).at(-1).response.output.find((i) => i.type === 'function_call');
  const tools = { [theirs.name]: tool({ inputSchema: jsonSchema({ type: 'object' }) }) };
  const got = streamText(ask('own', { model: openai('own'), tools }));
  const [call] = await got.toolCalls;
  assert.deepEqual([call.toolCallId, call.toolName, call.input],
    [theirs.call_id, theirs.name, JSON.parse(theirs.arguments)]);
  assert.deepEqual(await paths(), ['/v1/responses']);
});

test('hears of errors by Responses', async () => {
  const e = await generateText(ask('', { model: openai('nobody') })).catch((error) => error);
  assert.ok(APICallError.isInstance(e), `${e}`);
  assert.equal(e.statusCode, 404);
  const broken = streamText(ask('', { model: openai('mock/mock-n5-b3'), onError: () => {} }));
  await assert.rejects(async () => {
    for await (const part of broken.fullStream) if (part.type === 'error') throw part.error;
  });
});
