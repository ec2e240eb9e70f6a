// pages/overview.tsx - how it goes now, and how it went.
// SPDX-License-Identifier: MIT
import { useEffect, useMemo, useState } from 'preact/hooks';
import { stream, useEvents, usePolling } from '../lib/events';
import {
	count,
	length,
	NONE,
	percent,
	plain,
	short,
	span,
	usd,
	usdNumber,
} from '../lib/format';
import { type Loaded, useLoad } from '../lib/load';
import { keyName } from '../lib/names';
import { useQuery } from '../lib/query';
import { buckets, errorsOf, fill, groupRows, ratesOf, SPAN_MS, type Span } from '../lib/series';
import { isReady, TARGET_KINDS, targetState, targetWhy } from '../lib/serving';
import { slide } from '../lib/stream';
import type { List, Stats, Status, Target, Usage, UsageRow } from '../lib/types';
import { Bar } from '../ui/bars';
import {
	Badge,
	Button,
	Card,
	Empty,
	type FigureProps,
	Figures,
	Note,
	Page,
	WhenLoaded,
} from '../ui/basics';
import { Chart, type Series } from '../ui/chart';
import { Segments } from '../ui/filters';
import css from './overview.module.css';

interface Overview {
	status: Status;
	targets: List<Target>;
	usage: Usage;
	/** Those that cost most; null when there are too many to tell. */
	models: UsageRow[] | null;
	keys: UsageRow[] | null;
}

const RANGES: Record<string, { name: string; ms: number; span: Span }> = {
	live: { name: 'Live', ms: 5 * 60e3, span: 'minute' },
	'1h': { name: '1 h', ms: 3600e3, span: 'minute' },
	'24h': { name: '24 h', ms: 86400e3, span: 'hour' },
	'7d': { name: '7 d', ms: 7 * 86400e3, span: 'hour' },
	'30d': { name: '30 d', ms: 30 * 86400e3, span: 'day' },
};
const LIVE_S = 300;
const MINUTE_MS = 60_000;

const perSecond = (n: number | null | undefined) =>
	n === null || n === undefined ? NONE : `${short(n)}/s`;
const money = (n: number | null | undefined) =>
	n === null || n === undefined ? NONE : usd(n.toFixed(9));

/** The newest seconds, as the stream tells them. */
function useStats(on: boolean): Stats[] {
	const [window, setWindow] = useState<Stats[]>([]);
	useEvents<Stats>('stats', (s) => setWindow((w) => slide(w, s, LIVE_S)), on);
	return window;
}

interface Drawn {
	times: number[];
	requests: Series[];
	latency: Series[];
	tokens: Series[];
	spend: Series[];
}

function drawnOfStats(window: Stats[]): Drawn {
	const of = (f: (s: Stats) => number | null) => window.map(f);
	return {
		times: of((s) => Math.floor(Date.parse(s.time) / 1000)) as number[],
		requests: [
			{ name: 'Requests', values: of((s) => s.requests - errorsOf(s)), color: '--c1' },
			{ name: 'Errors', values: of(errorsOf), color: '--c5' },
		],
		latency: [
			{ name: 'p50', values: of((s) => s.latency_us.p50), color: '--c2' },
			{ name: 'p95', values: of((s) => s.latency_us.p95), color: '--c3' },
			{ name: 'p99', values: of((s) => s.latency_us.p99), color: '--c5' },
		],
		tokens: [
			{ name: 'Input', values: of((s) => s.input_tokens), color: '--c7' },
			{ name: 'Output', values: of((s) => s.output_tokens), color: '--c4' },
		],
		spend: [{ name: 'Cost', values: of((s) => usdNumber(s.cost_usd)), color: '--c2' }],
	};
}

