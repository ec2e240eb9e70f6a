// clients/openai.test.mjs - the npm client "openai" against a provider that speaks its dialect,
// and against the mock provider.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { answer, asked, baseURL, chunks, clock, closed, expect, keys, recorded, recordedEvents, seen, sleep, slow,
  stream, text, user, weather } from './support.mjs';

const client = new OpenAI({ maxRetries: 0 });           // OPENAI_BASE_URL and OPENAI_API_KEY
const gpt = (more = {}) => ({ model: 'gpt', messages: user('Hello'), ...more });
const mock = (more = {}) => ({ model: 'mock', messages: user('Hello there'), ...more });
const fails = (promise) => promise.then(() => assert.fail('it did not fail'), (e) => e);

async function collect(events) {
  const all = [];
  for await (const e of events) all.push(e);
  return all;
}

// --- models --------------------------------------------------------------------------------

test('lists the models that the key may use', async () => {
  const all = await collect(await client.models.list());
  assert.ok(['gpt', 'claude', 'mock'].every((name) => all.some((m) => m.id === name)));
  assert.ok(all.every((m) => m.object === 'model' && Number.isInteger(m.created) && m.owned_by));
  const narrow = new OpenAI({ apiKey: keys.narrow });
  assert.deepEqual((await collect(await narrow.models.list())).map((m) => m.id), ['mock']);
});

test('retrieves one model', async () => {
  const m = await client.models.retrieve('gpt');
  assert.equal(m.id, 'gpt');
  assert.equal(m.context_length, 128000);
  const e = await fails(client.models.retrieve('gtp'));
  assert.ok(e instanceof OpenAI.NotFoundError);
  assert.equal(e.code, 'model_not_found');
});

// --- chat, whole ---------------------------------------------------------------------------

test('chats', async () => {
  const { data, response } = await client.chat.completions.create(mock()).withResponse();
  assert.equal(data.choices[0].message.content, 'You said: Hello there');
  assert.equal(data.choices[0].finish_reason, 'stop');
  assert.equal(data.model, 'mock');
  assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
  assert.equal(response.headers.get('x-conduit-provider'), 'mock');
  assert.equal(data._request_id, response.headers.get('x-request-id'));
});

test('gets what the upstream answered, with the name it asked for', async () => {
  await expect({ recording: 'provider_openai/t/openai-text.json' });
  const got = await client.chat.completions.create(gpt());
  const { _request_id, ...rest } = got;
  assert.ok(_request_id);
  assert.deepEqual(rest, { ...JSON.parse(recorded('provider_openai/t/openai-text.json')), model: 'gpt' });
});

test('keeps the request id that it sends', async () => {
  const got = await client.chat.completions.create(mock(), { headers: { 'X-Request-Id': 'mine-1' } });
  assert.equal(got._request_id, 'mine-1');
});

test('sends images, seeds and members that we do not know', async () => {
  await expect(answer({ content: 'a cat' }));
  const messages = [{ role: 'developer', content: 'Be brief.' }, { role: 'user', content: [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } }] }];
  await client.chat.completions.create(gpt({ messages, seed: 7, verbosity: 'low', not_yet: { a: [1.50] } }));
  const [{ json, headers }] = await seen();
  assert.deepEqual(json, { model: 'gpt-4o-2024-08-06', messages, seed: 7, verbosity: 'low', not_yet: { a: [1.5] } });
  assert.equal(headers.authorization, 'Bearer sk-upstream-secret');
  assert.ok(!Object.keys(headers).some((h) => h.startsWith('x-stainless')));
});

test('gets n choices', async () => {
  const got = await client.chat.completions.create(mock({ n: 3 }));
  assert.deepEqual(got.choices.map((c) => c.index), [0, 1, 2]);
});

