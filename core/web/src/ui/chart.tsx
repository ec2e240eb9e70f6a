// ui/chart.tsx - charts over time, each with the same numbers as a table. What draws them comes
// with the first chart, not with the first page.
// SPDX-License-Identifier: MIT
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { lonePoints, pointWords, type Span, stack, timeWords } from '../lib/series';
import { themeTurn } from '../lib/theme';

export interface Series {
	name: string;
	values: (number | null)[];
	/** One of --c1 ... of tokens.css; by default by its place. */
	color?: string;
}

export interface ChartProps {
	title: string;
	/** Seconds since 1970. */
	times: number[];
	series: Series[];
	/** What a point is the sum of; a day is one of UTC. */
	step?: Span;
	format: (n: number | null | undefined) => string;
	height?: number;
	/** Each series on top of those before it. */
	stacked?: boolean;
	bars?: boolean;
	/** What a chosen span leads to, in seconds. */
	onSpan?: (from: number, to: number) => void;
}

const colorOf = (s: Series, i: number) => s.color ?? `--c${(i % 8) + 1}`;

/** What a custom property is, in this theme, for a canvas. */
function paint(probe: HTMLElement, name: string): string {
	probe.style.color = `var(${name})`;
	return getComputedStyle(probe).color;
}

function withAlpha(color: string, alpha: number): string {
	return `color-mix(in srgb, ${color} ${alpha * 100}%, transparent)`;
}

/** Not see-through: what is stacked below does not shine through what stands before it. */
function onSurface(color: string, probe: HTMLElement): string {
	return `color-mix(in srgb, ${color} 30%, ${paint(probe, '--surface')})`;
}

function axes(p: ChartProps, probe: HTMLElement): uPlot.Axis[] {
	const common = {
		stroke: paint(probe, '--muted'),
		font: '11px system-ui, sans-serif',
		grid: { stroke: paint(probe, '--grid'), width: 1 },
		ticks: { show: false },
	};
	const words = (_u: uPlot, at: number[], _axis: number, _space: number, step: number) =>
		timeWords(at, step, p.step);
	return [
		{ ...common, grid: { show: false }, space: 64, size: 24, gap: 6, values: words },
		{
			...common,
			size: 62,
			space: 34,
			gap: 6,
			values: (_u, all) => all.map((v) => p.format(v)),
		},
	];
}

/** The first and last bar are whole. */
function timeScale(p: ChartProps): uPlot.Scale {
	if (!p.bars || p.times.length === 0) return { time: true };
	const half = p.times.length > 1 ? (p.times[1] - p.times[0]) / 2 : 30;
	return { time: true, range: (_u, low, high) => [low - half, high + half] };
}

interface Drawing {
	plot: uPlot;
	resize: ResizeObserver;
}

function seriesOf(p: ChartProps, probe: HTMLElement, lib: typeof uPlot): uPlot.Series[] {
	const own = p.series.map((s, i): uPlot.Series => {
		const color = paint(probe, colorOf(s, i));
		const filled = p.stacked || p.bars;
		return {
			label: s.name,
			stroke: color,
			width: p.bars ? 0 : 1.6,
			fill: filled
				? p.bars
					? color
					: onSurface(color, probe)
				: p.series.length === 1
					? withAlpha(color, 0.1)
					: undefined,
			points: {
				show: false,
				size: 5,
				fill: color,
				filter: (u, at) => (p.bars ? null : lonePoints(u.data[at] as (number | null)[])),
			},
			paths: p.bars ? lib.paths.bars?.({ size: [0.78, 40], gap: 1 }) : undefined,
			spanGaps: false,
		};
	});
	// Those on top are drawn first, so that each is covered by what it stands on.
	return [{}, ...(p.stacked ? own.reverse() : own)];
}

function valuesOf(p: ChartProps): uPlot.AlignedData {
	const all = p.stacked ? stack(p.series).reverse() : p.series.map((s) => s.values);
	return [p.times, ...all] as uPlot.AlignedData;
}

