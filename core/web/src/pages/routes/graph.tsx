// pages/routes/graph.tsx - a route as a picture: names, policy, targets, fallbacks, and what flows.
// SPDX-License-Identifier: MIT
import type { ComponentChildren } from 'preact';
import { piece } from '../../lib/api';
import { count, plain, short } from '../../lib/format';
import { band, column, fitted, heightFor, type Node } from '../../lib/graph';
import { type Route, TARGET_KINDS, targetState, type Way } from '../../lib/serving';
import type { Target } from '../../lib/types';
import { Badge } from '../../ui/basics';
import { type Column, Table } from '../../ui/table';
import css from './routes.module.css';

const WIDTH = 912;
const X = [8, 250, 456, 736];
const POLICY_W = 132;
const SHOWN_MAX = 10;

const CLASSES: Record<string, string> = {
	ready: css.good,
	probing: css.warn,
	cooling: css.bad,
	drained: css.none,
	unavailable: css.bad,
};

interface BoxProps {
	at: Node;
	name: string;
	note: string;
	state?: string;
	href?: string;
	kind?: string;
	children?: ComponentChildren;
}

function Box({ at, name, note, state, href, kind = css.box }: BoxProps) {
	const inside = (
		<>
			<title>{`${plain(name)}${note ? `: ${note}` : ''}`}</title>
			<rect class={kind} x={at.x} y={at.y} width={at.w} height={at.h} rx="7" />
			{state && <circle class={CLASSES[state]} cx={at.x + at.w - 13} cy={at.y + 14} r="4" />}
			<text class={css.name} x={at.x + 11} y={at.y + (note ? 18 : 26)}>
				{fitted(plain(name), at.w - (state ? 32 : 18))}
			</text>
			<text class={css.small} x={at.x + 11} y={at.y + 33}>
				{fitted(note, at.w - 16, 6)}
			</text>
		</>
	);
	return href ? <a href={href}>{inside}</a> : <g>{inside}</g>;
}

interface TwinRow extends Way {
	requests: number;
	state: string | undefined;
}

const columns: Column<TwinRow>[] = [
	{ id: 'target', head: 'Target', cell: (r) => plain(r.target), title: (r) => r.target },
	{
		id: 'state',
		head: 'State',
		width: '104px',
		cell: (r) => <Badge kind={TARGET_KINDS[r.state ?? '']}>{r.state ?? 'not served'}</Badge>,
	},
	{
		id: 'weight',
		head: 'Weight',
		from: 'mid',
		width: '84px',
		end: true,
		cell: (r) => r.weight,
	},
	{
		id: 'requests',
		head: 'Requests',
		width: '96px',
		end: true,
		cell: (r) => count(Math.round(r.requests)),
	},
];

function stateOf(name: string, targets: Target[]): string | undefined {
	const target = targets.find((t) => t.name === name);
	return target && targetState(target);
}

/** The same for who does not see the picture; all targets, where it shows some. */
function Twin({ route, targets, flow }: GraphProps) {
	const fallbacks = fallbacksOf(route);
	return (
		<details class={css.twin} open={route.targets.length > SHOWN_MAX}>
			<summary>Show as a table</summary>
			<div class="stack">
				<Table
					caption={`Targets of ${route.model}`}
					columns={columns}
					rows={route.targets.map((w) => ({
						...w,
						requests: flow.get(w.target) ?? 0,
						state: stateOf(w.target, targets),
					}))}
					rowKey={(r) => r.target}
					empty="No targets"
				/>
				{fallbacks.length > 0 && (
					<p>Fallbacks: {fallbacks.map((f) => `${plain(f.model)} (${f.when})`).join(', ')}.</p>
				)}
			</div>
		</details>
	);
}

interface GraphProps {
	route: Route;
	aliases: string[];
	targets: Target[];
	/** Requests by target. */
	flow: Map<string, number>;
}

interface Fallback {
	model: string;
	when: string;
}

function fallbacksOf(r: Route): Fallback[] {
	const of = (names: string[], when: string) => names.map((model) => ({ model, when }));
	return [
		...of(r.fallbacks, 'when all fail'),
		...of(r.context_fallbacks, 'when it is too long'),
		...of(r.content_fallbacks, 'when content is refused'),
	];
}

export function Graph(p: GraphProps) {
	return (
		<>
			<Picture {...p} />
			<Twin {...p} />
		</>
	);
}

function Picture({ route, aliases, targets, flow }: GraphProps) {
	const ways = route.targets.slice(0, SHOWN_MAX);
	const names = [route.model, ...aliases].slice(0, SHOWN_MAX);
	const fallbacks = fallbacksOf(route).slice(0, SHOWN_MAX);
	const height = heightFor(ways.length, names.length, fallbacks.length);
	const left = column(X[0], names.length, height);
	const [policy] = column(X[1], 1, height, POLICY_W);
	const middle = column(X[2], ways.length, height, 210);
	const right = column(X[3], fallbacks.length, height);
	const most = Math.max(...flow.values(), 1);
	const all = [...flow.values()].reduce((a, b) => a + b, 0);
	const lines = [
		...left.map((at, i) => band(at, policy, i === 0 ? all : 0, Math.max(all, 1))),
		...middle.map((at, i) => band(policy, at, flow.get(ways[i].target) ?? 0, most)),
	];
	const turns = right.flatMap((to) => middle.map((from) => band(from, to, 0, 1)));
	return (
		<div class={css.scroll} tabIndex={0} role="region" aria-label="The picture of the route">
			<svg
				class={css.graph}
				viewBox={`0 0 ${WIDTH} ${height}`}
				role="group"
				aria-label={`Where requests for ${route.model} go`}
			>
				{turns.map((b, i) => (
					<path
						key={`t${i}`}
						class={`${css.flow} ${css.other}`}
						d={b.path}
						stroke-width="1.5"
					/>
				))}
				{lines.map((b, i) => (
					<path
						key={i}
						class={`${css.flow} ${b.idle ? css.idle : ''}`}
						d={b.path}
						stroke-width={b.width}
					/>
				))}
				{left.map((at, i) => (
					<Box
						key={i}
						at={at}
						name={names[i]}
						note={i ? 'alias' : 'model'}
						href={i ? undefined : `/models/${piece(names[i])}`}
					/>
				))}
				<Box at={policy} name={route.policy} note="policy" kind={css.policy} />
				{middle.map((at, i) => (
					<Box
						key={i}
						at={at}
						name={ways[i].target}
						note={`${short(Math.round(flow.get(ways[i].target) ?? 0))} asked, weight ${ways[i].weight}`}
						state={stateOf(ways[i].target, targets)}
						href={`/providers/${piece(ways[i].provider)}`}
					/>
				))}
				{right.map((at, i) => (
					<Box
						key={i}
						at={at}
						name={fallbacks[i].model}
						note={fallbacks[i].when}
						href={`/routes?model=${encodeURIComponent(fallbacks[i].model)}`}
					/>
				))}
			</svg>
		</div>
	);
}
