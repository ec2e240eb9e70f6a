// lib/api.ts - calls of the admin API. Each error says what happened and what to do.
// SPDX-License-Identifier: MIT
import { signal } from '@preact/signals';
import { queryText } from './query';

export interface Session {
	role: 'admin' | 'viewer';
	csrf: string;
	expires_at: string;
}

/** undefined: not known yet; null: nobody is logged in. */
export const session = signal<Session | null | undefined>(undefined);
/** Calls that are under way: the line at the top moves while there are any. */
export const working = signal(0);
/** When the gateway was not reached last; null: it is there. */
export const unreachable = signal<Date | null>(null);

export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		/** The member that is wrong, for its field. */
		readonly param: string | null = null,
		/** What the answer had beside the error, such as the report of a reload. */
		readonly body: Record<string, unknown> = {},
	) {
		super(message);
	}
	/** What the reader can do about it. */
	get advice(): string {
		return ADVICE[this.code] ?? ADVICE[String(this.status)] ?? '';
	}
}

/** What the gateway told a key, as it would tell the key's client: what is to be done about that is in
 * its message, and the advice for calls of the admin API does not fit. */
export class KeyError extends ApiError {
	override get advice(): string {
		return '';
	}
}

const ADVICE: Record<string, string> = {
	unreachable:
		'Is conduitd running, and is this address right? The page goes on when it answers.',
	operation_not_allowed:
		'You are logged in as a viewer, who can only read. Log in with the admin token.',
	conflict: 'Load it again to see what is there now; what you typed stays here.',
	rate_limit_exceeded: 'Too many calls or wrong tokens came from this address. Wait a little.',
	overloaded: 'The store is busy. Try again in a moment.',
	'404': 'It may have been deleted. Go back to the list.',
	'500': "Nothing was changed. conduitd's log says more.",
};

export interface Call {
	method?: string;
	query?: Record<string, string | number | null | undefined>;
	body?: unknown;
	/** The version that is changed: somebody else's change in between is a conflict. */
	version?: string | null;
	signal?: AbortSignal;
	/** The line at the top does not move for it. */
	quiet?: boolean;
	/** It asks what a client of a key would ask. */
	asKey?: boolean;
}

export interface Answer<T> {
	data: T;
	/** For the version of a Call. */
	version: string | null;
	headers: Headers;
}

function headersOf(call: Call): Headers {
	const h = new Headers({ accept: 'application/json' });
	if (call.body !== undefined) h.set('content-type', 'application/json');
	if (call.version) h.set('if-match', call.version);
	if (call.method && call.method !== 'GET' && session.value) {
		h.set('x-conduit-csrf', session.value.csrf);
	}
	return h;
}

async function send(path: string, call: Call): Promise<Response> {
	try {
		const answer = await fetch(path + queryText(call.query ?? {}), {
			method: call.method ?? 'GET',
			headers: headersOf(call),
			body: call.body === undefined ? undefined : JSON.stringify(call.body),
			signal: call.signal,
			credentials: 'same-origin',
			redirect: 'error',
		});
		unreachable.value = null;
		return answer;
	} catch (e) {
		if (call.signal?.aborted) throw e;
		unreachable.value ??= new Date();
		throw new ApiError(0, 'unreachable', 'The gateway does not answer.');
	}
}

async function problemOf(answer: Response, asKey = false): Promise<ApiError> {
	const Kind = asKey ? KeyError : ApiError;
	const text = await answer.text();
	try {
		const body = JSON.parse(text);
		const e = body.error;
		return new Kind(answer.status, e.code ?? '', e.message, e.param ?? null, body);
	} catch {
		const said = text.length < 200 && !text.includes('<') ? text.trim() : '';
		return new Kind(answer.status, '', said || `The gateway answered ${answer.status}.`);
	}
}

async function run<T>(
	path: string,
	call: Call,
	read: (a: Response) => Promise<T>,
): Promise<Answer<T>> {
	if (!call.quiet) working.value++;
	try {
		const answer = await send(path, call);
		if (!answer.ok) {
			const problem = await problemOf(answer, call.asKey);
			if (answer.status === 401 && session.value && path !== SESSION) session.value = null;
			throw problem;
		}
		return {
			data: await read(answer),
			version: answer.headers.get('etag'),
			headers: answer.headers,
		};
	} finally {
		if (!call.quiet) working.value--;
	}
}

/** The whole answer, with its version. */
export function ask<T>(path: string, call: Call = {}): Promise<Answer<T>> {
	return run(path, call, async (a) => (a.status === 204 ? undefined : await a.json()) as T);
}

/** What a GET says. */
export async function get<T>(
	path: string,
	query?: Call['query'],
	signal?: AbortSignal,
): Promise<T> {
	return (await ask<T>(path, { query, signal })).data;
}

/** A change. */
export async function change<T>(
	method: string,
	path: string,
	body?: unknown,
	version?: string | null,
): Promise<T> {
	return (await ask<T>(path, { method, body, version })).data;
}

export async function getText(
	path: string,
	query?: Call['query'],
	signal?: AbortSignal,
): Promise<string> {
	return (await run(path, { query, signal }, (a) => a.text())).data;
}

/** An answer that is read as it comes. */
export async function openStream(path: string, call: Call): Promise<Response> {
	const answer = await send(path, call);
	if (answer.ok) return answer;
	const problem = await problemOf(answer, call.asKey);
	if (problem.code === 'invalid_admin_token') session.value = null;
	throw problem;
}

/** The address of a call whose answer is saved as a file. */
export function fileUrl(path: string, query: Call['query']): string {
	return path + queryText(query ?? {});
}

/** One piece of a path. */
export const piece = encodeURIComponent;

// --- who is there ---

const SESSION = '/admin/v1/session';

export async function findSession(): Promise<void> {
	try {
		session.value = (await ask<Session>(SESSION)).data;
	} catch (e) {
		if (e instanceof ApiError && e.code === 'unreachable') throw e;
		session.value = null;
	}
}

export async function login(token: string): Promise<void> {
	session.value = (await ask<Session>(SESSION, { method: 'POST', body: { token } })).data;
}

/** The session is forgotten only when it is over: otherwise it would go on unseen. */
export async function logout(): Promise<void> {
	const end = () => ask(SESSION, { method: 'DELETE' });
	const isOf = (e: unknown, status: number) => e instanceof ApiError && e.status === status;
	try {
		await end().catch(async (e) => {
			if (!isOf(e, 403)) throw e;
			// Another tab has logged in since: the cookie is of its session, and the token was not.
			session.value = (await ask<Session>(SESSION)).data;
			await end();
		});
	} catch (e) {
		if (!isOf(e, 401)) throw e;
	}
	session.value = null;
}

export function mayChange(): boolean {
	return session.value?.role === 'admin';
}
