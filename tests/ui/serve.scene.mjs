// tests/ui/serve.scene.mjs - providers, models and prices, routes.
// SPDX-License-Identifier: MIT

import { asViewer, seen } from './look.mjs';

/** Asks what would become of a request of that key. */
async function explain(t, path, key) {
	await t.go(path);
	await t.page.getByLabel('In the name of the key').fill(key);
	await t.page.getByRole('button', { name: 'Explain' }).click();
	await t.page.getByRole('region', { name: 'What the gateway says' }).waitFor();
}

const row = (t, words) => t.page.locator('tbody tr').filter({ hasText: words });

export const scenes = [
	['providers tell how they do', async (t) => {
		const { secret } = await t.key('asker');
		for (const model of ['big', 'broken', 'small']) await t.chat(secret, { model });
		await t.go('/providers');
		await t.wait('their sums', async () => {
			if (!(await row(t, 'spare').locator('td').nth(5).textContent()).startsWith('0')) return true;
			await t.page.getByRole('button', { name: 'Refresh' }).click();
			return false;
		});
		await row(t, 'main').getByRole('link').click();
		await t.page.getByRole('heading', { name: 'main', level: 1 }).waitFor();
		await t.page.getByRole('cell', { name: 'mock-x503' }).waitFor();
		t.equal(await t.page.getByRole('link', { name: /: its requests$/ }).getAttribute('href'), '/requests?provider=main&range=24h');
		await t.page.getByRole('button', { name: 'Look', exact: true }).click();
		await row(t, '503').getByRole('link').waitFor();
		await seen(t, 'provider-detail');
		await t.page.getByRole('link', { name: 'Test' }).click();
		await t.page.getByRole('combobox', { name: 'Model' }).waitFor();
		const { data } = (await t.api('GET', '/admin/v1/routes')).data;
		const model = await t.page.getByRole('combobox', { name: 'Model' }).inputValue();
		t.ok(data.find((r) => r.model === model).targets.some((w) => w.provider === 'main'), model);
		await t.go('/playground?model=small');
		t.equal(await t.page.getByRole('combobox', { name: 'Model' }).inputValue(), 'small');
		await t.page.getByRole('combobox', { name: 'Model' }).selectOption('flaky');
		t.equal(new URL(t.page.url()).search, '?models=flaky');
		await t.go('/providers/nobody');
		await t.page.getByText('There is no provider nobody').waitFor();
	}],
	['a target is drained, enabled and reset, and the last one is asked about', async (t) => {
		await t.go('/providers/main');
		await row(t, 'mock-n20-g2').getByRole('button', { name: 'Drain' }).click();
		await row(t, 'mock-n20-g2').getByText('drained').waitFor();
		t.equal((await t.api('GET', '/admin/v1/targets')).data.data.find((x) => x.name === 'main/mock-n20-g2').state, 'drained');
		const { secret } = await t.key('explainer');
		await explain(t, '/routes?model=big', 'explainer');
		await t.page.getByText('drained by an operator').waitFor();
		// Word for word what the gateway tells the key itself.
		const own = (await t.call('POST', '/v1/explain', secret, { model: 'big', messages: [{ role: 'user', content: 'Hello' }] })).data;
		const shown = (await t.page.getByRole('region', { name: 'What the gateway says' }).locator('tbody tr').allTextContents()).map((x) => x.trim());
		t.equal(shown.length, own.candidates.length + own.skipped.length);
		own.candidates.forEach((c, i) => t.ok(shown[i].startsWith(`${i + 1}${c.target}`), `${shown[i]} is not ${c.target}`));
		t.equal(own.skipped, [{ target: 'main/mock-n20-g2', why: 'DRAINED' }]);
		t.ok(shown.at(-1).includes('main/mock-n20-g2'), shown.at(-1));
		await t.go('/providers/main');
		await row(t, 'mock-n20-g2').getByRole('button', { name: 'Enable' }).click();
		await row(t, 'mock-n20-g2').getByText('ready').waitFor();
		await row(t, 'mock-x503').getByRole('button', { name: 'Drain' }).click();
		await t.page.getByText('No other target is left for broken').waitFor();
		await t.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
		await row(t, 'mock-x503').getByRole('button', { name: 'Reset' }).click();
		await t.page.getByText('has its failures forgotten').waitFor();
		await t.api('POST', '/admin/v1/targets/main/mock-x503/drain');   // by somebody else: it is seen here
		await row(t, 'mock-x503').getByText('drained').waitFor();
		await t.api('POST', '/admin/v1/targets/main/mock-x503/enable');
	}],
	['a target without its plugin is ready nowhere', async (t) => {
		const without = (all) => ({ ...all, data: all.data.map((x) => (x.provider === 'spare' ? { ...x, status: 'unavailable', state: 'ready' } : x)) });
		const change = (path, of) => t.page.route(path, async (r) => {
			const answer = await r.fetch();
			await r.fulfill({ response: answer, json: of(await answer.json()) });
		});
		await change('**/admin/v1/serving*', (s) => ({ ...s, targets: without(s.targets) }));
		await change('**/admin/v1/overview*', (o) => ({ ...o, targets: without(o.targets), models: null }));
		await t.go('/providers');
		await row(t, 'spare').getByText('0 of 2').waitFor();
		await row(t, 'spare').getByText('down', { exact: true }).waitFor();
		await t.go('/providers/spare');
		t.equal(await t.page.locator('tbody').getByText('unavailable').count(), 2);
		await t.go('/routes?model=small');
		await row(t, 'small').getByText('0 of 1').first().waitFor();
		await t.page.getByText('Show as a table').click();
		await row(t, 'spare/mock-n5').getByText('unavailable').waitFor();
		await t.go('/?range=1h');
		await t.page.locator('li').filter({ hasText: 'spare/mock-n5' }).getByText('can not be asked').waitFor();
		await t.page.getByText('of 4 targets get no requests').waitFor();
		await t.page.getByText('Too many to tell').waitFor();
		await seen(t, 'overview-unavailable');
	}],
	['a route that is not there is told, and an alias is none of these', async (t) => {
		await t.go('/routes?model=gone');
		await t.page.getByText('There is no model gone').waitFor();
		await t.go('/routes?model=big-one');
		await t.page.getByRole('group', { name: 'Where requests for big go' }).waitFor();
		t.equal(await t.page.getByText('There is no model').count(), 0);
	}],
	['what costs only fees has no price of tokens', async (t) => {
		const price = { input: '0.00', output: '0.00', per_second: '0.0002777778' };
		const withFees = (m) => ({ ...m, price, ways: m.ways?.map((w) => ({ ...w, price })) });
		const changed = (of) => async (r) => {
			const answer = await r.fetch();
			await r.fulfill({ response: answer, json: of(await answer.json()) });
		};
		await t.page.route(/\/admin\/v1\/models$/, changed((list) => ({ ...list, data: list.data.map(withFees) })));
		await t.page.route('**/admin/v1/models/big', changed(withFees));
		await t.go('/models');
		t.equal(await t.page.locator('tbody tr').first().locator('td').last().textContent(), '–');
		await t.go('/models/big');
		await t.page.getByText('fees only: see above').first().waitFor();
		t.equal(await t.page.getByRole('table', { name: 'Prices of each target' }).getByRole('cell', { name: '$0.000278' }).count(), 2);
		t.equal(await t.page.getByText('$0', { exact: true }).count(), 0);
	}],
	['models have prices, and a request its cost', async (t) => {
		await t.go('/models');
		t.equal(await t.page.locator('tbody tr').count(), 4);
		await t.page.getByRole('searchbox').fill('big-');
		await t.wait('the one', async () => (await t.page.locator('tbody tr').count()) === 1);
		await t.page.getByRole('button', { name: 'Clear' }).click();
		await t.page.getByRole('combobox', { name: 'Price' }).selectOption('none');
		await t.wait('broken', async () => (await t.page.locator('tbody tr').count()) === 1);
		await row(t, 'broken').getByRole('link').click();
		await t.page.getByText('It is free by the configuration.').waitFor();
		await t.go('/models/big');
		await t.page.getByLabel('Input tokens').fill('1000000');
		await t.page.getByLabel('Output tokens').fill('100000');
		await t.page.getByText('$3.50').first().waitFor();
		await seen(t, 'model-detail');
		t.expected(/404/);
		await t.go('/models/nothing');
		await t.page.getByText("there is no model 'nothing'").waitFor();
	}],
	['routes show where requests go, while they go', async (t) => {
		const { secret } = await t.key('walker');
		// One that cools down is not tried, and one that begins to has the page ask for its sums anew.
		await t.api('POST', '/admin/v1/targets/main/mock-x503/reset');
		await t.go('/routes?model=flaky');
		const picture = t.page.getByRole('group', { name: 'Where requests for flaky go' });
		await t.live();
		await t.chat(secret, { model: 'flaky' });
		await t.page.getByText('Show as a table').click();
		await t.wait('both of them', async () =>
			(await t.page.locator('details tbody tr td:last-child').allTextContents()).every((n) => Number(n) > 0));
		await picture.getByRole('link', { name: /spare.mock-n5/ }).waitFor();
		await picture.getByRole('link').first().focus();
		await seen(t, 'routes-flaky');
	}],
	['a route is explained by the gateway itself, for a key', async (t) => {
		t.expected(/40[34]/);
		const { key } = await t.key('asks why', { models: ['big', 'flaky'] });
		await explain(t, '/routes?model=flaky', 'asks why');
		await t.page.getByText('What the first would be sent').click();
		await seen(t, 'routes-explained');
		const field = t.page.getByLabel('Model or alias');
		const said = t.page.getByRole('region', { name: 'What the gateway says' });
		await field.fill('big-something');
		t.equal(await said.count(), 0, 'an answer is of what was asked');
		await t.page.getByRole('button', { name: 'Explain' }).click();
		await said.getByText('of which big-something is an alias').waitFor();
		await t.page.getByRole('group', { name: 'Where requests for big go' }).waitFor();
		t.equal(await field.inputValue(), 'big-something');
		for (const [model, words] of [['small', 'small'], ['nobody', 'nobody']]) {
			await field.fill(model);
			await t.page.getByRole('button', { name: 'Explain' }).click();
			await t.page.locator('.note.bad').filter({ hasText: words }).waitFor();
		}
		await t.page.waitForTimeout(300);
		t.equal((await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data, [], 'nobody was asked');
	}],
	['who asks before the names of keys are there waits for them', async (t) => {
		await t.key('asked early', { models: ['big'] });
		await t.page.route('**/admin/v1/keys?limit=1000', async (r) => {
			await new Promise((done) => setTimeout(done, 1500));
			await r.continue();
		});
		await explain(t, '/routes?model=big', 'asked early');
	}],
	['viewers see what serves, and can not touch it', async (t) => {
		await asViewer(t);
		await t.go('/providers/main');
		for (const name of ['Drain', 'Reset']) t.ok(await t.page.getByRole('button', { name }).first().isDisabled(), name);
		await t.go('/routes');
		t.ok(await t.page.getByRole('button', { name: 'Explain' }).isDisabled());
	}],
];
