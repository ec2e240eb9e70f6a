// clients/translated.test.mjs - the npm client "openai" against a provider of another dialect:
// what it asks is translated to Anthropic's Messages, and the answers back.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { clock, closed, expect, recorded, recordedEvents, seen, user, weather } from './support.mjs';

const client = new OpenAI({ maxRetries: 0 });
const claude = (more = {}) => ({ model: 'claude', messages: user('Hello'), ...more });
const dir = 'provider_anthropic/t/';
const whole = (file) => JSON.parse(recorded(dir + file));
const fails = (promise) => promise.then(() => assert.fail('it did not fail'), (e) => e);
const texts = (message) => message.content.filter((b) => b.type === 'text').map((b) => b.text).join('');
const deltas = (file, type) => recordedEvents(dir + file).filter((e) => e.delta?.type === type + '_delta')
  .map((e) => e.delta[type]).join('');

test('chats', async () => {
  await expect({ recording: dir + 'anthropic-text.json' });
  const messages = [{ role: 'system', content: 'Be kind.' }, ...user('Hello')];
  const got = await client.chat.completions.create(claude({ messages, max_completion_tokens: 100, stop: 'END' }));
  const theirs = whole('anthropic-text.json');
  assert.equal(got.choices[0].message.content, texts(theirs));
  assert.equal(got.choices[0].finish_reason, 'stop');
  assert.equal(got.model, 'claude');
  assert.equal(got.usage.completion_tokens, theirs.usage.output_tokens);
  const [{ path, headers, json }] = await seen();
  assert.equal(path, '/v1/messages');
  assert.equal(headers['x-api-key'], 'sk-upstream-secret');
  assert.ok(headers['anthropic-version']);
  assert.equal(json.model, 'claude-sonnet-4-5-20250929');
  assert.equal(json.max_tokens, 100);
  assert.deepEqual(json.stop_sequences, ['END']);
  assert.match(JSON.stringify(json.system), /Be kind\./);
  assert.deepEqual(json.messages.map((m) => m.role), ['user']);
});

test('streams, with usage', async () => {
  await expect({ recording: dir + 'anthropic-text.chunks.txt', split: 3 });
  const run = client.chat.completions.stream(claude({ stream_options: { include_usage: true } }));
  const got = await run.finalChatCompletion();
  assert.equal(got.choices[0].message.content, deltas('anthropic-text.chunks.txt', 'text'));
  assert.equal(got.choices[0].finish_reason, 'stop');
  const usage = recordedEvents(dir + 'anthropic-text.chunks.txt').find((e) => e.type === 'message_delta').usage;
  assert.equal((await run.totalUsage()).completion_tokens, usage.output_tokens);
  assert.equal((await seen())[0].json.stream, true);
});

test('calls tools, whole and streamed, and gives their results back', async () => {
  const file = 'anthropic-programmatic-tool-calling.1';
  await expect({ recording: dir + file + '.json' });
  const got = await client.chat.completions.create(claude({ tools: [weather, clock] }));
  const uses = whole(file + '.json').content.filter((b) => b.type === 'tool_use');
  const calls = got.choices[0].message.tool_calls;
  assert.ok(uses.length > 1);
  assert.deepEqual(calls.map((c) => ({ type: 'tool_use', id: c.id, name: c.function.name,
    input: JSON.parse(c.function.arguments) })), uses.map(({ type, id, name, input }) => ({ type, id, name, input })));
  assert.equal(got.choices[0].finish_reason, 'tool_calls');

  await expect({ recording: dir + 'anthropic-text.json' });
  const messages = [...user('Weather?'), got.choices[0].message,
    ...calls.map((c) => ({ role: 'tool', tool_call_id: c.id, content: 'of ' + c.id }))];
  await client.chat.completions.create(claude({ messages, tools: [weather, clock] }));
  const [{ json }] = await seen();
  assert.deepEqual(json.messages.map((m) => m.role), ['user', 'assistant', 'user']);
  assert.deepEqual(json.messages[1].content.filter((b) => b.type === 'tool_use').map((b) => [b.id, b.input]),
    uses.map((u) => [u.id, u.input]));
  const results = json.messages[2].content.filter((b) => b.type === 'tool_result');
  assert.deepEqual(results.map((b) => b.tool_use_id), uses.map((u) => u.id));
  assert.match(JSON.stringify(results[0].content), new RegExp('of ' + uses[0].id));
  assert.deepEqual(json.tools.map((t) => [t.name, t.input_schema.type]), [['weather', 'object'], ['clock', 'object']]);
});

