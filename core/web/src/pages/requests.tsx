// pages/requests.tsx - each request: a list with filters and a live tail, and the story of one.
// SPDX-License-Identifier: MIT

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { again } from '../lib/again';
import { ask } from '../lib/api';
import { useEvents, useGaps, usePolling } from '../lib/events';
import { clock, count, NONE, percent, plain, short, span, usd, usdNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { keyName, learnNames, wantNames } from '../lib/names';
import { type Query, rangeMs, useQuery } from '../lib/query';
import { answeredAt, matches, outcomeOf, outcomeWords, statusKind } from '../lib/records';
import { buckets, fill, type Span, spanFor } from '../lib/series';
import { prepend, since } from '../lib/stream';
import type { List, RequestRecord, Usage } from '../lib/types';
import {
	Badge,
	Button,
	Card,
	Empty,
	type FigureProps,
	Figures,
	Page,
	WhenLoaded,
} from '../ui/basics';
import { Chart } from '../ui/chart';
import { CSV_MAX, CsvButton } from '../ui/csv';
import { type Filter, Filters, Segments } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import { keyFilter } from './access/key_filter';
import type { PageProps } from './index';
import { RequestDetail } from './requests/detail';

interface Counts {
	from: string;
	to: string;
	total: number;
	data: { time: string; requests: number }[];
}

interface Totals {
	/** null: the filter asks for what sums do not know, and counts say how many there are; null,
	 * too, if nobody can tell. */
	sums: Usage | null;
	counts?: Counts | null;
}

type Records = List<RequestRecord> & Totals;

const PATH = '/admin/v1/requests';
const RANGE = '1h';
const KEPT_MAX = 5000;
/** At most so often is asked again for totals, and for rows after a gap. */
const TOTALS_MS = 3000;
const GAP_MS = 2000;
/** How often the beginning of a span that ends now moves on. */
const MOVE_MS = 60_000;
const FILTERS = ['key', 'group', 'model', 'provider', 'status', 'outcome', 'cache'];
const RANGES: [string, string][] = [
	['15m', '15 min'],
	['1h', '1 h'],
	['24h', '24 h'],
	['7d', '7 d'],
	['30d', '30 d'],
];

const STATUS: Filter = {
	name: 'status',
	label: 'Status',
	type: 'select',
	options: [
		['', 'Any status'],
		['2xx', '2xx: answered, or begun'],
		['4xx', '4xx: refused, or left'],
		['429', '429: limited'],
		['5xx', '5xx: failed'],
	],
};
const OUTCOME: Filter = {
	name: 'outcome',
	label: 'Outcome',
	type: 'text',
	toAddress: outcomeOf,
	fromAddress: outcomeWords,
};
const CACHE: Filter = {
	name: 'cache',
	label: 'Cache',
	type: 'select',
	options: [
		['', 'Any cache'],
		...['HIT', 'MISS', 'BYPASS', 'STALE', 'COALESCED', 'REPLAYED'].map(
			(w): [string, string] => [w, w.toLowerCase()],
		),
	],
};

const total = (r: RequestRecord) => (r.input_tokens ?? 0) + (r.output_tokens ?? 0);

const isCounted = (r: RequestRecord) => r.input_tokens !== null || r.output_tokens !== null;

/** Of another day it has the date, too, and where there is little room no seconds then. */
function When({ at }: { at: string }) {
	const text = clock(at);
	const minutes = isLong(at) ? text.lastIndexOf(':') : text.length;
	return (
		<time dateTime={at}>
			{text.slice(0, minutes)}
			{minutes < text.length && <span class="full">{text.slice(minutes)}</span>}
		</time>
	);
}

const isLong = (at: string) => clock(at).length > '00:00:00'.length;

const columnsOf = (long: boolean): Column<RequestRecord>[] => [
	{
		id: 'time',
		head: 'Time',
		width: long ? '138px' : '94px',
		narrow: long ? '116px' : '94px',
		cell: (r) => <When at={r.time} />,
		title: (r) => `${r.time} (UTC) · ${r.id}`,
	},
	{
		id: 'status',
		head: 'Status',
		width: '150px',
		narrow: '76px',
		cell: (r) => (
			<Badge kind={statusKind(r)}>
				{r.status}
				{r.outcome !== 'OK' && <span class="full">{outcomeWords(r.outcome)}</span>}
			</Badge>
		),
		title: (r) => outcomeWords(r.outcome),
	},
	{
		id: 'model',
		head: 'Model',
		cell: (r) => plain(r.model),
		title: (r) => r.model ?? undefined,
	},
	{
		id: 'provider',
		head: 'Target',
		from: 'wide',
		cell: (r) => <TargetOf r={r} />,
		title: (r) => targetOf(r).join(''),
	},
	{
		id: 'key',
		head: 'Key',
		from: 'mid',
		cell: (r) => keyName(r.key),
		title: (r) => r.key ?? undefined,
	},
	{
		id: 'cache',
		head: 'Cache',
		from: 'wide',
		width: '78px',
		cell: (r) => <span class="muted">{r.cache?.toLowerCase() ?? NONE}</span>,
	},
	{
		id: 'tokens',
		head: 'Tokens',
		from: 'mid',
		width: '84px',
		end: true,
		cell: (r) => short(isCounted(r) ? total(r) : null),
		title: (r) => `${count(r.input_tokens)} in, ${count(r.output_tokens)} out`,
		order: (a, b) => (isCounted(a) ? total(a) : -1) - (isCounted(b) ? total(b) : -1),
	},
	{
		id: 'first',
		head: 'First token',
		from: 'wide',
		width: '92px',
		end: true,
		cell: (r) => span(r.first_us),
		order: (a, b) => (a.first_us ?? 0) - (b.first_us ?? 0),
	},
	{
		id: 'total',
		head: 'Took',
		from: 'mid',
		width: '84px',
		end: true,
		cell: (r) => span(r.total_us),
		order: (a, b) => (a.total_us ?? -1) - (b.total_us ?? -1),
	},
	{
		id: 'cost',
		head: 'Cost',
		width: '120px',
		narrow: '112px',
		end: true,
		cell: (r) => usd(r.cost_usd),
		order: (a, b) => usdNumber(a.cost_usd) - usdNumber(b.cost_usd),
	},
];

/** Who answered, or else was asked last; and how that went. */
function targetOf(r: RequestRecord): [name: string, note: string] {
	if (r.answered_by) return [plain(r.answered_by.target), ' (had answered it before)'];
	const at = answeredAt(r);
	const last = r.attempts.at(-1)?.target;
	if (!at) return [plain(last), last ? ' (asked last)' : ''];
	return [plain(r.attempts[at - 1].target), r.attempts.length > 1 ? ` (attempt ${at})` : ''];
}

function TargetOf({ r }: { r: RequestRecord }) {
	const [name, note] = targetOf(r);
	return (
		<>
			{name}
			<span class="muted">{note}</span>
		</>
	);
}

function figuresOf(sums: Usage): FigureProps[] {
	const t = sums.total;
	return [
		{
			label: 'Requests',
			value: short(t.requests),
			title: count(t.requests),
			sub: `${short(t.hits)} from the cache`,
		},
		{ label: 'Errors', value: percent(t.errors, t.requests), sub: count(t.errors) },
		{
			label: 'Tokens',
			value: short(t.input_tokens + t.output_tokens),
			sub: `${short(t.input_tokens)} in, ${short(t.output_tokens)} out`,
		},
		{ label: 'Cost', value: usd(t.cost_usd), sub: `${usd(t.saved_usd)} saved` },
		{
			label: 'Mean time',
			value: span(t.mean_total_us),
			sub: `first token ${span(t.mean_first_us)}`,
		},
	];
}

/** A filter that sums do not know: how many there are is counted, and of what is loaded the rest is
 * summed, and said to be only that. */
function figuresOfRows(
	rows: RequestRecord[],
	more: boolean,
	all: number | undefined,
): FigureProps[] {
	const cost = rows.reduce((n, r) => n + usdNumber(r.cost_usd), 0);
	const sub = more ? 'of those loaded' : 'in this time';
	const requests: FigureProps =
		all === undefined
			? { label: 'Requests', value: `${short(rows.length)}${more ? '+' : ''}`, sub }
			: { label: 'Requests', value: short(all), title: count(all), sub: 'in this time' };
	return [
		requests,
		{ label: 'Tokens', value: short(rows.reduce((n, r) => n + total(r), 0)), sub },
		{ label: 'Cost', value: usd(cost.toFixed(9)), sub },
	];
}

interface HistogramProps {
	of: Usage | Counts;
	step: Span;
	onSpan: (from: number, to: number) => void;
}

function Histogram({ of, step, onSpan }: HistogramProps) {
	const drawn = useMemo(() => {
		const at = buckets(Date.parse(of.from), Date.parse(of.to), step);
		const times = at.map((t) => t / 1000);
		if (!('next' in of)) {
			const values = fill(at, of.data, (r) => r.requests, 0);
			return { times, series: [{ name: 'Requests', values, color: '--c1' }] };
		}
		return {
			times,
			series: [
				{
					name: 'Fine',
					values: fill(at, of.data, (r) => r.requests - r.errors, 0),
					color: '--c1',
				},
				{ name: 'Errors', values: fill(at, of.data, (r) => r.errors, 0), color: '--c5' },
			],
		};
	}, [of, step]);
	return (
		<Card>
			<Chart
				title={`Requests by ${step}; drag to look closer`}
				{...drawn}
				step={step}
				format={short}
				stacked
				bars
				height={110}
				onSpan={onSpan}
			/>
		</Card>
	);
}

/** What is asked of the API now. */
function askedOf(query: Query): Record<string, string> {
	const [from, to] = rangeMs(query, RANGE);
	const asked: Record<string, string> = { limit: '100', sums: spanFor(to - from) };
	if (from > Date.now() - 3600e3 * 48 || asked.sums !== 'minute')
		asked.from = new Date(from).toISOString();
	else Object.assign(asked, { from: new Date(from).toISOString(), sums: 'hour' });
	if (query.to) asked.to = new Date(to).toISOString();
	for (const name of FILTERS) if (query[name]) asked[name] = query[name];
	return asked;
}

function NoRows({ query, clear }: { query: Query; clear: () => void }) {
	const filtered = Object.keys(query).length > 0;
	if (!filtered) {
		return (
			<Empty
				icon="requests"
				title="No requests in the last hour"
				action={<Button href="/start">First steps</Button>}
			>
				They appear here in the moment in which they end. Choose a longer time, or send one.
			</Empty>
		);
	}
	return (
		<Empty
			icon="search"
			title="No request fits"
			action={<Button onPress={clear}>Clear the filter</Button>}
		>
			{query.status?.startsWith('4') &&
				'Requests that were refused here, for their key, a limit or a budget, leave no record: Overview counts them and the access log has each. '}
			Choose a longer time, or fewer conditions.
		</Empty>
	);
}

const idOf = (r: RequestRecord) => r.id + r.time;

/** What came live, without what the page that was loaded after it has, or has left to older ones. */
function notIn(page: Records, live: RequestRecord[]): RequestRecord[] {
	const there = new Set(page.data.map(idOf));
	const last = page.next === null ? '' : (page.data[page.data.length - 1]?.time ?? '');
	return live.filter((r) => !there.has(idOf(r)) && r.time >= last);
}

/** Asks again for the totals, and after a gap for the rows, while what is asked stays the same. */
function useRenewal(asked: Record<string, string>, put: (page: Records) => void) {
	const [totals, setTotals] = useState<Totals>();
	const newest = useRef(put);
	newest.current = put;
	const on = useRef({ totals: () => {}, page: () => {} });
	useEffect(() => {
		const end = new AbortController();
		const call = async (limit: string) => {
			const query = { ...asked, limit };
			const { data } = await ask<Records>(PATH, { query, signal: end.signal, quiet: true });
			learnNames(data);
			return data;
		};
		const sums = again(async () => setTotals(await call('1')), TOTALS_MS);
		// Who is told of a gap each second has no better page than a new one.
		const rows = again(async () => newest.current(await call(asked.limit)), GAP_MS, 1);
		on.current = { totals: sums.want, page: rows.want };
		return () => {
			end.abort();
			sums.stop();
			rows.stop();
		};
	}, [asked]);
	return { totals, setTotals, renew: on };
}

/** What would be asked for now, a while after asked was. */
function useMoved(query: Query, asked: Record<string, string>, mayMove: () => boolean) {
	const [moved, setMoved] = useState({ of: asked, to: asked });
	const may = useRef(mayMove);
	may.current = mayMove;
	useEffect(() => {
		const each = setInterval(() => {
			if (!document.hidden && may.current()) setMoved({ of: asked, to: askedOf(query) });
		}, MOVE_MS);
		return () => clearInterval(each);
	}, [asked]);
	return moved.of === asked ? moved.to : asked;
}

/** moves: time goes on for who looks at it. */
function useRecords(query: Query, moves: boolean) {
	const [turn, setTurn] = useState(0);
	const asked = useMemo(() => askedOf(query), [JSON.stringify(query), turn]);
	const loaded = useLoad<Records>(PATH, asked, true);
	const [older, setOlder] = useState<List<RequestRecord>>();
	const [live, setLive] = useState<RequestRecord[]>([]);
	// Older ones go on where the first page ends: from then on that one stays as it is.
	const back = useRef(false);
	// Rows come live and stay where they are: of a span that moves on only the totals are new, and
	// those leave that are too old for it.
	const now = useMoved(query, asked, () => moves && !back.current);
	const { totals, setTotals, renew } = useRenewal(now, (page) =>
		back.current ? setTotals(page) : loaded.put(page),
	);
	useEffect(() => {
		if (now !== asked) renew.current.totals();
	}, [now]);
	useEffect(() => {
		back.current = false;
		setOlder(undefined);
		setLive([]);
	}, [asked]);
	useEffect(() => {
		const page = loaded.data;
		setTotals(page);
		if (page) setLive((l) => notIn(page, l));
	}, [loaded.data]);
	const next = older ? older.next : (loaded.data?.next ?? null);
	const rows = useMemo(() => {
		const all = prepend(loaded.data?.data ?? [], live, idOf, KEPT_MAX);
		return since(all.concat(older?.data ?? []), now === asked ? undefined : now.from);
	}, [loaded.data, live, older, now]);
	const loadOlder = async () => {
		back.current = true;
		const page = await ask<List<RequestRecord>>(PATH, {
			query: { ...now, sums: null, cursor: next },
		});
		learnNames(page.data);
		setOlder({ data: [...(older?.data ?? []), ...page.data.data], next: page.data.next });
	};
	return {
		loaded,
		asked: now,
		rows,
		totals: totals ?? loaded.data,
		live,
		next,
		loadOlder,
		/** Some came live, the newest first. */
		add: (some: RequestRecord[]) => {
			setLive((l) => prepend(l, some, idOf, 1000));
			renew.current.totals();
		},
		/** Some were missed. */
		onGap: () => (back.current ? renew.current.totals() : renew.current.page()),
		reload: () => setTurn((n) => n + 1),
	};
}

function RequestList() {
	const state = useQuery();
	const { route } = useLocation();
	const { query } = state;
	const [paused, setPaused] = useState(false);
	const tail = !query.to && !paused;
	const r = useRecords(query, tail && !query.from);
	useEvents<RequestRecord | RequestRecord[]>(
		'requests',
		(e) => {
			const fit = (Array.isArray(e) ? e : [e]).filter((one) => matches(one, query));
			// Newest first, whatever order they came in.
			wantNames(fit.map((one) => one.key));
			if (fit.length) r.add(fit.reverse());
		},
		tail,
	);
	useGaps('requests', () => tail && r.onGap());
	usePolling(() => tail && r.reload(), 3000);
	const fresh = useMemo(() => new Set(r.live.map((one) => one.id)), [r.live]);
	const range = query.from || query.to ? '' : (query.range ?? RANGE);
	const { sums, counts } = r.totals ?? {};
	const counted = counts?.total;
	const known = sums?.total.requests ?? counted;
	const cut = known === undefined ? r.next !== null : known > CSV_MAX;
	const drawn = (sums ? sums.total.requests : counts?.total) ? (sums ?? counts) : null;
	return (
		<Page
			title="Requests"
			actions={
				<>
					{!query.to && (
						<Button small icon={paused ? 'play' : 'pause'} onPress={() => setPaused(!paused)}>
							{paused ? 'Follow' : 'Pause'}
						</Button>
					)}
					<CsvButton path={PATH} query={{ ...r.asked, sums: null }} name="requests" cut={cut} />
				</>
			}
		>
			<Filters
				state={state}
				search={{
					name: 'id',
					placeholder: 'Go to a request id',
					onEnter: (id) => id && route(`/requests/${encodeURIComponent(id)}`),
				}}
				filters={[
					STATUS,
					OUTCOME,
					{ name: 'model', label: 'Model', type: 'text' },
					keyFilter('Key'),
					{ name: 'group', label: 'Group', type: 'text' },
					{ name: 'provider', label: 'Provider', type: 'text' },
					CACHE,
				]}
			>
				<Segments
					label="Time"
					value={range}
					options={RANGES}
					onValue={(v) => state.set({ range: v === RANGE ? null : v, from: null, to: null })}
				/>
			</Filters>
			<WhenLoaded of={r.loaded} height={420}>
				{() => (
					<>
						{r.rows.length > 0 && (
							<Figures
								of={sums ? figuresOf(sums) : figuresOfRows(r.rows, r.next !== null, counted)}
							/>
						)}
						{drawn && (
							<Histogram
								of={drawn}
								step={r.asked.sums as Span}
								onSpan={(a, b) =>
									state.set({
										from: new Date(a * 1000).toISOString(),
										to: new Date(b * 1000).toISOString(),
										range: null,
									})
								}
							/>
						)}
						<Table
							caption="Requests, the newest first"
							columns={columnsOf(r.rows.some((one) => isLong(one.time)))}
							rows={r.rows}
							rowKey={idOf}
							href={(one) => `/requests/${encodeURIComponent(one.id)}`}
							fresh={(one) => fresh.has(one.id)}
							empty={<NoRows query={query} clear={() => state.clear()} />}
							more={
								r.next && (
									<>
										{count(r.rows.length)} loaded
										<Button small onPress={r.loadOlder}>
											Load older ones
										</Button>
									</>
								)
							}
						/>
						{r.rows.length === 0 && r.next && (
							<div class="row">
								<Button onPress={r.loadOlder}>Look further back</Button>
							</div>
						)}
					</>
				)}
			</WhenLoaded>
		</Page>
	);
}

export default function Requests({ params }: PageProps) {
	return params.id ? <RequestDetail id={params.id} /> : <RequestList />;
}