function drawnOfUsage(usage: Usage, step: Span): Drawn {
	const at = buckets(Date.parse(usage.from), Math.min(Date.parse(usage.to), Date.now()), step);
	const of = (f: (r: UsageRow) => number) =>
		fill<number | null, UsageRow>(at, usage.data, f, 0);
	const mean = (f: (r: UsageRow) => number | null) => fill(at, usage.data, f, null);
	return {
		times: at.map((t) => t / 1000),
		requests: [
			{ name: 'Requests', values: of((r) => r.requests - r.errors), color: '--c1' },
			{ name: 'Errors', values: of((r) => r.errors), color: '--c5' },
		],
		latency: [
			{ name: 'Mean', values: mean((r) => r.mean_total_us), color: '--c2' },
			{ name: 'To the first token', values: mean((r) => r.mean_first_us), color: '--c3' },
		],
		tokens: [
			{ name: 'Input', values: of((r) => r.input_tokens), color: '--c7' },
			{ name: 'Output', values: of((r) => r.output_tokens), color: '--c4' },
		],
		spend: [{ name: 'Cost', values: of((r) => usdNumber(r.cost_usd)), color: '--c2' }],
	};
}

function liveFigures(window: Stats[], status: Status): FigureProps[] {
	const r = ratesOf(window);
	const now = r.newest;
	return [
		{
			label: 'Requests',
			value: perSecond(r.requests),
			sub: `${count(status.active_requests)} under way`,
		},
		{ label: 'Errors', value: percent(r.errors), sub: 'of the last minute' },
		{
			label: 'Latency p50',
			value: span(r.latency.p50),
			sub: `p99 ${span(r.latency.p99)}`,
		},
		{
			label: 'First token p50',
			value: span(r.first.p50),
			sub: `p99 ${span(r.first.p99)}`,
		},
		{
			label: 'Tokens',
			value: perSecond(r.tokens),
			sub: `${count(now?.streams ?? 0)} streams open`,
		},
		{
			label: 'Spend',
			value: `${money(r.usdPerHour)}/h`,
			sub: `${percent(r.hits)} cache hits`,
		},
		{
			label: 'Overhead p99',
			value: span(r.overheadP99),
			sub: 'of the gateway',
			title: 'What it took itself: neither calls upstream nor waiting are in it',
		},
	];
}

function pastFigures(usage: Usage): FigureProps[] {
	const t = usage.total;
	const shareOfHits = t.requests ? t.hits / t.requests : null;
	return [
		{
			label: 'Requests',
			value: short(t.requests),
			sub: `${short(t.total_count)} asked upstream`,
			title: count(t.requests),
		},
		{ label: 'Errors', value: percent(t.errors, t.requests), sub: count(t.errors) },
		{
			label: 'Mean latency',
			value: span(t.mean_total_us),
			sub: `first token ${span(t.mean_first_us)}`,
		},
		{
			label: 'Input tokens',
			value: short(t.input_tokens),
			sub: `${percent(t.cached_tokens, t.input_tokens)} cached upstream`,
		},
		{
			label: 'Output tokens',
			value: short(t.output_tokens),
			sub: `${short(t.reasoning_tokens)} reasoning`,
		},
		{ label: 'Spend', value: usd(t.cost_usd), sub: `${usd(t.saved_usd)} saved` },
		{ label: 'Cache hits', value: percent(shareOfHits), sub: count(t.hits) },
	];
}

// --- providers ---

function healthWords(t: Target): string {
	if (targetState(t) === 'unavailable') return 'can not be asked';
	const words = [
		t.inflight > 0 && `${t.inflight} under way`,
		t.ttft_ms !== null
			? `first token ${span(t.ttft_ms * 1000)}`
			: t.total_ms !== null && `answers in ${span(t.total_ms * 1000)}`,
		!!t.error_rate && `${percent(t.error_rate)} errors`,
	].filter(Boolean);
	return words.join(' · ') || 'nothing asked yet';
}

function Health({ targets }: { targets: Target[] }) {
	if (!targets.length) {
		return (
			<Empty
				icon="providers"
				title="No targets yet"
				action={<Button href="/start">First steps</Button>}
			>
				Add a provider and a model to the configuration, then reload it.
			</Empty>
		);
	}
	return (
		<ul class={css.health}>
			{targets.map((t) => (
				<li key={t.name}>
					<a href={`/providers/${encodeURIComponent(t.provider)}`} class="cut" title={t.name}>
						{plain(t.name)}
					</a>
					<Badge kind={TARGET_KINDS[targetState(t)]} title={targetWhy(t)}>
						{targetState(t)}
					</Badge>
					<span class="muted small">{healthWords(t)}</span>
				</li>
			))}
		</ul>
	);
}

