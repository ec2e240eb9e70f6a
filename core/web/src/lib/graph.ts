// lib/graph.ts - where the boxes and bands of a route's picture stand.
// SPDX-License-Identifier: MIT

export interface Node {
	x: number;
	y: number;
	w: number;
	h: number;
}

export interface Band {
	path: string;
	width: number;
	/** Nothing went there. */
	idle: boolean;
}

export const BOX = { w: 168, h: 42, gap: 14 };
const WIDEST = 26;
const THINNEST = 1.5;

/** A column of boxes, in the middle of so much height. */
export function column(x: number, count: number, height: number, w = BOX.w): Node[] {
	const whole = count * BOX.h + Math.max(0, count - 1) * BOX.gap;
	const top = (height - whole) / 2;
	return Array.from({ length: count }, (_, i) => ({
		x,
		y: top + i * (BOX.h + BOX.gap),
		w,
		h: BOX.h,
	}));
}

export function heightFor(...counts: number[]): number {
	const most = Math.max(1, ...counts);
	return most * BOX.h + (most - 1) * BOX.gap + 24;
}

/** From the right side of one box to the left side of another, as wide as its part of the most. */
export function band(from: Node, to: Node, part: number, most: number): Band {
	const [x1, y1] = [from.x + from.w, from.y + from.h / 2];
	const [x2, y2] = [to.x, to.y + to.h / 2];
	const middle = (x1 + x2) / 2;
	const share = most > 0 ? part / most : 0;
	return {
		path: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`,
		width: part > 0 ? Math.max(THINNEST, share * WIDEST) : THINNEST,
		idle: part <= 0,
	};
}

/** A text that fits into a box of that width. */
export function fitted(text: string, width: number, each = 7.1): string {
	const most = Math.max(3, Math.floor(width / each));
	return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