test('gets the logprobs', async () => {
  const logprobs = { content: [{ token: 'Hi', logprob: -0.25, bytes: [72, 105], top_logprobs: [
    { token: 'Hi', logprob: -0.25, bytes: [72, 105] }, { token: 'Yo', logprob: -1.5, bytes: null }] }], refusal: null };
  await expect(answer({ content: 'Hi' }, { logprobs }));
  const got = await client.chat.completions.create(gpt({ logprobs: true, top_logprobs: 2 }));
  assert.deepEqual(got.choices[0].logprobs, logprobs);
  await expect(stream(chunks({ delta: { role: 'assistant', content: 'Hi' }, logprobs },
    { finish_reason: 'stop' }) + 'data: [DONE]\n\n'));
  const events = await collect(await client.chat.completions.create(gpt({ logprobs: true, stream: true })));
  assert.deepEqual(events[0].choices[0].logprobs, logprobs);
});

test('parses an answer that follows a JSON schema', async () => {
  const schema = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'], additionalProperties: false };
  const response_format = { type: 'json_schema', json_schema: { name: 'trip', strict: true, schema } };
  await expect(answer({ content: '{"city":"Zürich","days":3}' }));
  const got = await client.chat.completions.parse(gpt({ response_format }));
  assert.deepEqual(got.choices[0].message.parsed, { city: 'Zürich', days: 3 });
  assert.deepEqual((await seen())[0].json.response_format, response_format);
  const made = (await client.chat.completions.parse(mock({ response_format }))).choices[0].message.parsed;
  assert.equal(typeof made.city, 'string');
  assert.ok(Number.isInteger(made.days));
});

// --- chat, streamed ------------------------------------------------------------------------

test('streams', async () => {
  const file = 'provider_openai/t/openai-text.chunks.txt';
  await expect({ recording: file, split: 7 });
  const got = await collect(await client.chat.completions.create(gpt({ stream: true })));
  assert.equal(text(got), text(recordedEvents(file)));
  assert.ok(got.every((e) => e.model === 'gpt' && e.choices.length === 1 && !('usage' in e)));
  const [{ json }] = await seen();
  assert.deepEqual(json.stream_options, { include_usage: true });
});

test('streams with usage when it asks for it', async () => {
  const file = 'provider_openai/t/openai-text.chunks.txt';
  await expect({ recording: file });
  const got = await collect(await client.chat.completions.create(
    gpt({ stream: true, stream_options: { include_usage: true } })));
  assert.deepEqual(got.at(-1).usage, recordedEvents(file).at(-1).usage);
  assert.deepEqual(got.at(-1).choices, []);
  assert.equal(got[0].usage, null);
});

test('streams through the helper', async () => {
  const pieces = [];
  const run = client.chat.completions.stream(mock({ stream_options: { include_usage: true } }));
  run.on('content', (piece) => pieces.push(piece));
  const whole = await run.finalChatCompletion();
  assert.equal(whole.choices[0].message.content, 'You said: Hello there');
  assert.equal(pieces.join(''), 'You said: Hello there');
  assert.ok(pieces.length > 1);
  assert.ok((await run.totalUsage()).total_tokens > 0);
});

test('streams several choices', async () => {
  const file = 'provider_openai/t/chat-stream-n2.sse';
  await expect({ recording: file });
  const whole = await client.chat.completions.stream(gpt({ n: 2 })).finalChatCompletion();
  for (const c of [0, 1]) assert.equal(whole.choices[c].message.content, text(recordedEvents(file), c));
});

test('gets the first words while the upstream still speaks', async () => {
  const started = performance.now();
  let first;
  for await (const e of await client.chat.completions.create(
    { model: 'mock/mock-n6-g300', messages: user('x'), stream: true })) first ??= e && performance.now();
  const last = performance.now();
  assert.ok(last - started > 1200, 'the mock did not wait between its pieces');
  assert.ok(first - started < (last - started) / 2, 'the first piece came with the last');
});

test('hears of a stream that breaks off', async () => {
  await expect(stream(chunks({ delta: { role: 'assistant', content: 'one' } }), { hang: 0, how: 'chunked' }));
  const got = [];
  const e = await fails((async () => {
    for await (const c of await client.chat.completions.create(gpt({ stream: true }))) got.push(c);
  })());
  assert.equal(text(got), 'one');
  assert.ok(e instanceof OpenAI.APIError);
  assert.equal(e.code, 'upstream_error');
});

