// tests/ui/playground.scene.mjs - models side by side, in the name of a key.
// SPDX-License-Identifier: MIT

async function begin(t, address, name, more) {
	const made = await t.key(name, more);
	await t.go(address);
	await t.page.getByLabel('In the name of the key').fill(made.key.id);
	await t.page.getByLabel('Message').fill('Hello "you" & <b>others</b>');
	return made;
}

const answers = (t) => t.page.getByRole('region', { name: /^Answer of/ });

export const scenes = [
	['two models answer side by side, and each is billed', async (t) => {
		const { key } = await begin(t, '/playground?models=big', 'player');
		await t.page.getByRole('button', { name: 'Add a model' }).click();
		await t.page.getByRole('combobox', { name: 'Model' }).nth(1).selectOption('small');
		t.equal(new URL(t.page.url()).search, '?models=big%2Csmall');
		await t.live();                                         // costs come with it
		await t.page.getByLabel('Message').press('Control+Enter');
		await t.page.getByText('done', { exact: true }).nth(1).waitFor();
		t.equal(await answers(t).count(), 2);
		for (const text of await answers(t).allTextContents()) t.ok(text.length > 5 && !text.startsWith('The answer'), text);
		await t.wait('two costs', async () => (await t.page.locator('dl dd').allTextContents()).filter((d) => d.startsWith('$')).length === 2);
		let data = [];
		await t.wait('two records', async () => {
			({ data } = (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data);
			return data.length === 2;
		});
		t.equal(data.map((r) => [r.agent, r.outcome, r.stream]), Array(2).fill(['conduit-playground', 'OK', true]));
		await t.page.getByText('Raw events').first().click();
		t.ok((await t.page.getByRole('region', { name: 'Raw events of big' }).textContent()).includes('[DONE]'));
		await t.page.getByRole('link', { name: 'The story of this request' }).first().click();
		await t.page.getByRole('heading', { name: 'big · chat' }).waitFor();
	}],
	['what a key may not, the playground may not', async (t) => {
		t.expected(/403/);
		await begin(t, '/playground?models=big', 'bound', { models: ['small'] });
		await t.page.getByRole('button', { name: 'Ask', exact: true }).click();
		await t.page.getByText('failed', { exact: true }).waitFor();
		t.ok((await answers(t).textContent()).includes('big'));
		t.equal(await t.page.getByRole('heading', { name: 'Playground' }).count(), 1);
	}],
	['an unknown key is told, and a stop stops', async (t) => {
		t.expected(/404/);
		await begin(t, '/playground?models=big', 'stopper');
		const key = t.page.getByLabel('In the name of the key');
		const own = await key.inputValue();
		await key.fill('nobody');
		await t.page.getByRole('button', { name: 'Ask', exact: true }).click();
		await t.page.getByText("there is no key 'nobody'").waitFor();
		t.equal(await t.page.getByText('It may have been deleted').count(), 0);
		await key.fill(own);
		await t.page.route('**/chat', () => {});                // never answered
		await t.page.getByRole('button', { name: 'Ask', exact: true }).click();
		await t.page.getByRole('button', { name: 'Stop' }).click();
		await t.page.getByText('stopped', { exact: true }).waitFor();
	}],
	['models that do not say that they chat are offered when none does', async (t) => {
		await t.page.route('**/admin/v1/models', async (r) => {
			const answer = await r.fetch();
			const all = await answer.json();
			await r.fulfill({ response: answer, json: { ...all, data: all.data.map((m) => ({ ...m, capabilities: ['tools'] })) } });
		});
		await t.go('/playground?models=a%252Cb,small');
		await t.page.getByText('so all are offered').waitFor();
		const chosen = t.page.getByRole('combobox', { name: 'Model' });
		t.equal([await chosen.first().inputValue(), await chosen.nth(1).inputValue()], ['a,b', 'small']);
		await chosen.nth(1).selectOption('big');
		t.equal(new URL(t.page.url()).searchParams.get('models'), 'a%2Cb,big');
	}],
	['the code that is shown works', async (t) => {
		const { secret } = await begin(t, '/playground?models=small', 'coder');
		await t.page.getByRole('button', { name: 'Show code' }).click();
		const code = t.page.getByRole('region', { name: 'Code' });
		await code.waitFor();
		const { execFileSync } = await import('node:child_process');
		const out = execFileSync('bash', ['-c', (await code.textContent()).replace('curl -N', 'curl -sN')], { encoding: 'utf8', env: { ...process.env, CONDUIT_API_KEY: secret } });
		t.ok(out.includes('data: [DONE]'), out.slice(0, 300));
		await t.page.getByRole('button', { name: 'Anthropic, Python' }).click();
		t.ok((await code.textContent()).includes('client.messages.stream('));
	}],
];
