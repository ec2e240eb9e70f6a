// tests/ui/observe.scene.mjs - overview, requests, usage and the first steps.
// SPDX-License-Identifier: MIT

import { seen } from './look.mjs';

const text = async (t, selector) => (await t.page.locator(selector).first().textContent()).trim();

/** The number of the first figure, without what stands below it. */
const figure = async (t) => Number(await t.page.locator('.figure dd').first().evaluate((d) => d.firstChild.data));

/** Pixels of a chart that are neither grey nor see-through. */
const coloured = (t, name) => t.page.getByRole('figure', { name, exact: true }).locator('canvas').evaluate((c) => {
	const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
	let n = 0;
	for (let i = 0; i < data.length; i += 4) {
		const [r, g, b, a] = data.slice(i, i + 4);
		if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) n++;
	}
	return n;
});

export const scenes = [
	['first steps end with a line that works', async (t) => {
		await t.go('/');
		await t.page.getByText('No requests yet').waitFor();
		await t.page.locator('main').getByRole('link', { name: 'First steps' }).click();
		await t.page.getByLabel('Name').fill('from the first steps');
		await t.page.getByLabel('Budget a month').fill('a lot');
		t.expected(/400/);
		await t.page.getByRole('button', { name: 'Create the key' }).click();
		await t.page.getByRole('alert').waitFor();
		await t.page.getByLabel('Budget a month').fill('2.5');
		await t.page.getByRole('button', { name: 'Create the key' }).click();
		await t.page.getByText('This is shown only once').waitFor();
		const line = await t.page.getByRole('region', { name: 'curl' }).textContent();
		await t.live();
		const { execFileSync } = await import('node:child_process');
		const answer = JSON.parse(execFileSync('bash', ['-c', line.replace('curl ', 'curl -s ')], { encoding: 'utf8' }));
		t.equal(answer.object, 'chat.completion');
		await t.page.getByText('It arrived:').waitFor();
		await t.page.getByRole('link', { name: 'See all of it' }).click();
		await t.page.getByRole('heading', { name: 'big · chat' }).waitFor();
	}],
	['the overview shows what just happened', async (t) => {
		const { secret } = await t.key('overview');
		await t.go('/');
		await t.wait('live figures', async () => (await t.page.getByRole('button', { name: 'Pause' }).count()) > 0);
		for (let i = 0; i < 4; i++) await t.chat(secret, { model: 'big' });
		await t.wait('a rate', async () => !(await text(t, '.figure dd')).startsWith('0/s'));
		await t.page.waitForTimeout(2200);         // seconds without a request do not take the times away
		const times = await t.page.locator('.figure').evaluateAll((all) => all.map((f) => f.textContent));
		for (const name of ['Latency p50', 'First token p50', 'Overhead p99']) {
			const tile = times.find((x) => x.startsWith(name));
			t.ok(/\d+(\.\d+)? (µs|ms|s)/.test(tile), tile);
		}
		t.ok(await coloured(t, 'Latency') > 8, 'points without a neighbour are drawn');
		await t.page.getByText('Show as a table').first().click();
		await t.page.locator('.table-scroll tbody tr').first().waitFor();
		await t.page.getByRole('button', { name: '1 h' }).click();
		await t.wait('the hour', async () => Number.parseInt(await text(t, '.figure dd'), 10) >= 4);
		t.equal(new URL(t.page.url()).search, '?range=1h');
		await t.page.getByRole('link', { name: 'big', exact: true }).click();
		await t.page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
		t.equal(await t.page.getByRole('textbox', { name: 'Model' }).inputValue(), 'big');
	}],
	['a target that has answered says so, even when nothing was streamed', async (t) => {
		const { secret } = await t.key('not streamed');
		await t.chat(secret, { model: 'small' });
		const target = async () => (await t.api('GET', '/admin/v1/targets')).data.data.find(({ name }) => name === 'spare/mock-n5');
		await t.wait('its time', async () => (await target()).total_ms !== null);
		// Others of the scenes may have streamed.
		await t.page.route('**/admin/v1/overview*', async (r) => {
			const answer = await r.fetch();
			const body = await answer.json();
			for (const one of body.targets.data) one.ttft_ms = null;
			await r.fulfill({ response: answer, json: body });
		});
		await t.go('/');
		const said = await t.page.locator('main li', { hasText: 'spare/mock-n5' }).textContent();
		t.ok(/answers in \d/.test(said) && !said.includes('nothing asked'), said);
	}],
	['requests arrive while one looks, and fit the filter', async (t) => {
		const { key, secret } = await t.key('<script>alert(1)</script> \u202eevil');
		await t.go(`/requests?key=${key.id}`);
		await t.page.getByText('No request fits').waitFor();
		await t.live();
		const other = await t.key('somebody else');
		await t.chat(other.secret, { model: 'big' });
		await t.chat(secret, { model: 'small' });
		await t.page.locator('tbody tr').first().waitFor();
		t.equal(await t.page.locator('tbody tr').count(), 1);
		t.equal(await t.page.locator('tbody tr td').nth(2).textContent(), 'small');
		await t.page.getByText('<script>alert(1)</script> \ufffdevil').first().waitFor();
		await t.page.getByRole('button', { name: 'Pause' }).click();
		await t.chat(secret, { model: 'small' });
		await t.page.waitForTimeout(400);
		t.equal(await t.page.locator('tbody tr').count(), 1);
		await t.page.getByRole('combobox', { name: 'Status' }).selectOption('5xx');
		await t.page.getByText('No request fits').waitFor();
		t.equal(new URL(t.page.url()).searchParams.get('status'), '5xx');
	}],
	['at 390 px times and costs of requests are whole, and the file says how much it has', async (t) => {
		const { key, secret } = await t.key('narrow');
		for (let i = 0; i < 3; i++) await t.chat(secret, { model: 'small', messages: [{ role: 'user', content: `narrow ${i}` }] });
		await t.wait('three records', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data.length === 3);
		await t.page.setViewportSize({ width: 390, height: 844 });
		const cut = () => t.page.locator('tbody tr').evaluateAll((rows) => rows.flatMap((r) => [r.firstElementChild, r.lastElementChild])
			.filter((c) => c.scrollWidth > c.clientWidth).map((c) => c.textContent));
		await t.go(`/requests?key=${key.id}`);
		t.ok(/\$0\.0{4,}\d+$/.test(await t.page.locator('tbody tr').first().locator('td').last().textContent()));
		t.equal(await cut(), []);
		t.equal((await t.page.getByRole('link', { name: 'CSV' }).textContent()).trim(), 'CSV');
		await t.page.route('**/admin/v1/requests?*', async (r) => {
			const answer = await r.fetch();
			const body = await answer.json();
			for (const one of body.data) one.time = new Date(Date.parse(one.time) - 30 * 3600e3).toISOString();
			body.sums.total.requests = 1001;
			await r.fulfill({ response: answer, json: body });
		});
		await t.go(`/requests?key=${key.id}&range=7d`);
		t.equal(await cut(), []);
		await t.page.getByRole('link', { name: 'CSV of the newest 1,000' }).waitFor();
		await seen(t, 'requests-narrow');
		t.equal(await cut(), []);
		await t.page.unroute('**/admin/v1/requests?*');
		await t.go(`/requests?key=${key.id}&status=429`);
		await t.page.getByText('leave no record').waitFor();
	}],
	['requests that failed are counted over time', async (t) => {
		const { key, secret } = await t.key('fails');
		for (const model of ['broken', 'small', 'broken', 'broken']) await t.chat(secret, { model });
		await t.wait('four records', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data.length === 4);
		await t.go(`/requests?key=${key.id}&status=5xx`);
		t.equal((await t.page.locator('.figure').first().textContent()).replace(/\s+/g, ' ').trim(), 'Requests3in this time');
		await t.page.locator('figure.chart').waitFor();
		await seen(t, 'requests-counted');
		t.equal(await t.page.locator('tbody tr[data-fresh], table.table tbody tr').count() >= 3, true);
	}],
	['totals follow what arrives, and are not asked for with each of it', async (t) => {
		const { key, secret } = await t.key('followed');
		await t.chat(secret, { model: 'broken' });
		await t.wait('a record', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data.length === 1);
		await t.go(`/requests?key=${key.id}&status=5xx`);
		const shown = () => figure(t);
		t.equal(await shown(), 1);
		await t.live();
		t.asked.length = 0;
		const since = Date.now();
		for (let i = 0; i < 3; i++) await t.chat(secret, { model: 'broken' });
		await t.wait('four', async () => (await shown()) === 4, 30000);
		for (let i = 0; i < 5; i++) await t.chat(secret, { model: 'broken' });
		await t.wait('nine', async () => (await shown()) === 9, 30000);
		await t.wait('nine rows', async () => (await t.page.locator('tbody tr').count()) === 9);
		await t.page.waitForTimeout(3500);
		const calls = t.asked.filter((u) => u.includes('/admin/v1/requests?'));
		const most = 2 + Math.floor((Date.now() - since) / 3000);
		t.ok(calls.length >= 2 && calls.length <= most, `${calls.length} of at most ${most} calls`);
		t.ok(calls.every((u) => new URL(u).searchParams.get('limit') === '1'), calls.join(' '));
		await t.page.getByRole('combobox', { name: 'Status' }).selectOption('');
		await t.wait('sums', async () => (await t.page.locator('.figure').count()) > 3);
		await t.chat(secret, { model: 'small' });
		await t.wait('ten', async () => (await shown()) === 10, 30000);
	}],
	['what the stream has missed is asked for', async (t) => {
		const { key, secret } = await t.key('missed');
		await t.page.route('**/admin/v1/events*', (r) => r.fulfill({ contentType: 'text/event-stream', body: 'event: gap\ndata: {"topics":["requests"]}\n\n' }));
		await t.go(`/requests?key=${key.id}`);
		await t.page.getByText('No request fits').waitFor();
		await t.chat(secret, { model: 'small' });
		await t.wait('the row', async () => (await t.page.locator('tbody tr').count()) === 1);
		t.asked.length = 0;
		const since = Date.now();
		const asked = () => t.asked.filter((u) => u.includes('/admin/v1/requests?')).length;
		await t.page.waitForTimeout(4500);
		await t.wait('one more call', () => asked() > 0);
		const most = 1 + Math.floor((Date.now() - since) / 2000);
		t.ok(asked() <= most, `${asked()} of at most ${most} calls`);
	}],
	['the story of a request that needed a second try', async (t) => {
		const { secret } = await t.key('unlucky');
		await t.api('POST', '/admin/v1/targets/main/mock-x503/reset');   // one that cools down is not tried first
		const answer = await t.chat(secret, { model: 'flaky' });
		t.equal(answer.status, 200);
		await t.wait('its record', async () => (await t.api('GET', '/admin/v1/requests?model=flaky')).data.data.length > 0);
		await t.go('/requests?model=flaky');
		await t.page.locator('tbody tr a').first().click();
		await t.page.getByRole('heading', { name: 'flaky · chat' }).waitFor();
		await t.page.getByText('2 attempts').waitFor();
		t.equal(await t.page.getByRole('row').count(), 3);
		await t.page.getByText('Show the arithmetic').click();
		await t.page.getByText('× $0.15 per million').waitFor();
		t.equal(await t.page.getByText('That is by the prices of now').count(), 0);
		t.ok((await t.page.getByRole('region', { name: 'curl' }).textContent()).includes('"model":"flaky"'));
		t.expected(/404/);
		await t.go('/requests/nobody-has-asked-this');
		await t.page.getByText("there is no record of a request 'nobody-has-asked-this'").waitFor();
		await t.page.getByText('It may have been deleted').waitFor();
	}],
	['long lists keep only what is seen', async (t) => {
		const { key, secret } = await t.key('busy');
		await Promise.all(Array.from({ length: 150 }, () => t.chat(secret, { model: 'small' })));
		await t.wait('150 records', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}&limit=1000`)).data.data.length === 150);
		await t.go(`/requests?key=${key.id}`);
		await t.page.getByRole('button', { name: 'Load older ones' }).click();
		await t.page.getByText('150 loaded').or(t.page.locator('table[aria-rowcount="151"]')).first().waitFor();
		await t.wait('fewer rows', async () => (await t.page.locator('tbody tr').count()) < 100);
		await t.live();
		await t.chat(secret, { model: 'small' });              // older ones stay when totals are new
		await t.wait('one more', async () => (await figure(t)) === 151);
		await t.page.locator('table[aria-rowcount="152"]').waitFor();
		await t.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
		await t.wait('the gap above', async () => (await t.page.locator('tbody tr.gap').first().boundingBox()).height > 1000);
	}],
	['the biggest are drawn by name, and all others as one', async (t) => {
		const keys = [];
		for (let i = 1; i <= 12; i++) keys.push({ name: `drawn ${i}`, ...(await t.key(`drawn ${i}`)) });
		await Promise.all(keys.flatMap(({ secret }, i) => Array.from({ length: 10 * (i + 1) }, () => t.chat(secret, { model: 'small' }))));
		const rows = async () => (await t.api('GET', '/admin/v1/usage?by=key')).data.data;
		await t.wait('their sums', async () => {
			const all = await rows();
			return keys.every(({ key }, i) => all.find((r) => r.key === key.id)?.requests === 10 * (i + 1));
		});
		await t.go('/usage?range=24h&by=key&metric=requests');
		t.equal(await t.page.locator('table').last().locator('tbody tr').count(), (await rows()).length);
		await seen(t, 'usage-by-key');
		const drawn = await t.page.locator('.chart .legend').textContent();
		t.ok(drawn.includes('Other') && drawn.includes('drawn 12') && !/drawn 1\b/.test(drawn), drawn);
	}],
	['the usage of one group is one click away', async (t) => {
		const { name } = (await t.api('POST', '/admin/v1/groups', { name: 'spenders' })).data;
		for (const [who, model] of [['first spender', 'big'], ['second spender', 'small']]) await t.chat((await t.key(who, { group: name })).secret, { model });
		await t.wait('two records', async () => (await t.api('GET', '/admin/v1/requests?group=spenders')).data.data.length === 2);
		await t.go('/groups/spenders');
		await t.page.getByRole('link', { name: 'Its usage' }).click();
		await t.page.getByRole('heading', { name: 'Cost by key and day' }).waitFor();
		t.equal(await t.page.locator('table').last().locator('tbody tr').count(), 2);
		t.equal(await t.page.getByLabel('Only group').inputValue(), 'spenders');
		await t.page.getByRole('link', { name: 'second spender' }).click();
		await t.page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
		await t.wait('its one request', async () => (await t.page.locator('tbody tr').count()) === 1);
		t.equal(new URL(t.page.url()).searchParams.get('group'), 'spenders');
	}],
	['means have no shares, what was chosen is seen at any width, and rows without a name lead nowhere', async (t) => {
		const { name } = (await t.api('POST', '/admin/v1/groups', { name: 'shareholders' })).data;
		await t.chat((await t.key('in a group', { group: name })).secret, { model: 'big' });
		await t.chat((await t.key('in no group')).secret, { model: 'small' });
		await t.wait('a sum', async () => (await t.api('GET', '/admin/v1/requests?group=shareholders')).data.data.length === 1);
		await t.go('/usage?by=group&metric=first&range=90d');
		const cells = async (head) => {
			const at = (await t.page.locator('thead th').allTextContents()).findIndex((h) => h.startsWith(head));
			return t.page.locator(`.table tr > td:nth-child(${at + 1})`).allTextContents();
		};
		t.ok((await cells('Share')).every((c) => c === '–'), await cells('Share'));
		t.ok((await cells('First token')).some((c) => /\d (µs|ms|s)$/.test(c)), await cells('First token'));
		await t.page.setViewportSize({ width: 390, height: 844 });
		t.ok(await t.page.getByRole('columnheader', { name: 'First token' }).isVisible());
		await seen(t, 'usage-first-token');
		const link = new URL(await t.page.getByRole('link', { name: 'shareholders' }).getAttribute('href'), t.page.url()).searchParams;
		t.equal([link.get('group'), link.get('range')], ['shareholders', null]);
		t.equal((Date.parse(link.get('to')) - Date.parse(link.get('from'))) / 86400e3, 90);
		t.equal(await t.page.locator('tbody tr', { hasText: 'No group' }).locator('a').count(), 0);
	}],
	['of one that died with conduitd its page says what is known', async (t) => {
		const { key, secret } = await t.key('dies');
		await t.chat(secret, { model: 'small' });
		await t.wait('its record', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data.length === 1);
		const [record] = (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data;
		const none = { start_us: null, head_us: null, first_us: null, end_us: null };
		// As the next start writes it (tests/admin/budgets.py).
		const dead = { ...record, status: 500, outcome: 'INTERRUPTED', estimated: true, total_us: null, first_us: null, overhead_us: null, bytes_in: null,
			bytes_out: null, client: null, agent: null, attempts: [{ ...record.attempts[0], ...none, http_status: null, outcome: 'INTERRUPTED' }] };
		await t.page.route(`**/admin/v1/requests/${record.id}*`, (r) => r.fulfill({ json: dead }));
		await t.go(`/requests/${record.id}`);
		await t.page.getByRole('heading', { name: 'small · chat' }).waitFor();
		await t.page.getByText('its times are not known').waitFor();
		await t.page.getByText('what else there was to choose is not known').waitFor();
		await t.page.getByText('One attempt').waitFor();
		await t.page.getByRole('cell', { name: 'spare/mock-n5' }).first().waitFor();
	}],
	['of one without a model or names the list and its page show what there is', async (t) => {
		const { key, secret } = await t.key('nameless');
		await t.chat(secret, { model: 'small' });
		await t.wait('its record', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data.length === 1);
		const list = (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data;
		const [record] = list.data;
		const none = { target: null, provider: null, model: null, outcome: null, charge: null };
		const bare = { ...record, model: null, operation: null, status: 502, outcome: 'UPSTREAM_ERROR', input_tokens: null, output_tokens: null, price: null,
			cost_usd: '0', attempts: [{ ...record.attempts[0], ...none }],
			decision: { policy: 'simple', order: ['spare/llama3.2:3b', 'main/mock-x503:cooling'], skipped: [], fallback: 'big' } };
		await t.page.route('**/admin/v1/requests?*', (r) => r.fulfill({ json: { ...list, data: [bare] } }));
		await t.page.route(`**/admin/v1/requests/${record.id}*`, (r) => r.fulfill({ json: bare }));
		await t.go(`/requests?key=${key.id}`);
		const cells = await t.page.locator('tbody tr').first().locator('td').allTextContents();
		t.equal([cells[2], cells[3], cells[6]], ['–', '–', '–']);
		await t.page.locator('tbody tr a').first().click();
		await t.page.getByRole('heading', { name: '– · –' }).waitFor();
		await t.page.getByText('spare/llama3.2:3b', { exact: true }).waitFor();
		await t.page.getByText('cooling', { exact: true }).waitFor();
		await t.page.getByText('It went on to the fallback big.').waitFor();
		await t.page.getByText('no price, or free').first().waitFor();
		t.equal(await t.page.getByRole('region', { name: 'curl' }).count(), 0);
		t.equal(await t.page.locator('main a[href^="/playground"]').count(), 0);
	}],
	['what a request cost is explained, whoever was asked', async (t) => {
		const { key, secret } = await t.key('explained');
		await t.chat(secret, { model: 'big' });
		await t.wait('its record', async () => (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data.length === 1);
		const [record] = (await t.api('GET', `/admin/v1/requests?key=${key.id}`)).data.data;
		const [attempt] = record.attempts;
		const show = async (json) => {
			await t.page.unroute(`**/admin/v1/requests/${record.id}*`);
			await t.page.route(`**/admin/v1/requests/${record.id}*`, (r) => r.fulfill({ json: { ...record, ...json } }));
			await t.go('/requests');
			await t.go(`/requests/${record.id}`);
		};
		const sums = async () => {
			await t.page.getByText('Show the arithmetic').click();
			await t.page.getByText('per million').first().waitFor();
		};
		await show({ model: attempt.target });                   // asked for directly
		await sums();
		await show({ model: 'flaky', decision: { fallback: 'big' }, input_tokens: null });
		await t.page.getByText('The fallback big answered.').waitFor();
		await sums();
		await t.page.getByText('× $10.00 per million').waitFor();
		await t.page.route('**/admin/v1/prices*', (r) => r.fulfill({ json: { next: null, data: [
			{ model: 'big', target: attempt.target, above: 0, input: '0.00', output: '0.00', per_second: '0.0002777778' }] } }));
		await show({});
		await sums();
		await t.page.getByText('are not in it: the ledger has').waitFor();
		await show({ attempts: [], cache: 'HIT', cost_usd: '0.000001', answered_by: { target: attempt.target, provider: 'main', model: 'm' } });
		await t.page.getByText('Nobody was asked: a share of the known answer.').waitFor();
		await show({ cache: 'STALE', answered_by: { target: attempt.target, provider: 'main', model: 'm' } });
		await t.page.getByText(', then renewed').waitFor();
	}],
	['the last hour goes on with the clock, and rows stay where they are', async (t) => {
		const { key, secret } = await t.key('for long');
		await t.page.clock.install();
		await t.go(`/requests?key=${key.id}`);
		await t.page.getByText('No request fits').waitFor();
		await t.live();
		await t.chat(secret, { model: 'small' });
		await t.wait('the row', async () => (await t.page.locator('tbody tr').count()) === 1);
		await t.wait('its totals', async () => (await figure(t)) === 1);
		const calls = () => t.asked.filter((u) => u.includes('/admin/v1/requests?')).map((u) => new URL(u).searchParams);
		const first = Date.parse(calls()[0].get('from'));
		const later = () => calls().filter((c) => Date.parse(c.get('from')) >= first + 60e3);
		await t.page.locator('tbody tr').evaluate((row) => (row.same = true));
		await t.page.clock.fastForward(61_000);
		await t.wait('totals of the hour that is now', () => later().length === 1);
		t.equal(later()[0].get('limit'), '1');
		t.equal(await t.page.locator('tbody tr').evaluate((row) => row.same), true);
		await t.page.getByRole('button', { name: 'Pause' }).click();
		await t.page.clock.fastForward(61_000);
		await t.page.waitForTimeout(600);
		t.equal(later().length, 1);
	}],
	['days on charts are those of UTC, wherever one is', async (t) => {
		const context = await t.context.browser().newContext({ baseURL: t.env.UI_ADMIN, timezoneId: 'America/Los_Angeles' });
		try {
			const page = await context.newPage();
			await page.request.post('/admin/v1/session', { data: { token: t.env.UI_TOKEN } });
			const day = new Date().toISOString().slice(0, 10);
			await page.goto('/usage?range=30d');
			await page.getByText('Show as a table').click();
			const first = await page.locator('.table-scroll tbody td').first().textContent();
			t.ok([day, new Date().toISOString().slice(0, 10)].includes(first), first);
		} finally {
			await context.close();
		}
	}],
	['what the address says stands in the fields', async (t) => {
		const shown = (name) => t.page.getByRole('combobox', { name, exact: true }).evaluate((s) => s.selectedOptions[0]?.textContent);
		await t.go('/usage?by=model&metric=cost');
		t.equal([await shown('Measure'), await shown('By')], ['Cost', 'By model']);
		await t.go('/requests?status=503&outcome=CLIENT_GONE');
		t.equal(await shown('Status'), '503');
		t.equal(await t.page.getByLabel('Outcome').inputValue(), 'client gone');
		await t.page.getByLabel('Outcome').fill('no target');
		await t.wait('the address', () => new URL(t.page.url()).searchParams.get('outcome') === 'NO_TARGET');
		await t.page.getByRole('combobox', { name: 'Status' }).selectOption('');
		t.equal(await shown('Status'), 'Any status');
	}],
	['usage is the sum of what was asked, to the nano-dollar', async (t) => {
		const { data } = await t.api('GET', '/admin/v1/usage?by=model');
		await t.go('/usage?range=24h');
		const exact = await t.page.locator('.figure').first().getAttribute('title');
		t.equal(Number(exact.replace(/[$,]/g, '')), Number(data.total.cost_usd));
		t.equal(await t.page.locator('tbody tr').count(), data.data.length);
		await t.page.getByRole('button', { name: 'Month', exact: true }).click();
		await t.page.getByText('the whole month, if it goes on so').waitFor();
		const sums = await t.page.locator('.figure').evaluateAll((all) => all.slice(0, 2).map((f) => Number(f.querySelector('dd').firstChild.data.replace(/[$,]/g, ''))));
		t.ok(sums[0] > 0 && sums[1] >= sums[0], `spent ${sums[0]}, foreseen ${sums[1]}`);
		await t.page.getByRole('button', { name: '24 h', exact: true }).click();
		await t.page.getByRole('combobox', { name: 'Measure' }).selectOption('requests');
		await t.page.getByRole('combobox', { name: 'By', exact: true }).selectOption('key');
		await t.page.getByRole('heading', { name: 'Requests by key and hour' }).waitFor();
		t.equal(new URL(t.page.url()).search, '?by=key&metric=requests&range=24h');
		await t.page.getByText('unlucky').first().waitFor();
		await t.page.getByRole('button', { name: 'Requests' }).click();
		t.equal(await t.page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending');
		const link = await t.page.getByRole('link', { name: 'CSV' }).getAttribute('href');
		t.ok(link.includes('by=key%2Chour'), link);
		const csv = await (await t.page.request.get(link)).text();
		t.ok(csv.startsWith('time,key,requests,'), csv.slice(0, 80));
	}],
];
