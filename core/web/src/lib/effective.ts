// lib/effective.ts - the text of the configuration in effect, as a list of values with their places.
// SPDX-License-Identifier: MIT

export interface Setting {
	/** "models[big].targets[0].weight": elements of lists go by their name, if they have one. */
	path: string;
	value: string;
	/** "conduit.cfg:12", or "default". */
	from: string;
}

interface Level {
	name: string;
	/** The element of a list that is being read; -1: it is no list. */
	at: number;
	label: string;
}

const OPENS = /^\t*([\w*-]+) = (\( )?\{$/;
const NEXT = /^\t*\}, \{$/;
const CLOSES = /^\t*\}( \))?; {2}# .*$/;
const VALUE = /^\t*([\w*-]+) = (.*); {2}# (.*)$/;
const NAMES = /^(name|id)$/;

function pathOf(levels: Level[], name: string): string {
	const parts = levels.map((l) => (l.at < 0 ? l.name : `${l.name}[${l.label || l.at}]`));
	return [...parts, name].join('.');
}

/** A quoted text without its quotes. */
function unquoted(value: string): string {
	return /^"[^"\\]*"$/.test(value) ? value.slice(1, -1) : value;
}

export function settingsOf(text: string): Setting[] {
	const levels: Level[] = [];
	const out: Setting[] = [];
	for (const line of text.split('\n')) {
		const opens = OPENS.exec(line);
		const top = levels[levels.length - 1];
		if (opens) levels.push({ name: opens[1], at: opens[2] ? 0 : -1, label: '' });
		else if (NEXT.test(line) && top) Object.assign(top, { at: top.at + 1, label: '' });
		else if (CLOSES.test(line)) levels.pop();
		else {
			const value = VALUE.exec(line);
			if (!value) continue;
			if (top && top.at >= 0 && !top.label && NAMES.test(value[1]))
				top.label = unquoted(value[2]);
			out.push({ path: pathOf(levels, value[1]), value: value[2], from: value[3] });
		}
	}
	return out;
}

export type Levels = Record<string, string>;

/** "info,router=debug": the level that most have, and those that differ. */
export function levelsText(rooms: Levels): string {
	const counts = new Map<string, number>();
	for (const level of Object.values(rooms)) counts.set(level, (counts.get(level) ?? 0) + 1);
	const [most] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['info'];
	const others = Object.entries(rooms).filter(([, level]) => level !== most);
	return [most, ...others.map(([room, level]) => `${room}=${level}`)].join(',');
}
