// tests/access.test.ts - what forms of keys send, two people's changes, patterns, and snippets.
// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
	type AccessKey,
	allowed,
	bodyOf,
	cacheWords,
	type Draft,
	fits,
	merge,
	NO_DRAFT,
	overlaps,
	type Spending,
	stateOf,
	tightest,
	toDraft,
	unsaid,
} from '../src/lib/access';
import { CLIENTS, snippets } from '../src/lib/clients';

const key: AccessKey = {
	id: 'abc',
	name: 'ci',
	group: 'crew',
	models: ['gpt-*'],
	operations: [],
	allowed_ips: [],
	policy: null,
	budgets: [{ usd: '5', period: 'month', timezone: 'UTC', models: [], hard: true }],
	clamp: false,
	on_disconnect: 'cancel',
	expires_at: null,
	metadata: { team: 'web' },
	disabled: false,
	version: 3,
	created_at: '2026-01-01T00:00:00.000Z',
	updated_at: '2026-01-01T00:00:00.000Z',
	rpm: 60,
};
const draft = (patch: Partial<Draft>): Draft => ({ ...toDraft(key), ...patch });

describe('what a form sends', () => {
	it('is nothing when nothing was changed', () => {
		expect(bodyOf(toDraft(key), toDraft(key))).toEqual({});
	});
	it('is only what was changed, and null takes back', () => {
		const body = bodyOf(draft({ rpm: '', models: [], group: '', name: '' }), toDraft(key));
		expect(body).toEqual({ rpm: null, models: null, group: null, name: '' });
	});
	it('has numbers as numbers, and what is none as it was typed', () => {
		const body = bodyOf({ ...NO_DRAFT, tpm: '1,000', rpd: 'many' }, NO_DRAFT);
		expect(body).toEqual({ tpm: 1000, rpd: 'many' });
	});
	it('gives the whole list of budgets', () => {
		const [one] = toDraft(key).budgets;
		const body = bodyOf(
			draft({ budgets: [one, { ...one, period: 'day', usd: ' 1 ' }] }),
			toDraft(key),
		);
		expect(body.budgets).toHaveLength(2);
		expect((body.budgets as { usd: string }[])[1].usd).toBe('1');
	});
	it('names only the members of cache that differ', () => {
		expect(bodyOf(draft({ cache_enabled: 'off' }), toDraft(key))).toEqual({
			cache: { enabled: false },
		});
		const on = draft({ cache_enabled: 'on', cache_ttl: '1h' });
		expect(bodyOf({ ...on, cache_enabled: '' }, on)).toEqual({ cache: { enabled: null } });
	});
	it('has times in UTC, and metadata as it was typed when it is not JSON', () => {
		const body = bodyOf(
			{ ...NO_DRAFT, expires_at: '2027-01-31T10:00', metadata: '{"a":' },
			NO_DRAFT,
		);
		expect(body.expires_at).toBe(new Date('2027-01-31T10:00').toISOString());
		expect(body.metadata).toBe('{"a":');
	});
});

describe('two people', () => {
	const before = toDraft(key);
	it('who change different things both win', () => {
		const m = merge(before, draft({ name: 'mine' }), draft({ rpm: '9' }));
		expect([m.theirs, m.both]).toEqual([['rpm'], []]);
		expect([m.draft.name, m.draft.rpm]).toEqual(['mine', '9']);
	});
	it('who change the same thing are asked', () => {
		const m = merge(before, draft({ name: 'mine' }), draft({ name: 'theirs' }));
		expect([m.theirs, m.both, m.draft.name]).toEqual([[], ['name'], 'mine']);
	});
	it('who change it alike are not', () => {
		const m = merge(before, draft({ name: 'x' }), draft({ name: 'x' }));
		expect([m.theirs, m.both]).toEqual([[], []]);
	});
});