test('calls a tool, streamed', async () => {
  await expect({ recording: dir + 'anthropic-json-other-tool.1.chunks.txt', split: 1 });
  const got = await client.chat.completions.stream(claude({ tools: [weather] })).finalChatCompletion();
  const [call] = got.choices[0].message.tool_calls;
  assert.equal(call.function.name, 'weather');
  assert.deepEqual(JSON.parse(call.function.arguments),
    JSON.parse(deltas('anthropic-json-other-tool.1.chunks.txt', 'input_json')
      || recordedEvents(dir + 'anthropic-json-other-tool.1.chunks.txt')
        .filter((e) => e.delta?.type === 'input_json_delta').map((e) => e.delta.partial_json).join('')));
  assert.equal(got.choices[0].finish_reason, 'tool_calls');
});

test('shows reasoning and takes it back unchanged', async () => {
  const file = 'anthropic-clear-thinking.1.json';
  await expect({ recording: dir + file });
  const ask = claude({ reasoning_effort: 'low', tools: [weather] });
  const got = (await client.chat.completions.create(ask)).choices[0].message;
  const [thought] = whole(file).content;
  assert.equal(thought.type, 'thinking');
  assert.equal(got.reasoning_content, thought.thinking);
  assert.deepEqual(got.thinking_blocks, [thought]);
  assert.ok((await seen())[0].json.thinking);

  const call = { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } };
  await expect({ recording: dir + 'anthropic-text.json' });
  await client.chat.completions.create({ ...ask, messages: [...user('Weather?'), { ...got, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'toolu_1', content: 'rain' }] });
  const [{ json }] = await seen();
  assert.deepEqual(json.messages[1].content[0], thought);
});

test('shows reasoning, streamed', async () => {
  const file = 'anthropic-clear-thinking.1.chunks.txt';
  await expect({ recording: dir + file, split: 9 });
  let reasoning = '';
  const blocks = [];
  for await (const e of await client.chat.completions.create(claude({ stream: true, reasoning_effort: 'low' }))) {
    reasoning += e.choices[0].delta.reasoning_content ?? '';
    blocks.push(...e.choices[0].delta.thinking_blocks ?? []);
  }
  assert.equal(reasoning, deltas(file, 'thinking'));
  assert.deepEqual(blocks, [{ index: 0, type: 'thinking', thinking: reasoning, signature: deltas(file, 'signature') }]);
});

test('hears of errors in its own dialect', async () => {
  const cases = [
    [529, 'overloaded_error', OpenAI.InternalServerError, 503, 'overloaded'],
    [429, 'rate_limit_error', OpenAI.RateLimitError, 429, 'upstream_rate_limited'],
    [401, 'authentication_error', OpenAI.InternalServerError, 502, 'upstream_auth'],
    [400, 'invalid_request_error', OpenAI.BadRequestError, 400, 'invalid_value'],
    [413, 'request_too_large', OpenAI.APIError, 413, 'request_too_large'],
  ];
  for (const [status, type, kind, ours, code] of cases) {
    await expect({ status, body: { type: 'error', error: { type, message: 'It is so.' }, request_id: 'req_1' } });
    const e = await fails(client.chat.completions.create(claude({ stream: true })));
    assert.ok(e instanceof kind, `${status}: ${e}`);
    assert.deepEqual([e.status, e.code], [ours, code]);
    assert.ok(e.requestID && e.requestID !== 'req_1');
  }
});

test('hears of an error in the middle of a stream', async () => {
  const events = recorded(dir + 'anthropic-text.chunks.txt').split('\n').slice(0, 4);
  const error = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
  await expect({ type: 'text/event-stream', body: [...events, error].map((e) => `data: ${e}\n\n`).join('') });
  let content = '';
  const e = await fails((async () => {
    for await (const c of await client.chat.completions.create(claude({ stream: true }))) {
      content += c.choices[0].delta.content ?? '';
    }
  })());
  assert.ok(content.length > 0);
  assert.equal(e.code, 'overloaded');
});

test('leaves a stream: the upstream is left, too', async () => {
  const events = recorded(dir + 'anthropic-text.chunks.txt').split('\n').slice(0, 4);
  await expect({ type: 'text/event-stream', body: events.map((e) => `data: ${e}\n\n`).join(''), hang: 0.8, cut: 1e6 });
  for await (const e of await client.chat.completions.create(claude({ stream: true }))) {
    if (e.choices[0].delta.content) break;
  }
  await closed();
});

test('is told that this model does not embed', async () => {
  const e = await fails(client.embeddings.create({ model: 'claude', input: 'x' }));
  assert.ok(e.status >= 400 && e.status < 500, `${e.status} ${e}`);
  assert.match(e.message, /embed/);
});
