// clients/responses.test.mjs - the Responses API of the npm client "openai": over upstreams of three
// other dialects, over one that has the API itself, over every provider of the examples; and what is
// kept of its answers.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { answer, chunks, expect, keys, recorded, recordedEvents, seen, stream, text } from './support.mjs';

const client = new OpenAI({ maxRetries: 0 });
const examples = new OpenAI({
  baseURL: process.env.EXAMPLES_URL, apiKey: process.env.EXAMPLES_KEY, maxRetries: 0,
});
const ask = (model, more = {}) => ({ model, input: 'Hello', ...more });
const fails = (promise) => promise.then(() => assert.fail('it did not fail'), (e) => e);
const weather = {
  type: 'function', name: 'weather', description: 'The weather of a city.', strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

const chats = ['openai-gpt', 'anthropic-sonnet', 'azure-gpt', 'gemini-flash', 'vertex-pro', 'cohere-command',
  'mistral-large', 'bedrock-claude', 'groq-llama', 'hf-llama', 'ollama-qwen', 'replicate-llama', 'deepseek-chat'];

const check = (got, model) => {
  assert.equal(got.object, 'response');
  assert.equal(got.model, model);
  assert.match(got.id, /^resp_/);
  assert.ok(['completed', 'incomplete'].includes(got.status), got.status);
  assert.ok(got.output.some((i) => i.type === 'function_call' || i.summary?.length || i.content?.[0].text));
  assert.ok(got.usage.input_tokens > 0 && got.usage.output_tokens > 0);
  assert.equal(got.usage.total_tokens, got.usage.input_tokens + got.usage.output_tokens);
  assert.ok(got.output.every((item) => item.id && item.status !== 'in_progress'));
};

// The events of a stream, whose order and numbers are checked, and what it comes to.
async function streamed(of, body) {
  const events = [];
  const run = of.responses.stream(body);
  run.on('event', (e) => events.push(e));
  const final = await run.finalResponse();
  assert.deepEqual(events.map((e) => e.sequence_number), events.map((_, i) => i));
  assert.deepEqual(events.slice(0, 2).map((e) => e.type), ['response.created', 'response.in_progress']);
  assert.match(events.at(-1).type, /^response\.(completed|incomplete)$/);
  const open = new Map();
  for (const e of events) {
    if (e.type === 'response.output_item.added') open.set(e.output_index, e.item.id);
    if (e.item_id) assert.equal(open.get(e.output_index), e.item_id, e.type);
    if (e.type === 'response.output_item.done') {
      assert.equal(open.get(e.output_index), e.item.id);
      assert.deepEqual(events.at(-1).response.output[e.output_index], e.item);
      open.delete(e.output_index);
    }
  }
  assert.equal(open.size, 0);
  return { events, final };
}

for (const model of chats) {
  test(`${model} answers`, async () => {
    check(await examples.responses.create(ask(model)), model);
  });

  test(`${model} streams`, async () => {
    check((await streamed(examples, ask(model))).final, model);
  });
}

// --- translated --------------------------------------------------------------------------

test('a text of a chat upstream, whole and streamed', async () => {
  await expect({ recording: 'provider_openai/t/openai-text.json' });
  const theirs = JSON.parse(recorded('provider_openai/t/openai-text.json'));
  const got = await client.responses.create(ask('gpt', { instructions: 'Be kind.', metadata: { a: 'b' } }));
  assert.equal(got.output_text, theirs.choices[0].message.content);
  assert.equal(got.usage.input_tokens, theirs.usage.prompt_tokens);
  assert.equal(got.instructions, 'Be kind.');
  assert.deepEqual(got.metadata, { a: 'b' });
  assert.ok(got._request_id);
  const file = 'provider_openai/t/openai-text.chunks.txt';
  await expect({ recording: file, split: 4 });
  const { events, final } = await streamed(client, ask('gpt'));
  assert.equal(final.output_text, text(recordedEvents(file)));
  assert.equal(events.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join(''),
    final.output_text);
});

test('thoughts and a tool of a Messages upstream, and back', async () => {
  const dir = 'provider_anthropic/t/';
  const theirs = JSON.parse(recorded(dir + 'anthropic-clear-thinking.1.json'));
  await expect({ recording: dir + 'anthropic-clear-thinking.1.json' });
  const more = { tools: [weather], reasoning: { effort: 'low' }, include: ['reasoning.encrypted_content'], store: false };
  const got = await client.responses.create(ask('claude', more));
  const [thought, message] = got.output;
  assert.equal(thought.summary[0].text, theirs.content[0].thinking);
  assert.equal(thought.encrypted_content, theirs.content[0].signature);
  assert.equal(message.content[0].text, theirs.content[1].text);
  await expect({ recording: dir + 'anthropic-json-other-tool.1.chunks.txt', split: 8 });
  const input = [{ role: 'user', content: 'Hello' }, ...got.output, { role: 'user', content: 'Weather?' }];
  const { events, final } = await streamed(client, ask('claude', { ...more, input }));
  const call = final.output.at(-1);
  assert.deepEqual([call.type, call.name], ['function_call', 'weather']);
  assert.equal(typeof JSON.parse(call.arguments).location, 'string');
  assert.equal(events.findLast((e) => e.type === 'response.function_call_arguments.done').arguments, call.arguments);
  assert.deepEqual((await seen())[0].json.messages[1].content[0], theirs.content[0]);
});

test('thoughts and calls of a Gemini upstream, whole and streamed', async () => {
  const dir = 'provider_gemini/t/';
  await expect({ recording: dir + 'google-reasoning-gemini3.json' });
  const got = await client.responses.create(ask('gemini', { reasoning: { effort: 'high', summary: 'auto' } }));
  assert.ok(got.output_text.length > 0);
  assert.ok(got.usage.output_tokens_details.reasoning_tokens > 0);
  await expect({ recording: dir + 'google-text.chunks.txt', split: 3 });
  const want = recordedEvents(dir + 'google-text.chunks.txt').flatMap((e) => e.candidates)
    .flatMap((c) => c.content?.parts ?? []).filter((p) => !p.thought).map((p) => p.text ?? '').join('');
  assert.equal((await streamed(client, ask('gemini'))).final.output_text, want);
  for (const recording of ['google-tool-call-gemini3.json', 'google-tool-call-gemini3.chunks.txt']) {
    await expect({ recording: dir + recording });
    const body = ask('gemini', { tools: [weather], store: false });
    const { output } = recording.endsWith('.json') ? await client.responses.create(body)
      : (await streamed(client, body)).final;
    const call = output.find((i) => i.type === 'function_call');
    assert.equal(call.name, 'weather');
    assert.ok(JSON.parse(call.arguments).location);
    await expect({ recording: dir + 'google-text.json' });
    await client.responses.create({ ...body, input: [{ role: 'user', content: 'Hello' }, ...output,
      { type: 'function_call_output', call_id: call.call_id, output: 'rain' }] });
    const { contents } = (await seen())[0].json;
    const told = contents.flatMap((c) => c.parts);
    assert.ok(told.some((p) => p.functionCall?.name === 'weather'));
    assert.ok(told.some((p) => p.functionResponse?.name === 'weather'));
  }
});

test('two turns with a tool, by the conversation that is kept', async () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } };
  await expect(answer({ tool_calls: [call] }), answer({ content: 'Sunny.' }));
  const first = await client.responses.create(ask('gpt', { tools: [weather], tool_choice: 'required' }));
  assert.deepEqual(first.output.map((i) => [i.type, i.call_id, i.name, i.arguments, i.status]),
    [['function_call', 'call_1', 'weather', '{"city":"Paris"}', 'completed']]);
  const last = await client.responses.create(ask('gpt', { tools: [weather], previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: 'call_1', output: 'rain' }] }));
  assert.equal(last.output_text, 'Sunny.');
  assert.equal(last.previous_response_id, first.id);
  const [asked, told] = (await seen()).map((r) => r.json);
  assert.equal(asked.tool_choice, 'required');
  assert.deepEqual(told.messages.map((m) => m.role), ['user', 'assistant', 'tool']);
  assert.deepEqual(told.messages[1].tool_calls, [call]);
});

