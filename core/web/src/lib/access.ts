// lib/access.ts - keys and groups as forms have them, and what becomes of two people's changes.
// SPDX-License-Identifier: MIT
import type { Budget, Key, List } from './types';

/** What was spent of a budget, or of a prepaid balance. */
export interface Spending {
	kind: 'budget' | 'balance';
	usd: string;
	period?: string;
	models?: string[];
	hard?: boolean;
	/** null: the ledger can not be read. */
	spent: string | null;
	held: string | null;
	remaining: string | null;
	begins?: string | null;
	renews?: string | null;
}

export interface CacheRules {
	enabled?: boolean;
	ttl?: string;
	scope?: string;
	max_temperature?: number;
	namespace?: string;
}

/** What keys and groups have in common. */
export interface Holder {
	name: string;
	models: string[];
	operations: string[];
	allowed_ips: string[];
	policy: string | null;
	budgets: Budget[];
	clamp: boolean;
	on_disconnect: 'cancel' | 'drain';
	metadata: Record<string, unknown>;
	disabled: boolean;
	version: number;
	created_at: string;
	updated_at: string;
	spending?: Spending[];
	shadow?: boolean;
	cache?: CacheRules | null;
}

export interface AccessKey extends Holder, Omit<Key, keyof Holder> {
	id: string;
	group?: string | null;
	expires_at: string | null;
	overlap_until?: string | null;
}

export interface Group extends Holder {
	balance: { credit: string } | null;
}

/** The first of each. */
export interface Access {
	groups: List<Group>;
	keys: List<AccessKey>;
}

export const LIMITS = [
	['rpm', 'Requests a minute'],
	['rpd', 'Requests a day'],
	['concurrency', 'Requests at once'],
	['tpm', 'Tokens a minute'],
	['input_tpm', 'Input tokens a minute'],
	['output_tpm', 'Output tokens a minute'],
] as const;

export const OPERATIONS = [
	'audio',
	'chat',
	'completions',
	'embeddings',
	'images',
	'models',
	'moderations',
	'rerank',
];

export interface BudgetDraft {
	usd: string;
	period: string;
	timezone: string;
	models: string[];
	hard: boolean;
}

/** The fields of a form. Numbers and times are texts, as they are typed. */
export interface Draft {
	name: string;
	group: string;
	models: string[];
	operations: string[];
	allowed_ips: string[];
	policy: string;
	expires_at: string;
	rpm: string;
	rpd: string;
	concurrency: string;
	tpm: string;
	input_tpm: string;
	output_tpm: string;
	shadow: boolean;
	budgets: BudgetDraft[];
	clamp: boolean;
	on_disconnect: string;
	cache_enabled: string;
	cache_ttl: string;
	cache_scope: string;
	metadata: string;
}

export const NO_DRAFT: Draft = {
	name: '',
	group: '',
	models: [],
	operations: [],
	allowed_ips: [],
	policy: '',
	expires_at: '',
	rpm: '',
	rpd: '',
	concurrency: '',
	tpm: '',
	input_tpm: '',
	output_tpm: '',
	shadow: false,
	budgets: [],
	clamp: false,
	on_disconnect: 'cancel',
	cache_enabled: '',
	cache_ttl: '',
	cache_scope: '',
	metadata: '',
};

export const DRAFT_NAMES: Record<keyof Draft, string> = {
	name: 'Name',
	group: 'Group',
	models: 'Models',
	operations: 'Operations',
	allowed_ips: 'Addresses',
	policy: 'Policy',
	expires_at: 'Expires',
	rpm: 'Requests a minute',
	rpd: 'Requests a day',
	concurrency: 'Requests at once',
	tpm: 'Tokens a minute',
	input_tpm: 'Input tokens a minute',
	output_tpm: 'Output tokens a minute',
	shadow: 'Limits only count',
	budgets: 'Budgets',
	clamp: 'Shorten answers',
	on_disconnect: 'When the client leaves',
	cache_enabled: 'Cache',
	cache_ttl: 'Cache: how long',
	cache_scope: 'Cache: shared by',
	metadata: 'Metadata',
};

const two = (n: number) => String(n).padStart(2, '0');