function draw(
	box: HTMLElement,
	lib: typeof uPlot,
	p: ChartProps,
	onPoint: (i: number | null) => void,
): Drawing {
	const probe = document.createElement('i');
	box.append(probe);
	const plot = new lib(
		{
			width: box.clientWidth,
			height: box.clientHeight,
			series: seriesOf(p, probe, lib),
			axes: axes(p, probe),
			legend: { show: false },
			cursor: {
				y: false,
				points: { size: 6 },
				drag: { x: !!p.onSpan, y: false, setScale: false },
			},
			scales: {
				x: timeScale(p),
				y: { range: (_u, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
			},
			// Days begin where they are drawn.
			tzDate: p.step === 'day' ? (t) => lib.tzDate(new Date(t * 1000), 'Etc/UTC') : undefined,
			padding: [8, 26, 0, 0] /* half of the last time has room */,
			hooks: {
				setCursor: [(u) => onPoint(u.cursor.idx ?? null)],
				setSelect: [
					(u) => {
						if (u.select.width < 4) return;
						const at = (x: number) => u.posToVal(x, 'x');
						p.onSpan?.(at(u.select.left), at(u.select.left + u.select.width));
						u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
					},
				],
			},
		},
		valuesOf(p),
		box,
	);
	probe.remove();
	const resize = new ResizeObserver(() =>
		plot.setSize({ width: box.clientWidth, height: box.clientHeight }),
	);
	resize.observe(box);
	return { plot, resize };
}

function Twin({ p }: { p: ChartProps }) {
	const [open, setOpen] = useState(false);
	return (
		<details onToggle={(e) => setOpen(e.currentTarget.open)}>
			<summary>Show as a table</summary>
			{open && (
				<div class="table-scroll" tabIndex={0}>
					<table class="table">
						<caption class="hidden-text">{p.title}</caption>
						<thead>
							<tr>
								<th scope="col">Time</th>
								{p.series.map((s) => (
									<th key={s.name} scope="col" class="end">
										{s.name}
									</th>
								))}
							</tr>
						</thead>
						<tbody>
							{[...p.times.keys()]
								.reverse()
								.slice(0, 600)
								.map((i) => (
									<tr key={p.times[i]}>
										<td>{pointWords(p.times[i], p.step)}</td>
										{p.series.map((s) => (
											<td key={s.name} class="end">
												{p.format(s.values[i])}
											</td>
										))}
									</tr>
								))}
						</tbody>
					</table>
				</div>
			)}
		</details>
	);
}

function Legend({ p, at }: { p: ChartProps; at: number | null }) {
	// Of bars all of them, of lines the newest, unless one is pointed at.
	const shown = (s: Series) => {
		if (at !== null) return s.values[at];
		if (p.bars) return s.values.reduce<number>((sum, v) => sum + (v ?? 0), 0);
		return s.values[s.values.length - 1];
	};
	return (
		<ul class="legend">
			{p.series.map((s, n) => (
				<li key={s.name}>
					<i style={{ background: `var(${colorOf(s, n)})` }} />
					<span class="cut">{s.name}</span>
					<b>{p.format(shown(s))}</b>
				</li>
			))}
			{at !== null && <li>{pointWords(p.times[at], p.step)}</li>}
		</ul>
	);
}

export function Chart(p: ChartProps) {
	const box = useRef<HTMLDivElement>(null);
	const drawing = useRef<Drawing | null>(null);
	const newest = useRef(p);
	const [point, setPoint] = useState<number | null>(null);
	newest.current = p;
	const shape = `${p.series.map((s) => s.name + (s.color ?? '')).join('|')}${p.stacked}${p.bars}${p.step}${themeTurn.value}`;

	useEffect(() => {
		let gone = false;
		void import('./plot').then(({ default: lib }) => {
			if (gone || !box.current) return;
			const formatted = {
				...newest.current,
				format: (n: number | null | undefined) => newest.current.format(n),
			};
			drawing.current = draw(box.current, lib, formatted, setPoint);
		});
		return () => {
			gone = true;
			drawing.current?.resize.disconnect();
			drawing.current?.plot.destroy();
			drawing.current = null;
		};
	}, [shape]);

	useEffect(() => drawing.current?.plot.setData(valuesOf(p)), [p.times, p.series]);

	const at = point !== null && point < p.times.length ? point : null;
	return (
		<figure class="chart" aria-label={p.title}>
			<Legend p={p} at={at} />
			<div
				class="chart-box"
				ref={box}
				style={{ '--height': `${p.height ?? 200}px` }}
				role="img"
				aria-label={`${p.title}: the table below has the numbers`}
			/>
			<Twin p={p} />
		</figure>
	);
}
