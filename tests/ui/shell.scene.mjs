// tests/ui/shell.scene.mjs - login, navigation, themes, and a connection that is lost.
// SPDX-License-Identifier: MIT

export const scenes = [
	['who is not logged in sees the login, and what is wrong', async (t) => {
		await t.context.clearCookies();
		t.expected(/401/);
		await t.page.goto('/requests?model=big');
		const field = t.page.getByLabel('Admin token');
		await field.fill('not the token at all');
		await t.page.getByRole('button', { name: 'Log in' }).click();
		await t.page.getByText('This is not the token.').waitFor();
		await field.fill(t.env.UI_TOKEN);
		await field.press('Enter');
		await t.page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
		t.equal(new URL(t.page.url()).search, '?model=big');
		const cookie = (await t.context.cookies()).find((c) => c.name === 'conduit_session');
		t.equal([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
		t.equal(await t.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })), '{}');
	}],
	['a search that is asked for before its page is there waits for it', async (t) => {
		await t.go('/');
		let come;
		const asked = new Promise((go) => { come = go; });
		await t.page.route('**/assets/requests-*.js', async (r) => {
			await asked;
			await r.continue();
		});
		await t.page.keyboard.press('g');
		await t.page.keyboard.press('r');
		await t.page.locator('.skeleton').waitFor();
		await t.page.keyboard.press('/');
		come();
		await t.wait('the field', () => t.page.evaluate(() => document.activeElement.getAttribute('type') === 'search'));
		t.equal(await t.page.getByRole('dialog').count(), 0);
	}],
	['log out ends the session', async (t) => {
		await t.go('/');
		t.expected(/401/);
		await t.page.getByRole('button', { name: 'Log out' }).click();
		await t.page.getByLabel('Admin token').waitFor();
		await t.page.reload();
		await t.page.getByLabel('Admin token').waitFor();
	}],
	['log out ends the session of another tab, too', async (t) => {
		await t.go('/');
		await t.login();                                       // its cookie is of another session now
		t.expected(/40[13]/);
		await t.page.getByRole('button', { name: 'Log out' }).click();
		await t.page.getByLabel('Admin token').waitFor();
		t.equal((await t.page.request.get('/admin/v1/session')).status(), 401);
	}],
	['log out that fails says so, and nobody is logged out', async (t) => {
		await t.go('/');
		t.expected(/500/);
		await t.page.route('**/admin/v1/session', (r) => r.request().method() === 'DELETE' ? r.fulfill({ status: 500 }) : r.fallback());
		await t.page.getByRole('button', { name: 'Log out' }).click();
		await t.page.getByText('The gateway answered 500.').waitFor();
		t.equal(await t.page.getByLabel('Admin token').count(), 0);
	}],
	['all can be reached by keyboard', async (t) => {
		await t.go('/');
		await t.page.keyboard.press('g');
		await t.page.keyboard.press('r');
		await t.page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
		await t.page.keyboard.press('/');                      // the page's code may be on its way
		await t.wait('the field', () => t.page.evaluate(() => document.activeElement.getAttribute('type') === 'search'));
		await t.page.keyboard.type('g');                       // typed, not gone to
		await t.page.keyboard.press('u');
		t.equal(new URL(t.page.url()).pathname, '/requests');
		await t.page.evaluate(() => document.activeElement.blur());
		await t.page.keyboard.press('?');
		await t.page.getByRole('dialog', { name: 'Keys' }).waitFor();
		await t.page.keyboard.press('Escape');
		await t.page.getByRole('dialog').waitFor({ state: 'detached' });
		await t.page.goto('/');
		await t.page.locator('h1').waitFor();
		await t.page.keyboard.press('Tab');
		t.equal(await t.page.evaluate(() => document.activeElement.textContent.trim()), 'Skip to the page');
	}],
	['the theme that was chosen is there before anything is painted', async (t) => {
		await t.go('/');
		await t.page.getByRole('button', { name: 'Theme: as the system' }).click();
		await t.page.getByRole('button', { name: 'Theme: light' }).click();
		await t.page.getByRole('button', { name: 'Theme: dark' }).waitFor();
		await t.page.goto('/usage', { waitUntil: 'commit' });
		await t.wait('the theme', () => t.page.evaluate(() => document.documentElement.dataset.theme === 'dark'));
		const [r] = (await t.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).match(/[\d.]+/g);
		t.ok(Number(r) < 40, `a background of ${r}`);
	}],
	['a page that is not there says where to go', async (t) => {
		await t.go('/nothing/here');
		await t.page.getByText('There is no page /nothing/here').waitFor();
		await t.page.getByRole('link', { name: 'Go to the overview' }).click();
		await t.page.getByRole('heading', { name: 'Overview' }).waitFor();
	}],
	['viewers look on, and can change nothing', async (t) => {
		await t.go('/start');
		const who = await t.page.request.get('/admin/v1/session');
		t.equal((await who.json()).role, 'admin');
		t.ok(await t.page.getByRole('button', { name: 'Create the key' }).isEnabled());
		await t.page.route('**/admin/v1/session', async (route) => {
			const answer = await route.fetch();
			await route.fulfill({ response: answer, json: { ...(await answer.json()), role: 'viewer' } });
		});
		await t.go('/start');
		t.ok(await t.page.getByRole('button', { name: 'Create the key' }).isDisabled());
		await t.page.locator('.side').getByText('Viewer').waitFor();
	}],
	['a gateway that is gone is told, and found again', async (t) => {
		await t.go('/requests');
		t.expected(/ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|401|Failed to load/);
		await t.live();
		await t.control('stop');
		await t.page.getByText('Connection lost.').waitFor();
		await t.shot('lost');
		await t.control('start');
		await t.wait('the banner to go', async () => (await t.page.getByText('Connection lost.').count()) === 0, 15000);
	}],
	['at 390 px the pages are below', async (t) => {
		await t.page.setViewportSize({ width: 390, height: 844 });
		await t.go('/');
		await t.page.getByRole('navigation', { name: 'Main pages' }).getByRole('link', { name: 'Usage' }).click();
		await t.page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor();
		await t.page.getByRole('button', { name: 'More' }).click();
		await t.page.getByRole('dialog', { name: 'All pages' }).getByRole('link', { name: 'Settings' }).click();
		await t.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
		await t.page.getByRole('dialog').waitFor({ state: 'detached' });
	}],
];
