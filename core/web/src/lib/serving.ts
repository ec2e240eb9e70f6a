// lib/serving.ts - what serves requests: providers, routes and targets, as one answer tells them.
// SPDX-License-Identifier: MIT
import type { Kind } from '../ui/basics';
import type { Credential, List, Model, RequestRecord, Target, Usage } from './types';

export interface Provider {
	name: string;
	type: string;
	status: string;
	base_url: string;
	keys: { id: string; weight: number }[];
	timeout_ms: Record<string, number>;
	limits: Record<string, number>;
	defined_at: string;
}

export interface Way {
	target: string;
	provider: string;
	model: string;
	weight: number;
	price: Record<string, string | null> | null;
	price_row: string | null;
}

export interface Route {
	model: string;
	policy: string;
	targets: Way[];
	fallbacks: string[];
	context_fallbacks: string[];
	content_fallbacks: string[];
	defined_at: string;
}

export interface Serving {
	providers: List<Provider>;
	routes: List<Route>;
	models: List<Model>;
	targets: List<Target>;
	usage: Usage;
}

export const TARGET_KINDS: Record<string, Kind> = {
	ready: 'good',
	probing: 'warn',
	cooling: 'bad',
	drained: '',
	unavailable: 'bad',
};

/** Whatever its health, it is not asked: no plugin serves it, or its provider has ended it. One that
 * was drained has that status, too, but then an operator has said so, and can take it back. */
const isAway = (t: Target) => t.status === 'unavailable' && t.state !== 'drained';

export function targetState(t: Target): string {
	return isAway(t) ? t.status : t.state;
}

export const isReady = (t: Target) => targetState(t) === 'ready';

/** What made it so, as far as is known. */
export function targetWhy(t: Target): string | undefined {
	if (isAway(t)) return 'No plugin serves it, or its provider has ended the model';
	return t.credentials.find((c) => c.why)?.why ?? undefined;
}

export type ProviderState = 'ready' | 'degraded' | 'down' | 'drained' | 'unused' | 'no plugin';

export const PROVIDER_KINDS: Record<ProviderState, Kind> = {
	ready: 'good',
	degraded: 'warn',
	down: 'bad',
	drained: '',
	unused: '',
	'no plugin': 'bad',
};

/** Of all its targets and their credentials. */
export function providerState(p: Provider, targets: Target[]): ProviderState {
	if (p.status === 'no plugin') return 'no plugin';
	const own = targets.filter((t) => t.provider === p.name);
	if (own.length === 0) return 'unused';
	const states = own.map(targetState);
	if (states.every((s) => s === 'drained')) return 'drained';
	// One that is probing waits for a request: it would be asked.
	if (!states.some((s) => s === 'ready' || s === 'probing')) return 'down';
	const whole = own.every((t) => isReady(t) && t.credentials.every((c) => c.state === 'ready'));
	return whole ? 'ready' : 'degraded';
}

export interface Account extends Credential {
	/** Targets where it does not do well. */
	troubled: string[];
}

const RANK: Record<string, number> = { cooling: 3, probing: 2, drained: 1, ready: 0 };

/** The credentials of a provider: each as it does at its worst target. */
export function accounts(provider: string, targets: Target[]): Account[] {
	const found = new Map<string, Account>();
	for (const t of targets) {
		if (t.provider !== provider) continue;
		for (const c of t.credentials) {
			const known = found.get(c.id);
			const troubled = [...(known?.troubled ?? []), ...(c.state === 'ready' ? [] : [t.name])];
			const worse = !known || (RANK[c.state] ?? 0) > (RANK[known.state] ?? 0);
			found.set(c.id, { ...(worse ? c : known), troubled });
		}
	}
	return [...found.values()];
}