/** For a field of date and time, in this place's zone. */
export function localTime(at: string | null | undefined): string {
	if (!at) return '';
	const d = new Date(at);
	if (Number.isNaN(d.getTime())) return '';
	const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
	return `${day}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

export function toDraft(h: Holder): Draft {
	const of = h as Holder & Record<string, unknown>;
	const number = (name: string) => (typeof of[name] === 'number' ? String(of[name]) : '');
	return {
		name: h.name,
		group: (of.group as string | null) ?? '',
		models: h.models,
		operations: h.operations,
		allowed_ips: h.allowed_ips,
		policy: h.policy ?? '',
		expires_at: localTime(of.expires_at as string | null),
		rpm: number('rpm'),
		rpd: number('rpd'),
		concurrency: number('concurrency'),
		tpm: number('tpm'),
		input_tpm: number('input_tpm'),
		output_tpm: number('output_tpm'),
		shadow: h.shadow === true,
		budgets: h.budgets.map((b) => ({
			usd: b.usd,
			period: b.period,
			timezone: b.timezone ?? 'UTC',
			models: b.models ?? [],
			hard: b.hard !== false,
		})),
		clamp: h.clamp,
		on_disconnect: h.on_disconnect,
		cache_enabled: h.cache?.enabled === undefined ? '' : h.cache.enabled ? 'on' : 'off',
		cache_ttl: h.cache?.ttl ?? '',
		cache_scope: h.cache?.scope ?? '',
		metadata: Object.keys(h.metadata).length ? JSON.stringify(h.metadata, null, 2) : '',
	};
}

export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What was typed where a number should be goes out as it is: the API says what is wrong with it. */
function numberOf(text: string): number | string | null {
	const t = text.trim().replaceAll(/[,_\s]/g, '');
	if (t === '') return null;
	return /^\d+$/.test(t) ? Number(t) : t;
}

function metadataOf(text: string): unknown {
	if (!text.trim()) return null;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

const isLimit = (name: string) => LIMITS.some(([limit]) => limit === name);

function memberOf(name: keyof Draft, d: Draft): unknown {
	const value = d[name];
	if (isLimit(name)) return numberOf(value as string);
	if (name === 'metadata') return metadataOf(value as string);
	if (name === 'expires_at') {
		const at = new Date(value as string);
		return value === '' ? null : Number.isNaN(at.getTime()) ? value : at.toISOString();
	}
	if (name === 'budgets')
		return d.budgets.map((b) => ({
			usd: b.usd.trim(),
			period: b.period.trim(),
			timezone: b.timezone.trim() || 'UTC',
			models: b.models,
			hard: b.hard,
		}));
	if (Array.isArray(value)) return value.length ? value : null;
	return value === '' && name !== 'name' ? null : value;
}

/** What a PATCH says: only members that differ from before, so that others keep what others wrote. */
export function bodyOf(d: Draft, before: Draft): Record<string, unknown> {
	const out: Record<string, unknown> = {};
	const cache: Record<string, unknown> = {};
	for (const name of Object.keys(d) as (keyof Draft)[]) {
		if (same(d[name], before[name])) continue;
		if (name === 'cache_enabled') cache.enabled = d[name] ? d[name] === 'on' : null;
		else if (name === 'cache_ttl') cache.ttl = d[name].trim() || null;
		else if (name === 'cache_scope') cache.scope = d[name] || null;
		else out[name] = memberOf(name, d);
	}
	if (Object.keys(cache).length) out.cache = cache;
	return out;
}

export interface Merged {
	/** Mine, with what only somebody else changed. */
	draft: Draft;
	/** Fields that only somebody else changed. */
	theirs: (keyof Draft)[];
	/** Fields that both changed, and not to the same. */
	both: (keyof Draft)[];
}

/** Nobody's change is lost: what two people changed differently is asked about. */
export function merge(before: Draft, mine: Draft, now: Draft): Merged {
	const draft: Record<string, unknown> = { ...mine };
	const theirs: (keyof Draft)[] = [];
	const both: (keyof Draft)[] = [];
	for (const name of Object.keys(before) as (keyof Draft)[]) {
		if (same(before[name], now[name]) || same(mine[name], now[name])) continue;
		if (same(before[name], mine[name])) {
			draft[name] = now[name];
			theirs.push(name);
		} else both.push(name);
	}
	return { draft: draft as unknown as Draft, theirs, both };
}

/** A field's value in a few words. */
export function fieldWords(name: keyof Draft, d: Draft): string {
	if (name === 'budgets')
		return d.budgets.map((b) => `$${b.usd} ${periodWords(b.period)}`).join(', ') || 'none';
	const value = d[name];
	if (Array.isArray(value)) return value.join(', ') || 'all';
	if (typeof value === 'boolean') return value ? 'yes' : 'no';
	return value === '' ? 'nothing' : String(value).replace('T', ' ');
}

const PERIODS: Record<string, string> = {
	total: 'in all',
	day: 'a day',
	week: 'a week',
	month: 'a month',
};

export function periodWords(period: string | undefined): string {
	if (!period) return '';
	return Object.hasOwn(PERIODS, period) ? PERIODS[period] : period;
}

/** What counts where a holder says nothing: of a key in a group, what its group says. */
export function unsaid(inGroup: boolean) {
	return inGroup
		? {
				all: 'all that its group may',
				other: 'as its group',
				limits: 'as configured, and those of its group',
				policy: "its group's, or the model's",
				leaves: 'as its group',
			}
		: {
				all: 'all',
				other: 'as configured',
				limits: 'as configured',
				policy: "the model's",
				leaves: 'calls are cancelled',
			};
}

/** The rules of a cache in a few words. */
export function cacheWords(c: CacheRules): string {
	const words = [
		c.enabled === undefined ? '' : c.enabled ? 'on' : 'off',
		c.ttl ? `for ${c.ttl}` : '',
		c.scope ? `shared by ${c.scope}` : '',
		c.max_temperature === undefined ? '' : `up to temperature ${c.max_temperature}`,
		c.namespace ? `in the namespace ${c.namespace}` : '',
	];
	return words.filter(Boolean).join(', ');
}

/** Whether the secret that a key had before is good still, while one looks. */
export function overlaps(k: AccessKey, now = Date.now()): boolean {
	return !!k.overlap_until && Date.parse(k.overlap_until) > now;
}

/** The spending that is nearest to its end. */
export function tightest(all: Spending[] | undefined): Spending | undefined {
	const part = (s: Spending) =>
		Number(s.usd) > 0 ? 1 - Number(s.remaining ?? s.usd) / Number(s.usd) : 1;
	return [...(all ?? [])].sort((a, b) => part(b) - part(a))[0];
}

export type KeyState =
	| 'active'
	| 'disabled'
	| 'expired'
	| 'spent'
	| 'expires soon'
	| 'group disabled';

const SOON_MS = 7 * 86400e3;

/** A key is as good as its group, where that is known. */
export function stateOf(
	h: Holder & { expires_at?: string | null },
	now = Date.now(),
	group?: Holder,
): KeyState {
	if (h.disabled) return 'disabled';
	const ends = h.expires_at ? Date.parse(h.expires_at) : Number.POSITIVE_INFINITY;
	if (ends <= now) return 'expired';
	if (h.spending?.some((s) => s.hard !== false && Number(s.remaining ?? 1) <= 0))
		return 'spent';
	if (group?.disabled) return 'group disabled';
	return ends - now < SOON_MS ? 'expires soon' : 'active';
}

/** Whether a pattern of names, where * stands for any text, fits. */
export function fits(name: string, pattern: string): boolean {
	const parts = pattern.split('*');
	const last = parts.pop() ?? '';
	if (parts.length === 0) return name === last;
	if (!name.startsWith(parts[0])) return false;
	let at = parts[0].length;
	for (const part of parts.slice(1)) {
		const found = name.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return name.length - at >= last.length && name.endsWith(last);
}

/** The models that somebody may ask, who may ask these. */
export function allowed(all: string[], patterns: string[]): string[] {
	if (!patterns.length) return all;
	const some = all.filter((name) => patterns.some((p) => fits(name, p)));
	return some.length ? some : patterns.filter((p) => !p.includes('*'));
}
