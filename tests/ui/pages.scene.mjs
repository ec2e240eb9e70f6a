// tests/ui/pages.scene.mjs - what holds of every page: nothing serious for axe in either theme,
// nothing wider than a telephone, one call, nothing of another origin.
// SPDX-License-Identifier: MIT

import { clients, serious } from './look.mjs';

async function listOf(t) {
	await t.go('/');
	return t.page.locator('.side .nav a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
}

async function detailOf(t) {
	const { data } = await t.api('GET', '/admin/v1/requests?limit=1&model=flaky');
	return data.data.length ? [`/requests/${data.data[0].id}`] : [];
}

const inTheme = (theme) => async (t) => {
	await t.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
	const leave = await clients(t);
	try {
		await t.page.waitForTimeout(t.env.UI_SHOTS ? 9000 : 1000);
		await goodToRead(t, theme);
	} finally {
		await leave();
	}
};

async function goodToRead(t, theme) {
	for (const path of [...(await listOf(t)), ...(await detailOf(t))]) {
		const name = path === '/' ? 'overview' : path.slice(1).replace(/\W.*/, '-detail');
		await t.page.setViewportSize({ width: 1280, height: 860 });
		await t.go(path);
		t.equal(await serious(t), [], `${theme} ${path}`);
		await t.shot(`${name}-${theme}-1280`);
		await t.page.setViewportSize({ width: 390, height: 844 });
		// Charts take their size when the page has its own.
		await t.wait(`${path} to be no wider than the screen`, () => t.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		await t.shot(`${name}-${theme}-390`);
	}
}

/** A target that comes back has the pages that show it ask again, rightly. */
async function allReady(t) {
	for (const { name, state } of (await t.api('GET', '/admin/v1/targets')).data.data)
		if (state !== 'ready') await t.api('POST', `/admin/v1/targets/${name}/reset`);
	await t.wait('all are ready', async () => (await t.api('GET', '/admin/v1/targets')).data.data.every(({ state }) => state === 'ready'));
}

/** What has just changed may come as an event meanwhile, and be asked for, rightly: no page asks twice
 * each time. */
async function asksOnce(t, path, visits = 3) {
	t.asked.length = 0;
	await t.go(path);
	await t.page.waitForTimeout(250);          // what a late effect would ask for
	const calls = t.asked.map((u) => new URL(u).pathname).filter((p) => p.startsWith('/admin/v1/'));
	// A page that is loaded anew asks who one is, and opens the stream; no page does by itself.
	const own = calls.filter((p) => !/\/(session|events)$/.test(p));
	if (own.length > 1 && visits > 1) return asksOnce(t, path, visits - 1);
	t.equal(own.length, 1, `${path}: ${own.join(' ')}`);
	t.equal(calls.length - own.length <= 2, true, `${path}: ${calls.join(' ')}`);
}

export const scenes = [
	['all are good to read in the light theme', inTheme('light')],
	['all are good to read in the dark theme', inTheme('dark')],
	['each asks once for its data', async (t) => {
		await allReady(t);
		await t.key('of the group', { group: (await t.api('POST', '/admin/v1/groups', { name: 'asked-once' })).data.name });
		const { data } = (await t.api('GET', '/admin/v1/keys?limit=1')).data;
		const more = ['/groups/asked-once', `/keys/${data[0].id}`, '/providers/main', '/models/big', ...(await detailOf(t))];
		for (const path of [...(await listOf(t)), ...more]) await asksOnce(t, path);
	}],
	['the first page is painted soon', async (t) => {
		await t.go('/usage');
		// The best of them: what else the machine does is not the page's.
		let ms = Infinity;
		for (let i = 0; i < 3 || (i < 20 && ms > 300); i++) {
			await t.go('/usage');
			ms = Math.min(ms, await t.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
		}
		console.log(`       first paint after ${Math.round(ms)} ms`);
		t.ok(ms <= 300, `first paint after ${Math.round(ms)} ms`);
	}],
];
