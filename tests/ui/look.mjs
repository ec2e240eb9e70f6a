// tests/ui/look.mjs - what scenes ask of what is on the page now.
// SPDX-License-Identifier: MIT

/** What axe finds serious or critical; that it looked at all is checked, too. */
export async function serious(t) {
	return t.page.evaluate(async (source) => {
		if (!window.axe) (0, eval)(source);
		const { violations, passes } = await window.axe.run(document, { resultTypes: ['violations'] });
		if (passes.length < 10) return [`only ${passes.length} rules were applied`];
		return violations
			.filter((v) => v.impact === 'serious' || v.impact === 'critical')
			.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
	}, t.axeSource);
}

const KEYS = ['support-chat', 'data-pipeline', 'mobile-app', 'billing-bot'];
const MODELS = ['big', 'big', 'small', 'big', 'small', 'flaky', 'big', 'small', 'broken'];

/** Clients of several keys that go on asking, more and less, until what it returns is called. */
export async function clients(t) {
	const group = { name: 'product', budgets: [{ usd: '50', period: 'month' }] };
	await t.api('POST', '/admin/v1/groups', group);        // there already: the same
	const { data } = (await t.api('GET', '/admin/v1/keys?limit=1000')).data;
	const secrets = [];
	for (const [i, name] of KEYS.entries()) {
		const old = data.find((k) => k.name === name);
		const made = old ? (await t.api('POST', `/admin/v1/keys/${old.id}/rotate`, {})).data
			: await t.key(name, { group: i < 3 ? 'product' : null, budgets: [{ usd: String(5 * (i + 1)), period: 'month' }], rpm: i ? 600 : null });
		secrets.push(made.secret);
	}
	let on = true;
	const each = async (secret, n) => {
		for (let i = n; on; i++) {
			await t.chat(secret, { model: MODELS[(i * 7 + n) % MODELS.length], stream: i % 3 === 0,
				messages: [{ role: 'user', content: `Question ${i % 4 ? i : n} of ${n}` }] });
			await new Promise((go) => setTimeout(go, 60 + 140 * n + 90 * Math.sin(i / 5)));
		}
	};
	const all = secrets.map(each);
	return async () => {
		on = false;
		await Promise.all(all);
	};
}

/** In both themes and widths: good to read, not too wide; leaves pictures. */
export async function seen(t, name) {
	for (const theme of ['light', 'dark']) {
		await t.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
		for (const width of [1280, 390]) {
			await t.page.setViewportSize({ width, height: width === 390 ? 844 : 860 });
			await t.page.waitForTimeout(60);
			t.equal(await serious(t), [], `${name} ${theme} ${width}`);
			const over = await t.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			t.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
			await t.shot(`${name}-${theme}-${width}`);
		}
	}
	await t.page.setViewportSize({ width: 1280, height: 860 });
}

/** From now on the page takes itself for a viewer's. */
export const asViewer = (t) =>
	t.page.route('**/admin/v1/session', async (route) => {
		const answer = await route.fetch();
		await route.fulfill({ response: answer, json: { ...(await answer.json()), role: 'viewer' } });
	});
