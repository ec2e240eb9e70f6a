// ui/bars.tsx - bars and small lines, in SVG and boxes of our own.
// SPDX-License-Identifier: MIT
import type { ComponentChildren } from 'preact';
import { percent } from '../lib/format';

interface BarProps {
	value: number;
	max: number;
	/** What it measures, for who does not see it. */
	label: string;
	children?: ComponentChildren;
	/** Parts of max from which it is a warning, and bad. */
	warn?: number;
	bad?: number;
}

export function Bar({ value, max, label, children, warn = 0.8, bad = 1 }: BarProps) {
	const part = max > 0 ? value / max : value > 0 ? 1 : 0;
	const kind = part >= bad ? 'bad' : part >= warn ? 'warn' : '';
	return (
		<div class={`bar ${kind}`}>
			{children && <div class="small">{children}</div>}
			<div
				class="track"
				role="meter"
				aria-label={label}
				aria-valuemin={0}
				aria-valuemax={100}
				aria-valuenow={Math.round(Math.min(part, 1) * 100)}
				aria-valuetext={percent(part)}
			>
				{value > 0 && <div class="fill" style={{ width: `${Math.min(part, 1) * 100}%` }} />}
			</div>
		</div>
	);
}

/** A line without axes. Its numbers stand beside it. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
	const top = Math.max(...values, 1e-12);
	const step = values.length > 1 ? 100 / (values.length - 1) : 100;
	const line = values.map(
		(v, i) => `${i ? 'L' : 'M'}${(i * step).toFixed(2)} ${(30 - (v / top) * 28).toFixed(2)}`,
	);
	if (values.length < 2)
		return <svg class="spark" role="img" aria-label={label} viewBox="0 0 100 32" />;
	return (
		<svg
			class="spark"
			viewBox="0 0 100 32"
			preserveAspectRatio="none"
			role="img"
			aria-label={label}
		>
			<path class="under" d={`${line.join('')}L100 31L0 31Z`} />
			<path d={line.join('')} />
		</svg>
	);
}
