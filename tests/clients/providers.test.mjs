// clients/providers.test.mjs - one program, the npm client "openai", against every provider behind
// one key: only the model's name changes.  The gateway reads the examples of etc/conf.d, the
// upstreams answer with what was recorded of them (tests/support/world.py).
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: process.env.EXAMPLES_URL, apiKey: process.env.EXAMPLES_KEY, maxRetries: 0 });
const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello' }];

const chats = ['openai-gpt', 'anthropic-sonnet', 'azure-gpt', 'gemini-flash', 'vertex-pro', 'cohere-command',
  'mistral-large', 'bedrock-claude', 'groq-llama', 'hf-llama', 'ollama-qwen', 'replicate-llama', 'deepseek-chat'];
const embedders = ['openai-embed', 'azure-embed', 'cohere-embed-documents', 'ollama-embed'];

const says = (message) => (message.content ?? '') + (message.reasoning_content ?? '') +
  (message.tool_calls ?? []).map((c) => c.function.name).join('');

for (const model of chats) {
  test(`${model} chats`, async () => {
    const got = await client.chat.completions.create({ model, messages });
    assert.equal(got.object, 'chat.completion');
    assert.equal(got.model, model);
    assert.ok(got.id);
    const [{ message, finish_reason: finish }] = got.choices;
    assert.equal(message.role, 'assistant');
    assert.ok(says(message));
    assert.ok(['stop', 'length', 'tool_calls'].includes(finish), finish);
    assert.ok(got.usage.prompt_tokens > 0 && got.usage.completion_tokens > 0);
    assert.equal(got.usage.total_tokens, got.usage.prompt_tokens + got.usage.completion_tokens);
  });

  test(`${model} streams`, async () => {
    const run = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    let chunks = 0;
    run.on('chunk', (chunk) => { chunks += 1; assert.equal(chunk.model, model); });
    const got = await run.finalChatCompletion();
    assert.ok(chunks > 2);
    assert.ok(says(got.choices[0].message));
    assert.ok(['stop', 'length', 'tool_calls'].includes(got.choices[0].finish_reason));
    assert.ok((await run.totalUsage()).completion_tokens > 0);
  });
}

for (const model of embedders) {
  test(`${model} embeds`, async () => {
    const got = await client.embeddings.create({ model, input: 'Hello' });
    assert.equal(got.model, model);
    assert.ok(got.data[0].embedding.length > 0);
    assert.ok(got.data[0].embedding.every((v) => Number.isFinite(v)));
  });
}

test('all of them are listed behind the one key', async () => {
  const names = (await client.models.list()).data.map((m) => m.id);
  for (const model of [...chats, ...embedders]) assert.ok(names.includes(model), model);
});
