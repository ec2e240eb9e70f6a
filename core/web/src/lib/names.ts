// lib/names.ts - the names of keys, which answers know by their ids. Each answer brings the names of
// those that it tells of; the list of all is asked for only where somebody is to choose one.
// SPDX-License-Identifier: MIT
import { signal } from '@preact/signals';
import type { AccessKey } from './access';
import { get } from './api';
import { plain } from './format';
import type { List } from './types';

/** By id. */
export const names = signal<Map<string, string>>(new Map());
/** Those that can be offered: the first thousand; null: nobody has asked for them. */
export const offered = signal<string[] | null>(null);
let asked: Promise<void> | undefined;
const missed = new Set<string>();
let again = 0;
const AGAIN_MS = 3000;

function add(more: Iterable<[string, string]>): void {
	const fresh = [...more].filter(([id, name]) => names.value.get(id) !== name);
	if (fresh.length) names.value = new Map([...names.value, ...fresh]);
}

/** What an answer brought, or a part of it; any answer may come here. */
export function learnNames(answer: unknown): void {
	const parts = typeof answer === 'object' && answer ? [answer, ...Object.values(answer)] : [];
	for (const part of parts as ({ key_names?: Record<string, string> } | null)[])
		if (part?.key_names) add(Object.entries(part.key_names));
}

/** The list, for who is to choose; anew after a change. */
export function findNames(): Promise<void> {
	asked = get<List<AccessKey>>('/admin/v1/keys', { limit: 1000 }).then(
		({ data }) => {
			add(data.map((k): [string, string] => [k.id, k.name]));
			offered.value = data.map((k) => k.id);
		},
		() => {
			asked = undefined; // ids do until then
		},
	);
	return asked;
}

export const offerNames = () => asked ?? findNames();

/** The name of a key, or its id while that is not known. */
export function keyName(id: string | null | undefined): string {
	if (!id) return '–';
	return plain(names.value.get(id) || id);
}

/** Of events, which bring no names: keys that are new here are looked up, all at once. */
export function wantNames(ids: (string | null)[]): void {
	const fresh = ids.filter(
		(id): id is string => !!id && !names.value.has(id) && !missed.has(id),
	);
	for (const id of fresh) missed.add(id);
	if (fresh.length && !again) {
		again = window.setTimeout(() => {
			again = 0;
			void findNames();
		}, AGAIN_MS);
	}
}

/** The id of a key that was said by its id or, when only one has it, its name. */
export function keyIdOf(said: string): string {
	const all = [...names.value];
	if (all.some(([id]) => id === said)) return said;
	const named = all.filter(([, name]) => name === said);
	return named.length === 1 ? named[0][0] : said;
}

/** What to offer where a key is asked for by id or name. */
export function keyNames(): string[] {
	return [...new Set((offered.value ?? []).map((id) => names.value.get(id) || id))];
}