describe('states and names', () => {
	const spent = (usd: string, remaining: string | null, hard = true): Spending => ({
		kind: 'budget',
		usd,
		period: 'day',
		hard,
		spent: '1',
		held: '0',
		remaining,
	});
	it('tell what stops a key first', () => {
		const now = Date.parse('2026-06-01T00:00:00Z');
		expect(stateOf({ ...key, disabled: true, expires_at: '2026-01-01T00:00:00Z' }, now)).toBe(
			'disabled',
		);
		expect(stateOf({ ...key, expires_at: '2026-05-31T00:00:00Z' }, now)).toBe('expired');
		expect(stateOf({ ...key, expires_at: '2026-06-03T00:00:00Z' }, now)).toBe('expires soon');
		expect(stateOf({ ...key, spending: [spent('1', '0')] }, now)).toBe('spent');
		expect(stateOf({ ...key, spending: [spent('1', '0', false), spent('1', null)] }, now)).toBe(
			'active',
		);
	});
	it('tell of a key whose group is disabled', () => {
		const group = { ...key, disabled: true };
		expect(stateOf(key, 0, group)).toBe('group disabled');
		expect(stateOf({ ...key, disabled: true }, 0, group)).toBe('disabled');
		expect(stateOf(key, 0, key)).toBe('active');
	});
	it('leave to the group of a key what the key does not say', () => {
		expect(unsaid(true).all).toBe('all that its group may');
		expect(Object.values(unsaid(false)).join()).not.toContain('group');
	});
	it('say all that a cache rule has', () => {
		expect(cacheWords({ max_temperature: 0, namespace: 'own' })).toBe(
			'up to temperature 0, in the namespace own',
		);
		expect(cacheWords({ enabled: true, ttl: '1h', scope: 'key' })).toBe(
			'on, for 1h, shared by key',
		);
		expect(cacheWords({})).toBe('');
	});
	it('know whether an older secret is good still', () => {
		const until = { ...key, overlap_until: '2026-06-01T00:00:00Z' };
		const at = Date.parse(until.overlap_until);
		expect([overlaps(until, at - 1), overlaps(until, at), overlaps(key, 0)]).toEqual([
			true,
			false,
			false,
		]);
	});
	it('find the budget that is nearest to its end', () => {
		expect(tightest([spent('100', '50'), spent('1', '0.1'), spent('5', '5')])?.usd).toBe('1');
		expect(tightest([])).toBeUndefined();
	});
	it('match patterns', () => {
		expect([fits('gpt-4o', 'gpt-*'), fits('gpt-4o', '*'), fits('gpt-4o', 'gpt-4')]).toEqual([
			true,
			true,
			false,
		]);
		expect([fits('a-b-c', 'a*b*c'), fits('ab', 'ab*b'), fits('aXbXb', 'a*b')]).toEqual([
			true,
			false,
			true,
		]);
		expect(allowed(['gpt-4o', 'small'], ['gpt-*'])).toEqual(['gpt-4o']);
		expect(allowed(['small'], ['gpt-*', 'own'])).toEqual(['own']);
	});
});

describe('snippets', () => {
	const fill = { url: 'http://gw:5000', key: 'condt_x', model: 'gpt-4o' };
	it('are there for every client, without a gap', () => {
		expect(CLIENTS.length).toBeGreaterThan(5);
		for (const [name] of CLIENTS) {
			const all = snippets(name, fill);
			expect(all.length, name).toBeGreaterThan(0);
			for (const one of all) {
				expect(one.text, name).not.toMatch(/@(url|key|model|text)@/);
				expect(one.text.length, name).toBeGreaterThan(10);
			}
		}
	});
	it('quote what a model is called', () => {
		const evil = { ...fill, model: `a'"; rm -rf /` };
		expect(snippets('claude', evil)[0].text).toContain(`'a'\\''"; rm -rf /'`);
		expect(snippets('codex', evil)[0].text).toContain(`model = "a'\\"; rm -rf /"`);
	});
});
