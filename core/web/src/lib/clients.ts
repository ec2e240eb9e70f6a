// lib/clients.ts - what makes a client use the gateway: the settings of etc/clients.json, filled in.
// SPDX-License-Identifier: MIT
import list from '../../../../etc/clients.json';
import { curlOf, quoted } from './records';

interface Client {
	name: string;
	title: string;
	model?: string;
	program?: string;
	args?: string[];
	set?: Record<string, string>;
	unset?: string[];
	file?: string;
	text?: string[];
	note?: string;
}

export interface Snippet {
	/** Where it goes: "In a shell", or the name of a file. */
	where: string;
	text: string;
}

const clients = list.clients as Client[];

export const CLIENTS: [name: string, title: string][] = [
	['curl', 'curl'],
	...clients.map((c): [string, string] => [c.name, c.title.replace(/^the /, '')]),
];

export interface Fill {
	url: string;
	key: string;
	model: string;
}

function filled(text: string, f: Fill): string {
	return text.replace(/@(url|key|model)@/g, (_, name: keyof Fill) => f[name]);
}

/** Inside the double quotes of a file. */
const inQuotes = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** A word of a shell: quoted only when it must be. */
function word(text: string): string {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}

export function snippets(name: string, f: Fill): Snippet[] {
	const c = clients.find((one) => one.name === name);
	if (!c)
		return [
			{
				where: 'In a shell',
				text: curlOf({ operation: 'chat', model: f.model, stream: false }, f.url, f.key),
			},
		];
	const lines = [
		...Object.entries(c.set ?? {}).map(([n, v]) => `export ${n}=${quoted(filled(v, f))}`),
		...(c.unset ?? []).map((n) => `unset ${n}`),
	];
	// Settings that are in a file are not said again as arguments.
	const args = c.text ? [] : (c.args ?? []).map((a) => word(filled(a, f)));
	if (c.program) lines.push([c.program, ...args].join(' '));
	const out: Snippet[] = [];
	if (c.text) {
		const safe = { ...f, model: inQuotes(f.model), key: inQuotes(f.key) };
		const text = c.text.map((line) => filled(line, safe)).join('\n');
		out.push({ where: `${c.file ?? 'A file'}${c.note ? ` (${c.note})` : ''}`, text });
	}
	if (lines.length) out.push({ where: 'In a shell', text: lines.join('\n') });
	return out;
}