test('a custom tool, whole and streamed', async () => {
  const tools = [{ type: 'custom', name: 'patch', description: 'Changes files.' }];
  const of = (args) => ({ tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'patch', arguments: args } }] });
  await expect(answer(of('{"input":"a\\n\\"b\\""}')));
  const [call] = (await client.responses.create(ask('gpt', { tools, store: false }))).output;
  assert.deepEqual([call.type, call.name, call.input, call.call_id], ['custom_tool_call', 'patch', 'a\n"b"', 'call_1']);
  const pieces = ['', '{"input":', '"a\\', 'n\\"b', '\\""}'].map((args, i) => ({ delta: { tool_calls: [{ index: 0,
    ...(i ? {} : { id: 'call_1', type: 'function' }), function: { ...(i ? {} : { name: 'patch' }), arguments: args } }] } }));
  await expect(stream(chunks(...pieces, { finish_reason: 'tool_calls' }) + 'data: [DONE]\n\n'));
  const { events, final } = await streamed(client, ask('gpt', { tools, store: false }));
  assert.equal(final.output[0].input, 'a\n"b"');
  assert.equal(events.filter((e) => e.type === 'response.custom_tool_call_input.delta').map((e) => e.delta).join(''), 'a\n"b"');
});

test('an object by a schema', async () => {
  const format = zodTextFormat(z.object({ city: z.string() }), 'place');
  await expect(answer({ content: '{"city":"Bern"}' }));
  const got = await client.responses.parse(ask('gpt', { text: { format } }));
  assert.deepEqual(got.output_parsed, { city: 'Bern' });
  const { response_format: told } = (await seen())[0].json;
  assert.deepEqual([told.type, told.json_schema.name, told.json_schema.strict], ['json_schema', 'place', true]);
  const { final } = await streamed(client, ask('mock', { text: { format } }));
  assert.equal(typeof final.output_parsed.city, 'string');
});

