// pages/usage.tsx - what was used: a measure, by whom, over time, beside the period before. One
// call asks for all; what it tells is of one moment, so that chart, table and sums agree.
// SPDX-License-Identifier: MIT
import { useMemo } from 'preact/hooks';
import { fileUrl } from '../lib/api';
import {
	count,
	difference,
	NONE,
	percent,
	plain,
	short,
	span,
	usd,
	usdExact,
	usdText,
} from '../lib/format';
import { useLoad } from '../lib/load';
import { keyName, names } from '../lib/names';
import { type QueryState, useQuery } from '../lib/query';
import {
	buckets,
	byTime,
	forecast,
	type Group,
	groupRows,
	type Metric,
	measure,
	monthOf,
	SPAN_MS,
	type Span,
	type Tally,
	tally,
} from '../lib/series';
import type { Sums, UsageReport, UsageRow } from '../lib/types';
import { Button, Card, Empty, type FigureProps, Figures, Page, WhenLoaded } from '../ui/basics';
import { Chart } from '../ui/chart';
import { Filters, Segments } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import { keyFilter } from './access/key_filter';

type By = 'model' | 'key' | 'group' | 'provider';

const DAY = 86400e3;
const RANGES: Record<string, { name: string; ms: number; span: Span }> = {
	'1h': { name: '1 h', ms: 3600e3, span: 'minute' },
	'24h': { name: '24 h', ms: DAY, span: 'hour' },
	'7d': { name: '7 d', ms: 7 * DAY, span: 'hour' },
	month: { name: 'Month', ms: 31 * DAY, span: 'day' },
	'30d': { name: '30 d', ms: 30 * DAY, span: 'day' },
	'90d': { name: '90 d', ms: 90 * DAY, span: 'day' },
};
const RANGE = '30d';
/** The third: what the gateway calls it. */
const METRICS: [Metric, string, keyof Sums][] = [
	['cost', 'Cost', 'cost_usd'],
	['requests', 'Requests', 'requests'],
	['input', 'Input tokens', 'input_tokens'],
	['output', 'Output tokens', 'output_tokens'],
	['errors', 'Errors', 'errors'],
	['latency', 'Mean latency', 'mean_total_us'],
	['first', 'Mean time to the first token', 'mean_first_us'],
	['saved', 'Saved by the cache', 'saved_usd'],
];
const GROUPS: [By, string][] = [
	['model', 'Model'],
	['key', 'Key'],
	['group', 'Group'],
	['provider', 'Provider'],
];
const SHOWN_MAX = 8;
const FILTERS = ['model', 'key', 'group', 'provider'];

type Format = (n: number | null | undefined) => string;

function formatOf(metric: Metric): Format {
	if (metric === 'cost' || metric === 'saved')
		return (n) => (n == null ? NONE : usd(n.toFixed(9)));
	if (isMean(metric)) return span;
	return short;
}

const timeText = (ms: number) => new Date(ms).toISOString();

interface Asked {
	range: string;
	span: Span;
	metric: Metric;
	by: By;
	/** Where the period before begins, where this one does, and where it ends. */
	times: [number, number, number];
}

function rollups(range: string): [Span, string][] {
	const { ms } = RANGES[range];
	const all: [Span, string, boolean][] = [
		['minute', 'Minute', ms <= DAY],
		['hour', 'Hour', ms > 3600e3 && ms <= 7 * DAY],
		['day', 'Day', ms > DAY],
	];
	return all.filter(([, , fits]) => fits).map(([id, name]) => [id, name]);
}

function askedOf({ query }: QueryState): Asked {
	const range = Object.hasOwn(RANGES, query.range ?? '') ? query.range : RANGE;
	const spans = rollups(range);
	const step = (spans.find(([id]) => id === query.rollup)?.[0] ?? RANGES[range].span) as Span;
	const one = SPAN_MS[step];
	const to = Math.ceil(Date.now() / one) * one;
	const { ms } = RANGES[range];
	const [before, begin] = monthOf(Date.now());
	return {
		range,
		span: step,
		metric: METRICS.find(([id]) => id === query.metric)?.[0] ?? 'cost',
		by: GROUPS.find(([id]) => id === query.by)?.[0] ?? 'model',
		times: range === 'month' ? [before, begin, to] : [to - 2 * ms, to - ms, to],
	};
}

function nameOf(by: By, g: { name: string | null; other?: boolean }): string {
	if (g.other) return 'Other';
	if (!g.name) return by === 'group' ? 'No group' : 'None';
	return by === 'key' ? keyName(g.name) : plain(g.name);
}

const isMean = (metric: Metric) => metric === 'latency' || metric === 'first';
const LOW_IS_GOOD: Metric[] = ['errors', 'latency', 'first'];

