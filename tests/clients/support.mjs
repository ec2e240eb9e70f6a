// clients/support.mjs - the scripted upstream as the tests see it.
// SPDX-License-Identifier: MIT
import fs from 'node:fs';
import path from 'node:path';

export const keys = JSON.parse(process.env.CONDUIT_KEYS);
export const baseURL = process.env.OPENAI_BASE_URL;
export const slow = Number(process.env.SLOW);
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const control = process.env.CONTROL_URL;

// What the upstream answers next, in this order.  { status, type, body, headers, how, split,
// gap, delay, hang, cut, refuse } as tests/support/upstream.py has them (seconds), or
// { recording }: a file below plugins/.
export async function expect(...answers) {
  const body = JSON.stringify(answers.map((a) =>
    (a.body && typeof a.body === 'object' ? { ...a, body: JSON.stringify(a.body) } : a)));
  await fetch(control + '/expect', { method: 'POST', body });
}

export async function seen() {
  const requests = await (await fetch(control + '/seen')).json();
  for (const r of requests) r.json = JSON.parse(r.body);
  return requests;
}

// Waits until a request has reached the upstream.
export async function asked() {
  while ((await seen()).length === 0) await sleep(10);
}

// Waits until the upstream's last connection was closed by the gateway; how long ago that was.
export async function closed() {
  for (let i = 0; i < 300; i++) {
    const last = (await seen()).at(-1);
    if (last && last.closedSecondsAgo !== null) return last.closedSecondsAgo;
    await sleep(10);
  }
  throw new Error("the upstream's connection was not closed");
}

export const recorded = (file) =>
  fs.readFileSync(path.join(process.env.RECORDINGS, file), 'utf8');

// The events of a recorded stream, parsed.
export const recordedEvents = (file) => recorded(file).split('\n')
  .map((line) => line.replace(/^data: ?/, ''))
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line));

export const text = (events, choice = 0) => events.flatMap((e) => e.choices)
  .filter((c) => c.index === choice).map((c) => c.delta.content ?? '').join('');

// An answer of a chat with that message.
export const answer = (message, more = {}) => ({
  body: {
    id: 'chatcmpl-1', object: 'chat.completion', created: 1741569952, model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: null, ...message },
      logprobs: null, finish_reason: message.tool_calls ? 'tool_calls' : 'stop', ...more }],
    usage: { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 },
  },
});

// Chunks of a chat as a stream's body; each is the members of its choice.
export const chunks = (...choices) => choices.map((c) => 'data: ' + JSON.stringify({
  id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1741569952, model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, delta: {}, finish_reason: null, ...c }],
}) + '\n\n').join('');

export const stream = (body, more = {}) => ({ type: 'text/event-stream', body, ...more });

export const user = (content) => [{ role: 'user', content }];

export const weather = {
  type: 'function',
  function: {
    name: 'weather', description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
export const clock = {
  type: 'function',
  function: { name: 'clock', parameters: { type: 'object', properties: {} } },
};