test('pictures and files go on', async () => {
  await expect(answer({ content: 'A cat.' }));
  await client.responses.create(ask('gpt', { store: false, input: [{ role: 'user', content: [
    { type: 'input_text', text: 'What is it?' }, { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
    { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' }] }] }));
  assert.deepEqual((await seen())[0].json.messages[0].content, [{ type: 'text', text: 'What is it?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } }]);
});

test('the limit of an answer makes it incomplete', async () => {
  const got = await client.responses.create(ask('mock/mock-f', { store: false }));
  assert.deepEqual([got.status, got.incomplete_details], ['incomplete', { reason: 'max_output_tokens' }]);
  const { final, events } = await streamed(client, ask('mock/mock-f', { store: false }));
  assert.equal(events.at(-1).type, 'response.incomplete');
  assert.ok(final.output_text.length > 0);
});

// --- of an upstream's own ------------------------------------------------------------------

const native = ['openai-reasoning-encrypted-content', 'openai-custom-tool', 'openai-code-interpreter-tool',
  'openai-image-generation-tool', 'openai-phase', 'openai-shell-tool'];

for (const name of native) {
  test(`a native stream: ${name}`, async () => {
    const file = `provider_openai/t/responses-${name}.1.chunks.txt`;
    await expect({ recording: file, split: 5 });
    const events = [];
    for await (const e of await client.responses.create(ask('own', { store: false, stream: true }))) events.push(e);
    const all = recordedEvents(file);       // some files hold several answers: a stream ends with its first
    assert.deepEqual(events, all.slice(0, all.findIndex((e) => e.type === 'response.completed') + 1)
      .map((e) => (e.response ? { ...e, response: { ...e.response, model: 'own' } } : e)));
  });
}

test("a native stream by the client's own helper", async () => {
  const file = 'provider_azure/t/responses-azure-text.1.chunks.txt';
  await expect({ recording: file, split: 5 });
  const { final } = await streamed(client, ask('own', { store: false }));
  assert.equal(final.output_text, recordedEvents(file).at(-1).response.output[0].content[0].text);
});

test('a native answer', async () => {
  const file = 'provider_openai/t/responses-openai-custom-tool.1.json';
  await expect({ recording: file });
  const { _request_id, output_text, ...rest } = await client.responses.create(ask('own', { store: false }));
  assert.deepEqual(rest, { ...JSON.parse(recorded(file)), model: 'own' });
  assert.equal((await seen())[0].json.model, 'gpt-5.4');
});

// --- what is kept --------------------------------------------------------------------------

test('answers are kept: retrieve, input items, delete', async () => {
  const made = await client.responses.create(ask('mock'));
  const got = await client.responses.retrieve(made.id);
  assert.deepEqual([got.id, got.output, got.usage, got.output_text],
    [made.id, made.output, made.usage, made.output_text]);
  const items = [];
  for await (const item of client.responses.inputItems.list(made.id)) items.push(item);
  assert.deepEqual(items.map((i) => [i.role, i.content[0].text]), [['user', 'Hello']]);
  const cancelled = await fails(client.responses.cancel(made.id));
  assert.ok(cancelled instanceof OpenAI.BadRequestError);
  await client.responses.delete(made.id);
  assert.ok(await fails(client.responses.retrieve(made.id)) instanceof OpenAI.NotFoundError);
  assert.ok(await fails(client.responses.delete(made.id)) instanceof OpenAI.NotFoundError);
});

test('all pages of input items', async () => {
  const input = Array.from({ length: 7 }, (_, i) => ({ role: 'user', content: `${i}` }));
  const made = await client.responses.create(ask('mock', { input }));
  const got = [];
  for await (const item of client.responses.inputItems.list(made.id, { limit: 3, order: 'asc' })) got.push(item.content);
  assert.deepEqual(got, input.map((i) => i.content));
});

test('a conversation with three providers', async () => {
  await expect(answer({ content: 'Blue.' }), { recording: 'provider_anthropic/t/anthropic-text.json' },
    { recording: 'provider_gemini/t/google-text.json' });
  const one = await client.responses.create(ask('gpt', { input: 'A colour?' }));
  const two = await client.responses.create(ask('claude', { input: 'Why?', previous_response_id: one.id }));
  await client.responses.create(ask('gemini', { input: 'Sure?', previous_response_id: two.id }));
  const { contents } = (await seen())[2].json;
  assert.deepEqual(contents.map((c) => c.role), ['user', 'model', 'user', 'model', 'user']);
  assert.deepEqual(contents.map((c) => c.parts[0].text).filter((t, i) => i !== 3),
    ['A colour?', 'Blue.', 'Why?', 'Sure?']);
});

// --- errors --------------------------------------------------------------------------------

test('errors have their types', async () => {
  const cases = [
    [{ previous_response_id: 'resp_none' }, OpenAI.BadRequestError, 'previous_response_not_found'],
    [{ model: 'nobody' }, OpenAI.NotFoundError, 'model_not_found'],
    [{ background: true }, OpenAI.BadRequestError, 'unsupported_parameter'],
    [{ input: [{ type: 'strange' }], model: 'mock' }, OpenAI.BadRequestError, 'invalid_value'],
    [{ model: 'down' }, OpenAI.InternalServerError, 'upstream_error'],
    [{ model: 'mock/mock-x429' }, OpenAI.RateLimitError, 'upstream_rate_limited'],
  ];
  for (const [more, kind, code] of cases) {
    for (const asStream of [false, true]) {
      const e = await fails(client.responses.create(ask('mock', { ...more, stream: asStream })));
      assert.ok(e instanceof kind, `${code}: ${e}`);
      assert.equal(e.code, code);
      assert.ok(e.requestID);
    }
  }
  const nobody = new OpenAI({ apiKey: 'sk-nobody', maxRetries: 0 });
  assert.ok(await fails(nobody.responses.create(ask('mock'))) instanceof OpenAI.AuthenticationError);
  const narrow = new OpenAI({ apiKey: keys.narrow, maxRetries: 0 });
  assert.ok(await fails(narrow.responses.create(ask('gpt'))) instanceof OpenAI.APIError);
});

test('a stream that breaks is an error', async () => {
  const e = await fails(client.responses.stream(ask('mock/mock-n5-b3')).finalResponse());
  assert.ok(e instanceof OpenAI.APIError, `${e}`);
  const own = recorded('provider_openai/t/responses-openai-custom-tool.1.chunks.txt').split('\n').slice(0, 5);
  await expect(stream(own.map((l) => `event: ${JSON.parse(l).type}\ndata: ${l}\n\n`).join('')));
  assert.ok(await fails(client.responses.stream(ask('own')).finalResponse()) instanceof OpenAI.APIError);
});
