// lib/theme.ts - light, dark, or as the system is. public/theme.js sets it at the start.
// SPDX-License-Identifier: MIT
import { signal } from '@preact/signals';

export type Theme = 'light' | 'dark' | 'system';
const KEY = 'conduit.theme';

function stored(): Theme {
	const set = document.documentElement.dataset.theme;
	return set === 'light' || set === 'dark' ? set : 'system';
}

export const theme = signal<Theme>(stored());
/** Grows whenever colours are other ones: what is drawn on a canvas is drawn anew. */
export const themeTurn = signal(0);

export function setTheme(next: Theme): void {
	const root = document.documentElement;
	theme.value = next;
	if (next === 'system') delete root.dataset.theme;
	else root.dataset.theme = next;
	try {
		if (next === 'system') localStorage.removeItem(KEY);
		else localStorage.setItem(KEY, next);
	} catch {
		// It holds until the page is left.
	}
	themeTurn.value++;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => themeTurn.value++);