/** Models that nobody would answer without that target. */
export function lonely(target: string, routes: Route[], targets: Target[]): string[] {
	const away = ['drained', 'unavailable'];
	const up = new Set(targets.filter((t) => !away.includes(targetState(t))).map((t) => t.name));
	return routes
		.filter(
			(r) =>
				r.targets.some((w) => w.target === target) &&
				!r.targets.some((w) => w.target !== target && up.has(w.target)),
		)
		.map((r) => r.model);
}

/** The least of what is known: null when nothing is. */
export function least(values: (number | null)[]): number | null {
	const known = values.filter((v): v is number => v !== null);
	return known.length ? Math.min(...known) : null;
}

/** What has come since the sums were asked for. */
export interface Since {
	/** By model. */
	requests: Map<string, number>;
	/** By model and target: of each request the last attempt, and those before it, which sums never
	 * have. */
	last: Map<string, number>;
	vain: Map<string, number>;
}

export const NOTHING_SINCE: Since = { requests: new Map(), last: new Map(), vain: new Map() };

/** The sums have been asked for anew. */
export const sinceNow = (since: Since): Since => ({ ...NOTHING_SINCE, vain: since.vain });

export function addRecords(since: Since, records: RequestRecord[]): Since {
	const { requests, last, vain } = since;
	const next = { requests: new Map(requests), last: new Map(last), vain: new Map(vain) };
	const more = (of: Map<string, number>, name: string) => of.set(name, (of.get(name) ?? 0) + 1);
	for (const r of records) {
		more(next.requests, r.model ?? '');
		r.attempts.forEach((a, i) => {
			const of = i === r.attempts.length - 1 ? next.last : next.vain;
			more(of, `${r.model}\n${a.target}`);
		});
	}
	return next;
}

/** What was asked of a model, whoever answered. */
export interface PastOfModel {
	requests: number;
	/** By the provider that was asked last: what the cache answered asked nobody. */
	asked: Map<string, number>;
}

export type Past = Map<string, PastOfModel>;

export function pastOf(usage: Usage): Past {
	const past: Past = new Map();
	for (const u of usage.data) {
		const of = past.get(u.model ?? '') ?? { requests: 0, asked: new Map() };
		of.requests += u.requests;
		of.asked.set(u.provider ?? '', u.requests - u.hits);
		past.set(u.model ?? '', of);
	}
	return past;
}

/** Requests that each target of a route got: its provider's, and what has come since. */
export function shares(route: Route, past: Past, since: Since): Map<string, number> {
	const out = new Map<string, number>();
	for (const w of route.targets) {
		// What one provider got is known; of its targets only the weights are.
		const beside = route.targets.filter((o) => o.provider === w.provider);
		const weights = beside.reduce((n, o) => n + o.weight, 0);
		const got = past.get(route.model)?.asked.get(w.provider) ?? 0;
		const name = `${route.model}\n${w.target}`;
		const live = (since.last.get(name) ?? 0) + (since.vain.get(name) ?? 0);
		out.set(w.target, (got * w.weight) / (weights || 1) + live);
	}
	return out;
}

/** Nobody's failure: another attempt was quicker, or the client left. */
const NO_FAILURES: (string | null)[] = ['OK', 'OVERTAKEN', 'CLIENT_GONE'];

export interface Failure {
	outcome: string | null;
	http: number | null;
	count: number;
	/** The newest request that had it. */
	newest: RequestRecord;
}

/** What went wrong with a provider's attempts, the most frequent first; records come newest first. */
export function failures(provider: string, records: RequestRecord[]): Failure[] {
	const found = new Map<string, Failure>();
	for (const r of records) {
		for (const a of r.attempts) {
			if (a.provider !== provider || NO_FAILURES.includes(a.outcome)) continue;
			const id = `${a.outcome} ${a.http_status}`;
			const known = found.get(id);
			if (known) known.count++;
			else found.set(id, { outcome: a.outcome, http: a.http_status, count: 1, newest: r });
		}
	}
	return [...found.values()].sort((a, b) => b.count - a.count);
}
