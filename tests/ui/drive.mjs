// tests/ui/drive.mjs - a browser, and what scenes do with it.
// SPDX-License-Identifier: MIT
//
// A scene file exports `scenes`, a list of [title, async (t) => {...}].  Each gets, as t:
//   page          a fresh page (1280 x 860), logged in; go(path) opens one and waits for its content
//   api(method, path, body)   a call of the admin API;  chat(key, body)  a request of a client
//   call(method, path, key, body)   any other call of a client
//   key(name, more)           a new key: { key, secret }
//   wait(what, fn)            until fn() is true;  live()  until the page hears of what happens
//   control('stop' | 'start') of the gateway
//   equal, ok                 checks;  axeSource  the text of axe-core
// What the page logs as an error, throws, or asks of another origin, fails the scene, unless
// t.expected(/words/) said so before.
import { readdirSync, readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
import { join } from 'node:path';

const env = process.env;
const here = import.meta.dirname;
const require = createRequire(join(env.UI_WEB, 'package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const slow = Number(env.UI_SLOW);

async function call(base, token, method, path, body) {
	const answer = await fetch(base + path, {
		method,
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await answer.text();
	let data = text;
	try { data = JSON.parse(text); } catch {}
	return { status: answer.status, data };
}

async function wait(what, fn, ms = 8000) {
	const until = Date.now() + ms * slow;
	while (Date.now() < until) {
		if (await fn()) return;
		await new Promise((r) => setTimeout(r, 40));
	}
	throw new Error(`waited in vain: ${what}`);
}

const api = (method, path, body) => call(env.UI_ADMIN, env.UI_TOKEN, method, path, body);

function tools(page, context) {
	const allowed = [];
	const asked = [];
	const troubles = [];
	const trouble = (text) => allowed.some((a) => a.test(text)) || troubles.push(text);
	page.on('console', (m) => m.type() === 'error' && trouble(m.text()));
	page.on('pageerror', (e) => trouble(`threw ${e.stack ?? e}`));
	page.on('request', (r) => {
		asked.push(r.url());
		if (!r.url().startsWith(env.UI_ADMIN) && !r.url().startsWith('data:')) trouble(`asked ${r.url()}`);
	});
	const login = () => page.request.post('/admin/v1/session', { data: { token: env.UI_TOKEN } });
	const go = async (path) => {
		await page.goto(path);
		await page.locator('h1').first().waitFor();
		await page.waitForFunction(() => !document.querySelector('.skeleton'));
	};
	const live = () => wait('the stream', async () => (await page.locator('.side').getByText('Live').count()) > 0);
	return {
		page, context, go, login, asked, live, troubles, api, wait, slow, env, axeSource,
		chat: (key, body) => call(env.UI_CLIENT, key, 'POST', '/v1/chat/completions', { messages: [{ role: 'user', content: 'Hello there' }], ...body }),
		call: (method, path, key, body) => call(env.UI_CLIENT, key, method, path, body),
		key: async (name, more) => (await api('POST', '/admin/v1/keys', { name, ...more })).data,
		control: async (word) => assert.equal((await fetch(`${env.UI_CONTROL}/${word}`, { method: 'POST' })).status, 200),
		expected: (words) => allowed.push(words),
		equal: assert.deepEqual,
		ok: assert.ok,
		shot: async (name) => env.UI_SHOTS && (await page.screenshot({ path: join(env.UI_SHOTS, `${name}.png`) })),
	};
}

async function run(browser, [title, scene]) {
	const start = Date.now();
	const context = await browser.newContext({ baseURL: env.UI_ADMIN, viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
	context.setDefaultTimeout(8000 * slow);
	const t = tools(await context.newPage(), context);
	try {
		await t.login();
		await scene(t);
		assert.deepEqual(t.troubles, []);
		console.log(`ok     ${title} (${Math.round((Date.now() - start) / 100) / 10} s)`);
		return true;
	} catch (e) {
		console.log(`FAILED ${title}\n      ${String(e.stack ?? e).replaceAll('\n', '\n      ')}`);
		for (const one of t.troubles) console.log(`      page: ${one}`);
		if (env.UI_SHOTS) await t.page.screenshot({ path: join(env.UI_SHOTS, `failed-${title.replace(/\W+/g, '-')}.png`) });
		return false;
	} finally {
		// A handler that still fetches would end all scenes with what it throws.
		await t.page.unrouteAll({ behavior: 'ignoreErrors' });
		await context.close();
	}
}

async function main() {
	const names = process.argv.slice(2);
	if (env.UI_SHOTS) mkdirSync(env.UI_SHOTS, { recursive: true });
	const browser = await chromium.launch({
		executablePath: env.UI_CHROMIUM,
		args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
	});
	let good = 0;
	let bad = 0;
	for (const file of readdirSync(here).filter((f) => f.endsWith('.scene.mjs')).sort()) {
		const { scenes } = await import(join(here, file));
		for (const scene of scenes) {
			const title = `${file.split('.')[0]}: ${scene[0]}`;
			if (names.length && !names.some((n) => title.includes(n))) continue;
			if (await run(browser, [title, scene[1]])) good++;
			else bad++;
		}
	}
	await browser.close();
	console.log(`${good} good, ${bad} bad`);
}

await main();
