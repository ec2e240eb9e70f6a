// tests/ui/system.scene.mjs - settings, the audit log, plugins, the cache.
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';

const rows = (t) => t.page.locator('tbody tr').count();

/** Puts more behind the configuration while fn runs. */
async function withConfig(t, more, fn) {
	const before = readFileSync(t.env.UI_CONFIG, 'utf8');
	writeFileSync(t.env.UI_CONFIG, before + more);
	try {
		await fn();
	} finally {
		writeFileSync(t.env.UI_CONFIG, before);
	}
}

export const scenes = [
	['settings have their place, and can be found', async (t) => {
		await t.go('/settings');
		const set = await rows(t);
		t.ok(set > 10, `${set} rows`);
		await t.page.getByRole('searchbox').fill('models[big] weight');
		await t.wait('one row', async () => (await rows(t)) === 1);
		const cells = await t.page.locator('tbody td').allTextContents();
		t.equal(cells.slice(0, 2), ['models[big].targets[0].weight', '3']);
		t.ok(/\.cfg:\d+$/.test(cells[2]), cells[2]);
		await t.page.getByRole('searchbox').fill('server.max_body');
		await t.page.getByText('No setting fits').waitFor();
		await t.page.getByRole('button', { name: /^All \(/ }).click();
		await t.wait('the default', async () => (await t.page.locator('tbody td').allTextContents()).join(' ') === 'server.max_body "10MiB" default');
		await t.page.getByRole('button', { name: 'As text' }).click();
		t.ok((await t.page.getByRole('region', { name: 'Configuration' }).textContent()).startsWith('server = {'));
		t.ok(!(await t.page.content()).includes(t.env.UI_TOKEN), 'the token is not shown');
	}],
	['a broken file is told and changes nothing, a good one is taken', async (t) => {
		await t.go('/settings?q=broken');
		t.expected(/400/);
		await withConfig(t, 'alow_direct = true;\n', async () => {
			for (const [button, title] of [['Check the files', 'What the check says'], ['Reload', 'What the reload says']]) {
				await t.page.getByRole('button', { name: button }).click();
				await t.page.getByRole('heading', { name: title }).waitFor();
				await t.page.getByText('nothing has changed').waitFor();
				t.ok((await t.page.getByRole('region', { name: 'Report' }).textContent()).includes("unknown member 'alow_direct'"));
			}
			await t.page.getByText('1 errors').waitFor();
		});
		await t.page.getByRole('button', { name: 'Check the files' }).click();
		await t.page.getByText('The files are fine').waitFor();
		const { generation } = (await t.api('GET', '/admin/v1/status')).data;
		await t.page.getByRole('button', { name: 'Reload' }).click();
		await t.page.getByText(`generation ${generation + 1} is in effect`).waitFor();
	}],
	['levels of the log, by two at once', async (t) => {
		await t.go('/settings');
		await t.page.getByLabel('Level of router').selectOption('debug');
		await t.live();
		await t.api('PATCH', '/admin/v1/log', { levels: 'error' });
		await t.page.getByText('Somebody else has set').waitFor();
		t.equal(await t.page.getByLabel('Level of router').inputValue(), 'debug');
		await t.page.getByRole('button', { name: 'Apply' }).click();
		await t.page.getByText('The log writes info,router=debug').waitFor();
		const { data } = await t.api('GET', '/admin/v1/settings');
		t.equal([data.log.rooms.router, data.log.rooms.http], ['debug', 'info']);
		await t.page.getByRole('button', { name: 'As configured' }).click();
		await t.page.getByText(`The log writes ${data.log.configured}`, { exact: true }).waitFor();
	}],
	['the audit log tells who did what, at once', async (t) => {
		const hostile = '<img src=x onerror=alert(1)>\u202e';
		const { key } = await t.key(hostile);
		await t.go(`/audit?kind=key&object=${key.id}`);
		await t.wait('its entry', async () => (await rows(t)) === 1);
		await t.page.getByText('<img src=x onerror=alert(1)>\ufffd').waitFor();
		await t.live();
		await t.api('POST', `/admin/v1/keys/${key.id}/disable`);
		await t.key('another');
		await t.page.getByRole('cell', { name: 'disabled', exact: true }).first().waitFor();
		t.equal(await rows(t), 2);
		await t.page.getByRole('combobox', { name: 'Any change' }).selectOption('disable');
		await t.wait('one', async () => (await rows(t)) === 1);
		t.equal(new URL(t.page.url()).search, `?action=disable&kind=key&object=${key.id}`);
		const link = await t.page.getByRole('link', { name: 'CSV' }).getAttribute('href');
		const csv = await (await t.page.request.get(link)).text();
		t.equal(csv.trim().split('\n').length, 2);
		t.ok(csv.startsWith('time,actor,action,'), csv.slice(0, 60));
		await t.page.getByRole('combobox', { name: 'Any change' }).selectOption('purge');
		await t.page.getByText('No entry fits').waitFor();
	}],
	['the audit log tells what was taken back, and when its CSV is cut', async (t) => {
		await t.api('POST', '/admin/v1/groups', { name: 'repaid' });
		for (const usd of ['5', '-2']) await t.api('POST', '/admin/v1/groups/repaid/credit', { usd });
		await t.page.route('**/admin/v1/audit?*', async (r) => {
			const answer = await r.fetch();
			await r.fulfill({ response: answer, json: { ...(await answer.json()), next: 'more' } });
		});
		await t.go('/audit?action=credit&object=repaid');
		await t.page.getByText('taken back', { exact: true }).waitFor();
		t.equal(await rows(t), 2);
		await t.page.getByRole('link', { name: 'CSV of the newest 1,000' }).waitFor();
	}],
	['plugins say what they offer', async (t) => {
		await t.go('/plugins');
		const all = await rows(t);
		const { data } = (await t.api('GET', '/admin/v1/plugins')).data;
		t.equal(all, data.length);
		await t.page.getByRole('button', { name: 'Caches' }).click();
		await t.page.getByRole('searchbox').fill('redis');
		await t.wait('one', async () => (await rows(t)) === 1);
		await t.page.getByRole('link', { name: 'redis', exact: true }).click();
		const dialog = t.page.getByRole('dialog');
		await dialog.getByText(data.find((p) => p.file.endsWith('cache_redis.so')).sha256).waitFor();
		t.ok((await dialog.getByRole('region').first().textContent()).includes('cache = { type = "redis";'));
		await t.page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
		t.equal(new URL(t.page.url()).search, '?kind=cache&q=redis');
	}],
	['a plugin that was refused says why', async (t) => {
		const list = { data: [{ file: '/x/<b>bad.so', sha256: '', status: 'refused', why: 'its file may be written by \u202eothers' }], next: null };
		await t.page.route('**/admin/v1/plugins', (r) => r.fulfill({ json: list }));
		await t.go('/plugins');
		await t.page.getByText('A file was refused').waitFor();
		await t.page.getByRole('link', { name: '<b>bad.so' }).first().click();
		await t.page.getByRole('dialog').getByText('its file may be written by \ufffdothers').waitFor();
	}],
	['the cache says what it spared, and forgets', async (t) => {
		const { key, secret } = await t.key('cached');
		// A request is counted when it has ended: its client may have the answer before.
		const counts = async () => (await t.api('GET', '/admin/v1/cache')).data;
		const { hits } = await counts();
		for (let i = 0; i < 3; i++) await t.chat(secret, { model: 'big', temperature: 0 });
		await t.wait('two hits', async () => (await counts()).hits === hits + 2);
		await t.go('/cache');
		const saved = await counts();
		t.equal(await t.page.locator('.figure').nth(1).getAttribute('title').then((x) => Number(x.slice(1))), Number(saved.saved_usd));
		await t.page.getByRole('button', { name: 'Purge' }).click();
		const dialog = t.page.getByRole('dialog');
		t.ok(await dialog.getByRole('button', { name: 'Purge' }).isDisabled());
		await dialog.getByLabel('Model or alias').fill('bgi');
		t.expected(/404/);
		await dialog.getByRole('button', { name: 'Purge' }).click();
		await dialog.getByText("did you mean 'big'?").waitFor();
		await dialog.getByLabel('What').selectOption('both');
		await dialog.getByLabel('Model or alias').fill('big');
		await dialog.getByLabel('Key').fill('cached');
		await dialog.getByText('all answers of big and of the key cached').waitFor();
		await dialog.getByRole('button', { name: 'Purge' }).click();
		await dialog.waitFor({ state: 'detached' });
		const { data } = (await t.api('GET', '/admin/v1/audit?kind=cache')).data;
		t.equal(data[0].object, `model=big key=${key.id}`);
		const before = (await counts()).misses;
		await t.chat(secret, { model: 'big', temperature: 0 });
		await t.wait('a miss', async () => (await counts()).misses === before + 1);
		await t.wait('it to be shown', async () => (await t.page.getByRole('row', { name: /^Misses/ }).textContent()).includes(String(before + 1)));
	}],
	['a cache that nobody has asked says how to see it work', async (t) => {
		await t.page.route('**/admin/v1/cache', async (r) => {
			const answer = await (await r.fetch()).json();
			await r.fulfill({ json: { ...answer, hits: 0, stale: 0, coalesced: 0, misses: 0, bypasses: 0 } });
		});
		await t.go('/cache');
		await t.page.getByText('x-cache: HIT', { exact: true }).waitFor();
	}],
	['without a cache the page says how to have one', async (t) => {
		await t.page.route('**/admin/v1/cache', async (r) => {
			const answer = await (await r.fetch()).json();
			await r.fulfill({ json: { ...answer, type: null, entries: null, bytes: null, bytes_max: null } });
		});
		await t.go('/cache');
		await t.page.getByText('No cache is configured').waitFor();
		t.equal(await t.page.getByRole('button', { name: 'Purge' }).count(), 0);
	}],
];
