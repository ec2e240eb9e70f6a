// tests/ui/windows.scene.mjs - what is asked in front of a page, and answers of models: good to read
// in both themes and widths.
// SPDX-License-Identifier: MIT

import { seen } from './look.mjs';

/** Opens it, looks at it, and closes it without a change. */
async function look(t, path, open, name, title) {
	await t.go(path);
	await open(t.page);
	const dialog = t.page.getByRole('dialog', { name: title });
	await dialog.waitFor();
	await seen(t, `dialog-${name}`);
	await t.page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
}

const press = (name) => (page) => page.locator('main').getByRole('button', { name, exact: typeof name === 'string' }).first().click();

export const scenes = [
	['of keys and groups', async (t) => {
		const { key } = await t.key('looked-at', { group: (await t.api('POST', '/admin/v1/groups', { name: 'lookers' })).data.name });
		await look(t, '/keys', press('New key'), 'key-new', 'New key');
		await look(t, `/keys/${key.id}`, press('Rotate'), 'key-rotate', 'Rotate the key');
		await look(t, `/keys/${key.id}`, press('Delete'), 'key-delete', 'Delete the key?');
		await look(t, `/keys/${key.id}`, press('Edit'), 'key-edit', /looked-at|Edit/);
		await look(t, '/groups/lookers', press('Credit'), 'group-credit', 'Credit of lookers');
	}],
	['of what serves, of the cache, and of the app itself', async (t) => {
		await t.api('POST', '/admin/v1/targets/main/mock-x503/enable');
		await look(t, '/providers/main', (page) => page.getByRole('row', { name: /mock-x503/ }).getByRole('button', { name: 'Drain' }).click(),
			'drain', 'Drain the last one?');
		await look(t, '/cache', press(/^Purge/), 'purge', 'Purge the cache');
		await look(t, '/plugins', (page) => page.locator('tbody tr a').first().click(), 'plugin', /./);
		await look(t, '/playground?models=big', press('Show code'), 'code', 'Ask big from elsewhere');
		await look(t, '/', (page) => page.keyboard.press('?'), 'keyboard', 'Keys');
	}],
	['answers of the playground', async (t) => {
		t.expected(/503|502/);
		const { key } = await t.key('answered');
		await t.go('/playground?models=big,small,broken');
		await t.page.getByLabel('In the name of the key').fill(key.name);
		await t.page.getByLabel('Message').fill('What is a lighthouse for?');
		await t.page.getByRole('button', { name: 'Ask', exact: true }).click();
		await t.page.getByText('done', { exact: true }).nth(1).waitFor();
		await t.page.getByText('failed', { exact: true }).waitFor();
		await t.page.getByText('Raw events').first().click();
		await seen(t, 'playground-answers');
	}],
];