// --- tools ---------------------------------------------------------------------------------

const tool_calls = [
  { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Zürich \\"HB\\""}' } },
  { id: 'call_2', type: 'function', function: { name: 'clock', arguments: '{}' } },
];

test('calls tools in parallel', async () => {
  await expect(answer({ tool_calls }));
  const tools = [weather, clock];
  const got = await client.chat.completions.create(gpt({ tools, parallel_tool_calls: true, tool_choice: 'required' }));
  assert.deepEqual(got.choices[0].message.tool_calls, tool_calls);
  assert.equal(got.choices[0].finish_reason, 'tool_calls');
  const [{ json }] = await seen();
  assert.deepEqual([json.tools, json.parallel_tool_calls, json.tool_choice], [tools, true, 'required']);
});

test('calls tools in parallel, streamed', async () => {
  await expect({ recording: 'provider_openai/t/chat-stream-parallel-tools.sse', split: 11 });
  const whole = await client.chat.completions.stream(gpt({ tools: [weather] })).finalChatCompletion();
  const calls = whole.choices[0].message.tool_calls;
  assert.deepEqual(calls.map((c) => JSON.parse(c.function.arguments).location.slice(0, 3)), ['San', 'Bos']);
  assert.ok(calls.every((c) => c.id.startsWith('call_') && c.function.name === 'get_current_weather'));
});

test("calls the mock's tools, whole and streamed alike", async () => {
  const ask = { model: 'mock/mock-p', messages: user('Weather?'), tools: [weather, clock] };
  const named = (c) => c.choices[0].message.tool_calls.map((t) => [t.function.name, JSON.parse(t.function.arguments)]);
  const whole = await client.chat.completions.create(ask);
  const streamed = await client.chat.completions.stream(ask).finalChatCompletion();
  assert.deepEqual(named(whole).map(([name]) => name), ['weather', 'clock']);
  assert.equal(typeof named(whole)[0][1].city, 'string');
  assert.deepEqual(named(streamed), named(whole));
});

test('runs tools to the end', async () => {
  for (const stream of [false, true]) {
    const asked = [];
    const run = client.chat.completions.runTools({ model: 'mock/mock-t', messages: user('Weather?'), stream,
      tools: [{ type: 'function', function: { ...weather.function, parse: JSON.parse,
        function: (input) => { asked.push(input); return 'rain'; } } }] });
    assert.match(await run.finalContent(), /The tool said: rain/);
    assert.equal(asked.length, 1);
    assert.equal(typeof asked[0].city, 'string');
  }
});

test('shows reasoning', async () => {
  const got = await client.chat.completions.create({ model: 'mock/mock-r', messages: user('x') });
  assert.ok(got.choices[0].message.reasoning_content.length > 0);
});

// --- completions and embeddings ------------------------------------------------------------

test('completes, whole and streamed', async () => {
  const ask = { model: 'mock', prompt: 'Say hi' };
  const whole = await client.completions.create(ask);
  assert.equal(whole.object, 'text_completion');
  assert.match(whole.choices[0].text, /Say hi/);
  const pieces = await collect(await client.completions.create({ ...ask, stream: true }));
  assert.equal(pieces.map((p) => p.choices[0].text).join(''), whole.choices[0].text);
  const file = 'provider_openai/t/completions-stream.sse';
  await expect({ recording: file, split: 5 });
  const got = await collect(await client.completions.create({ model: 'gpt', prompt: 'x', stream: true }));
  const sum = (all) => all.map((p) => p.choices[0].text).join('');
  assert.equal(sum(got), sum(recordedEvents(file)));
});

const vector = () => JSON.parse(recorded('provider_openai/t/embeddings-float.json')).data[0].embedding;

test('embeds: the numbers are right although the client asks for base64', async () => {
  await expect({ recording: 'provider_openai/t/embeddings-float.json' });
  const got = await client.embeddings.create({ model: 'embedder', input: 'x' });
  assert.deepEqual(got.data[0].embedding, vector().map(Math.fround));
  assert.equal(got.model, 'embedder');
  assert.ok(got.usage.prompt_tokens > 0);
});

test('embeds: base64 of the upstream', async () => {
  const file = 'provider_openai/t/embeddings-base64.json';
  await expect({ recording: file });
  const got = await client.embeddings.create({ model: 'embedder', input: ['x'] });
  const bytes = Buffer.from(JSON.parse(recorded(file)).data[0].embedding, 'base64');
  const want = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  assert.deepEqual(got.data[0].embedding, want);
});

test('embeds: floats, dimensions, token arrays', async () => {
  await expect({ recording: 'provider_openai/t/embeddings-float.json' });
  const got = await client.embeddings.create({ model: 'embedder', input: [[1, 2], [3]], encoding_format: 'float',
    dimensions: 512, user: 'me' });
  assert.deepEqual(got.data[0].embedding, vector());
  const [{ json }] = await seen();
  assert.deepEqual(json, { model: 'text-embedding-3-small', input: [[1, 2], [3]], encoding_format: 'float',
    dimensions: 512, user: 'me' });
});

test('embeds: one vector, however it is asked for', async () => {
  const ask = { model: 'mock', input: ['a', 'b'], dimensions: 8 };
  const decoded = await client.embeddings.create(ask);
  const floats = await client.embeddings.create({ ...ask, encoding_format: 'float' });
  assert.deepEqual(decoded.data.map((d) => [d.index, d.embedding.length]), [[0, 8], [1, 8]]);
  for (const i of [0, 1]) {
    assert.deepEqual(decoded.data[i].embedding, floats.data[i].embedding.map(Math.fround));
  }
  assert.notDeepEqual(floats.data[0].embedding, floats.data[1].embedding);
});

// --- errors --------------------------------------------------------------------------------

// [what, its promise, class, status, type, code, param]
const refusals = [
  ['a field of the wrong type', () => client.chat.completions.create(gpt({ messages: 'hi' })),
    OpenAI.BadRequestError, 400, 'invalid_request_error', 'invalid_value', 'messages'],
  ['a key that nobody has', () => new OpenAI({ apiKey: 'sk-nobody' }).chat.completions.create(gpt()),
    OpenAI.AuthenticationError, 401, 'authentication_error', 'invalid_api_key', null],
  ['a model that the key may not use', () => new OpenAI({ apiKey: keys.narrow }).chat.completions.create(gpt()),
    OpenAI.PermissionDeniedError, 403, 'permission_error', 'model_not_allowed', 'model'],
  ['a model that is not there', () => client.chat.completions.create(gpt({ model: 'gtp' })),
    OpenAI.NotFoundError, 404, 'invalid_request_error', 'model_not_found', 'model'],
  ['a path that is not there', () => client.post('/nothing', { body: {} }),
    OpenAI.NotFoundError, 404, 'invalid_request_error', 'unknown_url', null],
  ['a body that is too large', () => client.chat.completions.create(gpt({ messages: user('x'.repeat(1100000)) })),
    OpenAI.APIError, 413, 'invalid_request_error', 'request_too_large', null],
  ['an upstream that is down', () => client.chat.completions.create(gpt({ model: 'down' })),
    OpenAI.InternalServerError, 502, 'server_error', 'upstream_error', null],
  ['a stream of a provider that is down', () => client.chat.completions.create(gpt({ model: 'down', stream: true })),
    OpenAI.InternalServerError, 502, 'server_error', 'upstream_error', null],
  ['a rate limit', () => client.chat.completions.create({ model: 'mock/mock-x429', messages: user('x') }),
    OpenAI.RateLimitError, 429, 'rate_limit_error', 'upstream_rate_limited', null],
];

for (const [what, call, kind, status, type, code, param] of refusals) {
  test(`hears of ${what}: ${status} ${code}`, async () => {
    const e = await fails(call());
    assert.ok(e instanceof kind, `${e}`);
    assert.deepEqual([e.status, e.type, e.code, e.param ?? null], [status, type, code, param]);
    assert.ok(e.requestID);
    assert.equal(e.requestID, e.headers.get('x-request-id'));
    assert.ok(e.error.message.length > 10);
    assert.ok(!/condt_[A-Za-z0-9]|sk-/.test(e.message), 'a secret is in the message');
  });
}

test("gets the upstream's refusal of a parameter", async () => {
  await expect({ recording: 'provider_openai/t/reasoning-model-legacy-parameter-error.json', status: 400 });
  const e = await fails(client.chat.completions.create(gpt({ max_tokens: 5 })));
  assert.ok(e instanceof OpenAI.BadRequestError);
  assert.deepEqual([e.code, e.param], ['unsupported_parameter', 'max_tokens']);
});

test('waits as long as the upstream asks for', async () => {
  const limited = { status: 429, headers: { 'retry-after': '1' },
    body: { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } } };
  await expect(limited, answer({ content: 'at last' }));
  const e = await fails(client.chat.completions.create(gpt()));
  assert.equal(e.headers.get('retry-after'), '1');
  await sleep(1100);
  await expect(limited, answer({ content: 'at last' }));
  const started = performance.now();
  const got = await client.chat.completions.create(gpt(), { maxRetries: 1 });
  assert.equal(got.choices[0].message.content, 'at last');
  assert.ok(performance.now() - started >= 990);
  assert.equal((await seen()).length, 2);
});

