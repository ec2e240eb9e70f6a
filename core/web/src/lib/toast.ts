// lib/toast.ts - short words about what has just happened.
// SPDX-License-Identifier: MIT
import { signal } from '@preact/signals';
import { ApiError } from './api';

export interface Toast {
	id: number;
	kind: 'good' | 'bad' | 'info';
	text: string;
}

export const toasts = signal<Toast[]>([]);
let last = 0;

export function dropToast(id: number): void {
	toasts.value = toasts.value.filter((t) => t.id !== id);
}

/** Bad news stays until it is put away. */
export function toast(text: string, kind: Toast['kind'] = 'good'): void {
	const id = ++last;
	toasts.value = [...toasts.value.slice(-3), { id, kind, text }];
	if (kind !== 'bad') setTimeout(() => dropToast(id), 4500);
}

export function toastError(e: unknown): void {
	if (e instanceof ApiError) toast(`${e.message} ${e.advice}`.trim(), 'bad');
	else toast(e instanceof Error ? e.message : String(e), 'bad');
}
