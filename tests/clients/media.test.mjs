// clients/media.test.mjs - the npm client "openai" with pictures, sound and moderations: the mock
// provider, whose answers are translated, and an upstream that speaks the dialect itself.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { expect, stream } from './support.mjs';

const client = new OpenAI({ maxRetries: 0 });           // OPENAI_BASE_URL and OPENAI_API_KEY
const fails = (promise) => promise.then(() => assert.fail('it did not fail'), (e) => e);
const png = () => toFile(Buffer.from('\x89PNG', 'latin1'), 'a.png', { type: 'image/png' });

async function collect(events) {
  const all = [];
  for await (const e of events) all.push(e);
  return all;
}

async function speech(words = 'hello big world') {
  const r = await client.audio.speech.create({ model: 'mock', voice: 'alloy', input: words, response_format: 'wav' });
  return { bytes: Buffer.from(await r.arrayBuffer()), type: r.headers.get('content-type') };
}

const sound = async () => toFile((await speech()).bytes, 'speech.wav', { type: 'audio/wav' });

// --- pictures ------------------------------------------------------------------------------

test('makes pictures', async () => {
  const r = await client.images.generate({ model: 'mock', prompt: 'a cat', n: 2 });
  assert.equal(r.data.length, 2);
  assert.equal(Buffer.from(r.data[0].b64_json, 'base64').subarray(1, 4).toString(), 'PNG');
  assert.equal(r.data[0].revised_prompt, 'a cat');
  assert.ok(Number.isInteger(r.created) && r.usage.total_tokens > 0);
});

test('makes pictures as a stream', async () => {
  const events = await collect(await client.images.generate({ model: 'mock', prompt: 'a cat', stream: true }));
  assert.deepEqual(events.map((e) => e.type), ['image_generation.completed']);
  assert.ok(events[0].b64_json);
});

test('edits several pictures', async () => {
  const r = await client.images.edit({ model: 'mock', prompt: 'a hat', image: [await png(), await png()], n: 1 });
  assert.ok(r.data[0].b64_json);
});

test('sees the stages of a native stream of pictures', async () => {
  await expect(stream('event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"QQ==","partial_image_index":0}\n\n'
    + 'event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"QUJD"}\n\n'));
  const events = await collect(await client.images.generate({ model: 'gpt', prompt: 'a cat', stream: true, partial_images: 1 }));
  assert.deepEqual(events.map((e) => e.type), ['image_generation.partial_image', 'image_generation.completed']);
});

test('is told what is wrong with pictures', async () => {
  const e = await fails(client.images.generate({ model: 'mock', prompt: 'a cat', n: 11 }));
  assert.ok(e instanceof OpenAI.BadRequestError);
  assert.equal(e.param, 'n');
});

// --- sound ---------------------------------------------------------------------------------

test('speaks', async () => {
  const { bytes, type } = await speech();
  assert.equal(type, 'audio/wav');
  assert.equal(bytes.subarray(0, 4).toString(), 'RIFF');
  assert.equal(bytes.length, bytes.readUInt32LE(4) + 8);
});

test('hears speech while it comes, and that it broke off', async () => {
  await expect({ type: 'audio/mpeg', how: 'chunked', body: 'ID3' + 'x'.repeat(5000), cut: 3000 });
  const r = await client.audio.speech.create({ model: 'gpt', voice: 'alloy', input: 'hello' });
  assert.equal(r.headers.get('content-type'), 'audio/mpeg');
  await fails(r.arrayBuffer());
});

test('transcribes', async () => {
  const r = await client.audio.transcriptions.create({ model: 'mock', file: await sound() });
  assert.equal(r.text, 'You sent speech.wav, 9644 bytes.');
});

test('transcribes with times and as subtitles', async () => {
  const r = await client.audio.transcriptions.create({
    model: 'mock', file: await sound(), response_format: 'verbose_json', timestamp_granularities: ['segment'], temperature: 0.2,
  });
  assert.equal(r.duration, 0.6);
  assert.equal(r.segments[0].end, 0.6);
  const srt = await client.audio.transcriptions.create({ model: 'mock', file: await sound(), response_format: 'srt' });
  assert.ok(srt.startsWith('1\n00:00:00,000 --> 00:00:00,600\n'));
});

test('transcribes as a stream', async () => {
  const events = await collect(await client.audio.transcriptions.create({ model: 'mock', file: await sound(), stream: true }));
  assert.equal(events.at(-1).type, 'transcript.text.done');
  assert.equal(events.filter((e) => e.type === 'transcript.text.delta').map((e) => e.delta).join(''), events.at(-1).text);
});

test('transcribes as a stream where the upstream has none', async () => {
  await expect({ body: { text: 'Hello.' } });
  const events = await collect(await client.audio.transcriptions.create({ model: 'gpt', file: await sound(), stream: true }));
  assert.deepEqual(events.map((e) => [e.type, e.text]), [['transcript.text.done', 'Hello.']]);
});

test('translates', async () => {
  const r = await client.audio.translations.create({ model: 'mock', file: await sound() });
  assert.ok(r.text.startsWith('In English'));
});

// --- judgements ----------------------------------------------------------------------------

test('moderates', async () => {
  const r = await client.moderations.create({ model: 'mock', input: ['a nice day', 'I will kill you'] });
  assert.deepEqual(r.results.map((x) => x.flagged), [false, true]);
  assert.equal(r.results[1].categories.violence, true);
});

test('ranks', async () => {
  const r = await client.post('/rerank', { body: { model: 'mock', query: 'red car', documents: ['a boat', 'a red car'], top_n: 1 } });
  assert.deepEqual(r.results.map((x) => x.index), [1]);
});

test('completes with a provider that only chats', async () => {
  await expect({
    body: {
      id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929',
      content: [{ type: 'text', text: 'there was a time' }], stop_reason: 'end_turn', stop_sequence: null,
      usage: { input_tokens: 5, output_tokens: 4 },
    },
  });
  const r = await client.completions.create({ model: 'claude', prompt: 'Once upon a time' });
  assert.equal(r.choices[0].text, 'there was a time');
  const e = await fails(client.completions.create({ model: 'claude', prompt: 'Once', suffix: 'end' }));
  assert.equal(e.param, 'suffix');
});