function Difference({ now, before, metric }: { now: Tally; before: Tally; metric: Metric }) {
	const [a, b] = [measure(now, metric), measure(before, metric)];
	const text = difference(a, b);
	const up = (a ?? 0) > (b ?? 0);
	const kind =
		text === NONE || text.startsWith('±') || !LOW_IS_GOOD.includes(metric)
			? 'muted'
			: up
				? 'down'
				: 'up';
	return (
		<span
			class={kind}
			title={b === null ? undefined : `${formatOf(metric)(b)} in the period before`}
		>
			{text}
		</span>
	);
}

function figuresOf(now: Tally, before: Tally, range: string): FigureProps[] {
	const whole = range === 'month' ? forecast(now.cost, Date.now()) : undefined;
	const one = (label: string, metric: Metric, value: string, title?: string): FigureProps => ({
		label,
		value,
		title,
		sub: (
			<>
				{before.requests ? (
					<>
						<Difference now={now} before={before} metric={metric} /> on the period before
					</>
				) : (
					'nothing before'
				)}
			</>
		),
	});
	return [
		one('Cost', 'cost', usd(now.cost), usdExact(usdText(now.cost))),
		...(whole === undefined
			? []
			: [{ label: 'Forecast', value: usd(whole), sub: 'the whole month, if it goes on so' }]),
		one('Requests', 'requests', short(now.requests), count(now.requests)),
		one('Input tokens', 'input', short(now.input), count(now.input)),
		one('Output tokens', 'output', short(now.output), count(now.output)),
		one('Errors', 'errors', percent(now.errors, now.requests), count(now.errors)),
		one('Mean latency', 'latency', span(measure(now, 'latency'))),
	];
}

interface Row extends Group {
	before: Tally;
	/** null: parts of a mean are none. */
	share: number | null;
}

function columnsOf(by: By, metric: Metric): Column<Row>[] {
	const of = (
		id: Metric,
		head: string,
		text: (t: Tally) => string,
		from?: 'mid' | 'wide',
		title?: (t: Tally) => string,
		width = id === 'cost' || id === 'saved' ? '108px' : '84px',
	): Column<Row> => ({
		id,
		head,
		end: true,
		from: id === metric ? undefined : from, // what was chosen is always there
		width,
		cell: (r) => text(r.tally),
		title: title && ((r) => title(r.tally)),
		order: (a, b) => (measure(a.tally, id) ?? 0) - (measure(b.tally, id) ?? 0),
	});
	return [
		{
			id: 'name',
			head: GROUPS.find(([id]) => id === by)?.[1] ?? '',
			cell: (r) => nameOf(by, r),
			title: (r) => r.name ?? undefined,
		},
		of(
			'cost',
			'Cost',
			(t) => usd(t.cost),
			'mid',
			(t) => usdExact(usdText(t.cost)),
		),
		{
			id: 'share',
			head: 'Share',
			end: true,
			width: '78px',
			from: 'mid',
			cell: (r) => percent(r.share),
		},
		{
			id: 'difference',
			head: 'Change',
			end: true,
			width: '88px',
			cell: (r) => <Difference now={r.tally} before={r.before} metric={metric} />,
		},
		of('requests', 'Requests', (t) => count(t.requests), 'mid'),
		of('errors', 'Errors', (t) => count(t.errors), 'wide'),
		of(
			'input',
			'Input',
			(t) => short(t.input),
			'wide',
			(t) => count(t.input),
		),
		of(
			'output',
			'Output',
			(t) => short(t.output),
			'wide',
			(t) => count(t.output),
		),
		of('latency', 'Latency', (t) => span(measure(t, 'latency')), 'mid'),
		...(metric === 'first'
			? [of('first', 'First token', (t) => span(measure(t, 'first')))]
			: []),
		of('saved', 'Saved', (t) => usd(t.saved), 'wide'),
	];
}

function rowsOf({ names: now, before }: UsageReport, a: Asked): Row[] {
	const whole = isMean(a.metric) ? null : (measure(tally([now.total]), a.metric) ?? 0);
	const was = new Map(before.data.map((r) => [r[a.by] ?? null, r]));
	return groupRows(now.data, a.by, a.metric).map((g) => {
		const then = was.get(g.name);
		return {
			...g,
			before: tally(then ? [then] : []),
			share: whole === null ? null : whole && (measure(g.tally, a.metric) ?? 0) / whole,
		};
	});
}

function UsageChart({ rows, a }: { rows: UsageRow[]; a: Asked }) {
	const drawn = useMemo(() => {
		const at = buckets(a.times[1], Math.min(a.times[2], Date.now()), a.span);
		const mean = isMean(a.metric);
		const series = groupRows(rows, a.by, a.metric).map((g, i) => {
			const own = byTime(g.rows);
			return {
				name: nameOf(a.by, g),
				values: at.map((t) => {
					const there = own.get(t);
					return there ? measure(tally(there), a.metric) : mean ? null : 0;
				}),
				color: g.other ? '--c8' : `--c${(i % 7) + 1}`,
			};
		});
		return { times: at.map((t) => t / 1000), series, mean };
	}, [rows, a.by, a.metric, a.span, names.value]);
	const title = `${METRICS.find(([id]) => id === a.metric)?.[1]} by ${a.by} and ${a.span}`;
	return (
		<Card title={title}>
			<Chart
				title={title}
				times={drawn.times}
				series={drawn.series}
				step={a.span}
				format={formatOf(a.metric)}
				height={260}
				stacked={!drawn.mean}
				bars={!drawn.mean}
			/>
		</Card>
	);
}