interface TopProps {
	title: string;
	rows: UsageRow[] | null;
	by: 'model' | 'key';
	nameOf: (id: string | null) => string;
	hrefOf: (id: string) => string;
}

function Top({ title, rows, by, nameOf, hrefOf }: TopProps) {
	const groups = groupRows(rows ?? [], by, 'cost');
	const most = Math.max(...groups.map((g) => Number(g.tally.cost)), 0);
	return (
		<Card title={title} actions={<a href={`/usage?by=${by}`}>All</a>}>
			{groups.length === 0 ? (
				<Empty icon="usage" title={rows ? 'Nothing in this time' : 'Too many to tell'} />
			) : (
				<ol class={css.top}>
					{groups.map((g) => (
						<li key={g.name ?? (g.other ? '*' : '-')}>
							<span class={css.line}>
								{g.other ? (
									'Other'
								) : g.name ? (
									<a class="cut" href={hrefOf(g.name)}>
										{nameOf(g.name)}
									</a>
								) : (
									'None'
								)}
								<span class="muted small">{short(g.tally.requests)} requests</span>
								<b>{usd(g.tally.cost)}</b>
							</span>
							<Bar
								value={Number(g.tally.cost)}
								max={most}
								warn={2}
								bad={2}
								label={`${g.name ? nameOf(g.name) : 'Other'}: part of the biggest`}
							/>
						</li>
					))}
				</ol>
			)}
		</Card>
	);
}

function Warnings({ of }: { of: Overview }) {
	const { status } = of;
	const targets = of.targets.data;
	const away = targets.filter((t) => !isReady(t) && targetState(t) !== 'probing');
	const full = status.store.bytes_used / status.store.bytes_max;
	return (
		<>
			{status.status === 'draining' && (
				<Note kind="warn">
					The gateway is draining: it takes no new requests, and ends when those under way have.
				</Note>
			)}
			{status.last_reload.startsWith('failed') && (
				<Note kind="bad">
					The last reload failed, and the configuration before it is in effect.{' '}
					<a href="/settings">See why</a>
				</Note>
			)}
			{away.length > 0 && (
				<Note kind="warn">
					{away.length === 1
						? `${plain(away[0].name, 80)} is ${targetState(away[0])}`
						: `${away.length} of ${targets.length} targets get no requests`}
					. <a href="/providers">Look at the providers</a>
				</Note>
			)}
			{status.plugins.refused > 0 && (
				<Note kind="warn">
					{status.plugins.refused === 1
						? 'A plugin was'
						: `${status.plugins.refused} plugins were`}{' '}
					refused. <a href="/plugins">See why</a>
				</Note>
			)}
			{full > 0.85 && (
				<Note kind="warn">
					The store is {percent(full)} full: raise storage.map_size, or keep records for less
					long.
				</Note>
			)}
		</>
	);
}

function useOverview(range: string): Loaded<Overview> {
	const r = RANGES[range];
	const [turn, setTurn] = useState(0);
	const from = useMemo(() => {
		const step = SPAN_MS[r.span];
		return new Date(Math.floor((Date.now() - r.ms) / step + 1) * step).toISOString();
	}, [range, turn]);
	const loaded = useLoad<Overview>('/admin/v1/overview', { from, by: r.span }, true);
	// The time goes on: to ask again is to ask for a later time.
	const reload = () => {
		setTurn((n) => n + 1);
		loaded.reload();
	};
	return { ...loaded, reload };
}

