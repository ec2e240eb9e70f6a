// tests/ui/rights.scene.mjs - keys, groups and budgets.
// SPDX-License-Identifier: MIT

import { asViewer, seen } from './look.mjs';

const HOSTILE = `<img src=x onerror=alert(1)> \u202egnp ${'x'.repeat(60)}`;

export const scenes = [
	['a key is made, its secret shown once, and it works as it was made', async (t) => {
		await t.go('/keys');
		await t.page.getByRole('button', { name: 'New key' }).first().click();
		const form = t.page.getByRole('dialog', { name: 'New key' });
		await form.getByLabel('Name').fill(HOSTILE);
		await form.getByLabel('Models', { exact: true }).fill('small,');
		await form.getByRole('button', { name: 'Add a budget' }).click();
		await form.getByLabel('USD').fill('lots');
		await form.getByText('Limits', { exact: true }).click();
		await form.getByLabel('Requests a minute').fill('500');
		await seen(t, 'key-new');
		t.expected(/400/);
		await form.getByRole('button', { name: 'Create the key' }).click();
		await form.getByRole('alert').waitFor();
		t.equal(await form.getByLabel('Name').inputValue(), HOSTILE);   // nothing is lost
		await form.getByLabel('USD').fill('2.5');
		await form.getByRole('button', { name: 'Create the key' }).click();
		const made = t.page.getByRole('dialog', { name: 'The key' });
		const secret = await made.getByRole('region', { name: 'Secret' }).textContent();
		t.ok(/^condt_/.test(secret), secret);
		t.equal((await t.chat(secret, { model: 'small' })).status, 200);
		t.equal((await t.chat(secret, { model: 'big' })).status, 403);
		await made.getByLabel('Client').selectOption('claude');
		const text = await made.getByRole('region', { name: 'In a shell' }).textContent();
		t.ok(text.includes(`ANTHROPIC_BASE_URL='${t.env.UI_CLIENT}'`) && text.includes(secret), text);
		t.equal(await made.getByLabel('Model').locator('option').allTextContents(), ['small']);
		await seen(t, 'key-made');
		await made.getByRole('button', { name: 'I have kept it' }).click();
		await t.page.getByRole('heading', { level: 1, name: '<img src=x' }).waitFor();
		t.equal(await t.page.locator('main img').count(), 0);
		t.ok(!(await t.page.content()).includes(secret), 'the secret is still there');
		await t.page.getByText('500 requests a minute').waitFor();
		await t.wait('what was spent', async () => {
			await t.page.reload();
			await t.page.getByText('begins again').waitFor();
			return !(await t.page.getByText('$0 spent').count());
		});
		await seen(t, 'key-detail');
		await t.go('/keys?q=img');
		t.equal(await t.page.locator('tbody tr').count(), 1);
	}],
	['two people change one key: both see it, nothing is lost', async (t) => {
		const { key } = await t.key('shared');
		await t.go(`/keys/${key.id}`);
		await t.page.getByRole('button', { name: 'Edit', exact: true }).click();
		const form = t.page.getByRole('dialog');
		await form.getByLabel('Name').fill('mine');
		await form.getByLabel('Models', { exact: true }).fill('small,');
		await t.api('PATCH', `/admin/v1/keys/${key.id}`, { name: 'theirs', rpm: 77 });
		t.expected(/409/);
		await form.getByRole('button', { name: 'Save' }).click();
		await form.getByText('Somebody else has changed it').waitFor();
		await form.getByText('Taken over from them: requests a minute').waitFor();
		t.equal(await form.getByLabel('Name').inputValue(), 'mine');
		await seen(t, 'key-conflict');
		await form.getByRole('radio', { name: 'theirs' }).check();
		t.equal(await form.getByLabel('Name').inputValue(), 'theirs');
		await form.getByRole('radio', { name: 'mine' }).check();
		await form.getByRole('button', { name: 'Save' }).click();
		await t.page.getByText('Saved.').waitFor();
		const now = (await t.api('GET', `/admin/v1/keys/${key.id}`)).data;
		t.equal([now.name, now.rpm, now.models], ['mine', 77, ['small']]);
	}],
	['a key is rotated, disabled, enabled and deleted', async (t) => {
		const { key, secret } = await t.key('short-lived');
		await t.go(`/keys/${key.id}`);
		await t.page.getByRole('button', { name: 'Rotate' }).click();
		await t.page.getByLabel('The old secret').selectOption('1h');
		await t.page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
		const fresh = await t.page.getByRole('region', { name: 'Secret' }).textContent();
		t.ok(fresh !== secret && fresh.startsWith('condt_'), fresh);
		t.equal([(await t.chat(secret, { model: 'small' })).status, (await t.chat(fresh, { model: 'small' })).status], [200, 200]);
		await t.page.getByRole('button', { name: 'I have kept it' }).click();
		await t.page.getByText('Old secret ends').waitFor();
		await t.page.route(`**/admin/v1/keys/${key.id}`, async (r) => {
			const answer = await r.fetch();
			await r.fulfill({ response: answer, json: { ...(await answer.json()), overlap_until: '2020-01-01T00:00:00.000Z' } });
		});
		await t.page.reload();
		await t.page.getByText('Expires', { exact: true }).waitFor();
		t.equal(await t.page.getByText('Old secret ends').count(), 0, 'it has ended');
		await t.page.unrouteAll();
		await t.page.getByRole('button', { name: 'Disable' }).click();
		await t.page.getByText('its requests are refused').waitFor();
		t.equal((await t.chat(fresh, { model: 'small' })).status, 403);
		await t.page.getByRole('button', { name: 'Enable' }).click();
		await t.page.getByRole('button', { name: 'Disable' }).waitFor();
		t.equal((await t.chat(fresh, { model: 'small' })).status, 200);
		await t.page.getByRole('button', { name: 'Delete' }).click();
		await t.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await t.page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
		t.equal((await t.chat(fresh, { model: 'small' })).status, 401);
	}],
	['a group is made, paid for, edited, and kept while it has keys', async (t) => {
		await t.go('/groups');
		await t.page.getByRole('button', { name: 'New group' }).first().click();
		const form = t.page.getByRole('dialog', { name: 'New group' });
		await form.getByLabel('Name').fill('crew');
		await form.getByRole('button', { name: 'Add a budget' }).click();
		await form.getByLabel('USD').fill('20');
		await form.getByRole('button', { name: 'Create the group' }).click();
		await t.page.getByRole('heading', { name: 'crew', level: 1 }).waitFor();
		await t.page.getByText('$20.00 a month').waitFor();
		await t.page.getByRole('button', { name: 'Credit' }).click();
		await t.page.getByLabel('USD').fill('25');
		await t.page.getByLabel('Note').fill('invoice 7');
		await t.page.getByRole('button', { name: 'Add the credit' }).click();
		await t.page.getByText('The group has $25.00 of credit.').waitFor();
		await t.live();
		const { secret } = await t.key('member', { group: 'crew', budgets: [{ usd: '1', period: 'day' }] });
		t.equal((await t.chat(secret, { model: 'big' })).status, 200);
		await t.page.getByRole('link', { name: 'member' }).waitFor();
		await t.page.getByRole('button', { name: 'Edit', exact: true }).click();
		await t.api('PATCH', '/admin/v1/groups/crew', { rpm: 900 });
		await t.page.getByRole('dialog').getByLabel('USD').fill('30');
		t.expected(/409/);
		await t.page.getByRole('button', { name: 'Save' }).click();
		await t.page.getByText('Taken over from them: requests a minute').waitFor();
		await t.page.getByRole('button', { name: 'Save' }).click();
		await t.page.getByText('$30.00 a month').first().waitFor();
		await seen(t, 'group-detail');
		await t.page.getByRole('button', { name: 'Delete' }).click();
		await t.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await t.page.getByText("the group 'crew' has keys").waitFor();
		await t.page.getByRole('button', { name: 'Cancel' }).click();
		await t.go('/groups');
		await t.page.getByRole('link', { name: 'member' }).waitFor();
		await t.page.getByRole('button', { name: 'Keys of crew' }).click();
		t.equal(await t.page.getByRole('link', { name: 'member' }).count(), 0);
	}],
	['a key is no better than its group', async (t) => {
		await t.api('POST', '/admin/v1/groups', { name: 'shut', models: ['small'], disabled: true });
		const { key } = await t.key('inside', { group: 'shut', cache: { max_temperature: 0.5, namespace: 'own' } });
		await t.go(`/keys/${key.id}`);
		t.equal(await t.page.getByText('all that its group may').count(), 3);
		await t.page.getByText('unless its group is disabled').waitFor();
		await t.page.getByText('up to temperature 0.5, in the namespace own').waitFor();
		await seen(t, 'key-in-group');
		await t.go('/groups/shut');
		await t.page.getByText('group disabled').waitFor();
		await t.page.route('**/admin/v1/access*', async (r) => {
			const answer = await r.fetch();
			const all = await answer.json();
			await r.fulfill({ response: answer, json: { ...all, keys: { data: all.keys.data.filter((k) => k.id !== key.id), next: 'more' } } });
		});
		await t.page.reload();
		await t.page.getByText(/None of the first \d+ keys is in this group/).waitFor();
		await t.go('/groups');
		await t.page.getByText(/of the first \d+ keys without one/).waitFor();
		await seen(t, 'groups-cut');
	}],
	['viewers see keys and groups, and can change neither', async (t) => {
		const { key } = await t.key('looked at');
		await asViewer(t);
		await t.go('/keys');
		t.ok(await t.page.getByRole('button', { name: 'New key' }).isDisabled());
		await t.go(`/keys/${key.id}`);
		for (const name of ['Edit', 'Rotate', 'Disable', 'Delete'])
			t.ok(await t.page.getByRole('button', { name }).isDisabled(), name);
		await t.go('/groups');
		t.ok(await t.page.getByRole('button', { name: 'New group' }).isDisabled());
	}],
	['a thousand keys are one list, and only some of its rows are there', async (t) => {
		const names = Array.from({ length: 300 }, (_, i) => `many ${i}`);
		for (let i = 0; i < names.length; i += 20)
			await Promise.all(names.slice(i, i + 20).map((name) => t.key(name)));
		await t.go('/keys');
		await t.wait('fewer rows', async () => (await t.page.locator('tbody tr').count()) < 100);
		await t.page.setViewportSize({ width: 390, height: 844 });
		const { width } = await t.page.locator('thead th').first().boundingBox();
		t.ok(width >= 100, `names have ${width} px`);
		await t.page.setViewportSize({ width: 1280, height: 860 });
		await t.page.getByRole('searchbox').fill('many 299');
		await t.wait('the one', async () => (await t.page.locator('tbody tr').count()) === 1);
		await t.page.getByRole('link', { name: 'many 299' }).focus();
		await t.page.keyboard.press('Enter');
		await t.page.getByRole('heading', { name: 'many 299', level: 1 }).waitFor();
	}],
];