function View({ of, a, state }: { of: UsageReport; a: Asked; state: QueryState }) {
	const rows = useMemo(() => rowsOf(of, a), [of, a.by, a.metric]);
	const all = tally([of.names.total]);
	const before = tally([of.before.total]);
	if (!rows.length) {
		return (
			<Card>
				<Empty
					icon="usage"
					title="Nothing was used in this time"
					action={<Button href="/start">First steps</Button>}
				>
					Choose a longer time, or clear the filter. Requests are summed in the moment in which
					they end.
				</Empty>
			</Card>
		);
	}
	// Requests knows ranges up to 30 days; others go along as times.
	const time =
		a.range === '90d' || a.range === 'month'
			? { from: timeText(a.times[1]), to: timeText(a.times[2]) }
			: { range: a.range };
	const only = FILTERS.flatMap((n) => (state.query[n] ? [[n, state.query[n]]] : []));
	// No filter means those without a name, or all others: their rows lead nowhere.
	const to = (r: Row) =>
		r.name && !r.other
			? `/requests?${new URLSearchParams({ ...time, ...Object.fromEntries(only), [a.by]: r.name })}`
			: undefined;
	return (
		<>
			<Figures of={figuresOf(all, before, a.range)} />
			<UsageChart rows={of.series.data} a={a} />
			<Table
				key={a.by}
				caption={`Usage by ${a.by}`}
				columns={columnsOf(a.by, a.metric)}
				rows={rows}
				rowKey={(r) => r.name ?? ''}
				href={to}
				empty={null}
				foot={{
					name: 'Total',
					cost: usd(all.cost),
					share: isMean(a.metric) ? NONE : '100 %',
					difference: <Difference now={all} before={before} metric={a.metric} />,
					requests: count(all.requests),
					errors: count(all.errors),
					input: short(all.input),
					output: short(all.output),
					latency: span(measure(all, 'latency')),
					first: span(measure(all, 'first')),
					saved: usd(all.saved),
				}}
			/>
			{FILTERS.some((n) => state.query[n]) ? null : (
				<p class="muted small">
					All sums are those of the ledger's records; times of{' '}
					{Intl.DateTimeFormat().resolvedOptions().timeZone}, days begin at midnight UTC.
				</p>
			)}
		</>
	);
}

export default function UsagePage() {
	const state = useQuery();
	const a = askedOf(state);
	const only = Object.fromEntries(FILTERS.map((n) => [n, state.query[n]]));
	const [before, from, to] = a.times.map(timeText);
	const query = { by: `${a.by},${a.span}`, from, to, ...only };
	const top_by = METRICS.find(([id]) => id === a.metric)?.[2];
	const loaded = useLoad<UsageReport>(
		'/admin/v1/usage/report',
		{ ...query, before, top: SHOWN_MAX, top_by },
		true,
	);
	const file = fileUrl('/admin/v1/usage', { ...query, format: 'csv' });
	return (
		<Page
			title="Usage"
			sub="What was used, by whom, and what it cost."
			actions={
				<>
					<Button small icon="refresh" onPress={loaded.reload}>
						Refresh
					</Button>
					<Button small icon="download" href={file} download="usage.csv">
						CSV
					</Button>
				</>
			}
		>
			<Filters
				state={state}
				filters={[
					{
						name: 'metric',
						label: 'Measure',
						type: 'select',
						usual: 'cost',
						options: METRICS.map(([id, name]) => [id === 'cost' ? '' : id, name]),
					},
					{
						name: 'by',
						label: 'By',
						type: 'select',
						usual: 'model',
						options: GROUPS.map(([id, name]) => [
							id === 'model' ? '' : id,
							`By ${name.toLowerCase()}`,
						]),
					},
					{ name: 'model', label: 'Only model', type: 'text' },
					keyFilter('Only key'),
					{ name: 'group', label: 'Only group', type: 'text' },
					{ name: 'provider', label: 'Only provider', type: 'text' },
				]}
			>
				<Segments
					label="Time"
					value={a.range}
					options={Object.entries(RANGES).map(([id, r]) => [id, r.name])}
					onValue={(v) => state.set({ range: v === RANGE ? null : v, rollup: null })}
				/>
				{rollups(a.range).length > 1 && (
					<Segments
						label="Span of a bar"
						value={a.span}
						options={rollups(a.range)}
						onValue={(v) => state.set({ rollup: v === RANGES[a.range].span ? null : v })}
					/>
				)}
			</Filters>
			<WhenLoaded of={loaded} height={420}>
				{(of) => <View of={of} a={a} state={state} />}
			</WhenLoaded>
		</Page>
	);
}