test('does not try again what was tried everywhere', async () => {
  const bad = { status: 500, body: { error: { message: 'boom', type: 'server_error' } } };
  await expect(bad, { status: 500, body: { type: 'error', error: { type: 'api_error', message: 'boom' } } }, bad, bad);
  const e = await fails(client.chat.completions.create(gpt({ model: 'twice' }), { maxRetries: 2 }));
  assert.equal(e.status, 502);
  assert.equal(e.headers.get('x-should-retry'), 'false');
  assert.equal((await seen()).length, 2);
});

// --- leaving -------------------------------------------------------------------------------

test('leaves a stream: the upstream is left, too', async () => {
  await expect(stream(chunks({ delta: { role: 'assistant', content: 'one' } },
    { delta: { content: 'two' } }), { hang: 2, cut: 1000 }));
  const events = await client.chat.completions.create(gpt({ stream: true }));
  for await (const e of events) {
    assert.equal(e.choices[0].delta.content, 'one');
    break;
  }
  assert.ok(events.controller.signal.aborted);
  const left = performance.now();
  await closed();
  assert.ok(performance.now() - left < 700 * slow, 'it took long');
});

test('leaves before the first word: the upstream is left, too', async () => {
  await expect({ ...answer({ content: 'too late' }), delay: 2 });
  const controller = new AbortController();
  void asked().then(() => controller.abort());
  const e = await fails(client.chat.completions.create(gpt(), { signal: controller.signal }));
  const left = performance.now();
  assert.ok(e instanceof OpenAI.APIUserAbortError);
  await closed();
  assert.ok(performance.now() - left < 700 * slow, 'it took long');
});

test('has no patience: the upstream is left, too', async () => {
  await expect({ ...answer({ content: 'too late' }), delay: 2 });
  const e = await fails(client.chat.completions.create(gpt(), { timeout: 500 }));
  assert.ok(e instanceof OpenAI.APIConnectionTimeoutError);
  await closed();
});

test('hears of an upstream that is too slow', async () => {
  await expect({ ...answer({ content: 'too late' }), delay: 3 });
  const e = await fails(client.chat.completions.create(gpt()));
  assert.deepEqual([e.status, e.code], [504, 'upstream_timeout']);
});

test('answers the next request after all that', async () => {
  assert.ok(baseURL.endsWith('/v1'));
  const got = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    client.chat.completions.create(mock({ messages: user(`number ${i}`) }))));
  got.forEach((c, i) => assert.match(c.choices[0].message.content, new RegExp(`number ${i}$`)));
});