function Charts({ drawn, live, step }: { drawn: Drawn; live: boolean; step: Span }) {
	const unit = live ? 'a second' : `by ${step}`;
	const common = { times: drawn.times, step: live ? undefined : step, height: 170 };
	return (
		<div class="grid" style={{ '--min': '420px' }}>
			<Card title={`Requests, ${unit}`}>
				<Chart
					{...common}
					title="Requests"
					series={drawn.requests}
					format={short}
					stacked
					bars={!live}
				/>
			</Card>
			<Card title="Latency">
				<Chart {...common} title="Latency" series={drawn.latency} format={span} />
			</Card>
			<Card title={`Tokens, ${unit}`}>
				<Chart
					{...common}
					title="Tokens"
					series={drawn.tokens}
					format={short}
					stacked
					bars={!live}
				/>
			</Card>
			<Card title={`Spend, ${unit}`}>
				<Chart {...common} title="Spend" series={drawn.spend} format={money} bars={!live} />
			</Card>
		</div>
	);
}

function View({ of, range, window }: { of: Overview; range: string; window: Stats[] }) {
	const live = range === 'live' && window.length > 1;
	const step = RANGES[range].span;
	const drawn = useMemo(
		() => (live ? drawnOfStats(window) : drawnOfUsage(of.usage, step)),
		[live, window, of, step],
	);
	const back = `range=${range === 'live' ? '1h' : range}`;
	return (
		<>
			<Warnings of={of} />
			<Figures of={live ? liveFigures(window, of.status) : pastFigures(of.usage)} />
			<Charts drawn={drawn} live={live} step={step} />
			<div class="grid" style={{ '--min': '300px' }}>
				<Card title="Targets" actions={<a href="/providers">All</a>}>
					<Health targets={of.targets.data} />
				</Card>
				<Top
					title="Models by cost"
					rows={of.models}
					by="model"
					nameOf={(m) => plain(m ?? '')}
					hrefOf={(m) => `/requests?${back}&model=${encodeURIComponent(m)}`}
				/>
				<Top
					title="Keys by cost"
					rows={of.keys}
					by="key"
					nameOf={keyName}
					hrefOf={(k) => `/requests?${back}&key=${encodeURIComponent(k)}`}
				/>
			</div>
		</>
	);
}

export default function OverviewPage() {
	const state = useQuery();
	const range = Object.hasOwn(RANGES, state.query.range ?? '') ? state.query.range : 'live';
	const loaded = useOverview(range);
	const [held, setHeld] = useState<Stats[] | null>(null);
	const window = useStats(range === 'live');
	usePolling(loaded.reload, 10_000);
	useEvents('health', loaded.reload);
	useEvents('changes', loaded.reload);
	useEffect(() => setHeld(null), [range]);
	// Who spends most is in no event.
	useEffect(() => {
		const each = setInterval(() => document.hidden || loaded.reload(), MINUTE_MS);
		return () => clearInterval(each);
	}, [range]);
	const isLive = range === 'live' && stream.value.state === 'open';
	return (
		<Page
			title="Overview"
			sub={
				loaded.data && (
					<>
						Version {loaded.data.status.version}, up for {length(loaded.data.status.uptime_s)},
						configuration {loaded.data.status.generation}
						{loaded.data.status.last_reload === 'ok' && ', reloaded'}
					</>
				)
			}
			actions={
				<>
					{isLive && (
						<Button
							small
							icon={held ? 'play' : 'pause'}
							onPress={() => setHeld(held ? null : window)}
						>
							{held ? 'Go on' : 'Pause'}
						</Button>
					)}
					<Segments
						label="Time"
						value={range}
						options={Object.entries(RANGES).map(([id, r]) => [id, r.name])}
						onValue={(v) => state.set({ range: v === 'live' ? null : v })}
					/>
				</>
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(of) =>
					of.status.keys === 0 && of.usage.total.requests === 0 ? (
						<Card>
							<Empty
								icon="start"
								title="No requests yet"
								action={
									<Button kind="primary" href="/start">
										First steps
									</Button>
								}
							>
								Make a key, send the first request, and watch it arrive here.
							</Empty>
						</Card>
					) : (
						<View of={of} range={range} window={held ?? window} />
					)
				}
			</WhenLoaded>
		</Page>
	);
}
