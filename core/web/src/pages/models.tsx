// pages/models.tsx - what may be asked for: abilities, windows and prices, and where each is from.
// SPDX-License-Identifier: MIT
import { useMemo, useState } from 'preact/hooks';
import { piece } from '../lib/api';
import { useEvents, usePolling } from '../lib/events';
import { count, NONE, plain, short, usd, usdExact, usdNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { costOf, isFeesOnly, type Price, type Rate, rates } from '../lib/prices';
import { type Query, useQuery } from '../lib/query';
import type { List, Model } from '../lib/types';
import {
	Badge,
	Button,
	Card,
	Empty,
	Figures,
	type Kind,
	Page,
	Pairs,
	WhenLoaded,
} from '../ui/basics';
import { TextField } from '../ui/fields';
import { Filters } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import type { PageProps } from './index';
import css from './models.module.css';

interface WayOf {
	target: string;
	provider: string;
	model: string;
	status: string;
	ends: string | null;
	context_window: number | null;
	context_window_from: string | null;
	max_output: number | null;
	max_output_from: string | null;
	price: Price | null;
	price_row: string | null;
}

interface ModelOf extends Model {
	capabilities_from: string | null;
	ways: WayOf[];
}

const PATH = '/admin/v1/models';
const kindOf = (status: string): Kind =>
	status === 'available' ? 'good' : status === 'unavailable' ? 'bad' : 'warn';
const providerOf = (target: string) => target.split('/')[0];

function rateOf(price: Price | null, name: string): string | null {
	const value = price && !isFeesOnly(price) ? price[name] : null;
	return typeof value === 'string' ? value : null;
}

/** What stands below a price of tokens. */
const perOf = (price: Price | null) =>
	price && isFeesOnly(price) ? 'fees only' : 'a million tokens';

const rateColumn = (
	id: string,
	head: string,
	name: string,
	from?: 'mid' | 'wide',
): Column<Model> => ({
	id,
	head,
	from,
	width: '96px',
	narrow: '74px',
	end: true,
	cell: (m) => usd(rateOf(m.price, name)),
	title: (m) => `${usdExact(rateOf(m.price, name))}, ${perOf(m.price)}`,
	order: (a, b) => usdNumber(rateOf(a.price, name)) - usdNumber(rateOf(b.price, name)),
});

const columns: Column<Model>[] = [
	{
		id: 'name',
		head: 'Model',
		cell: (m) => (
			<>
				{plain(m.id)}{' '}
				{m.aliases.length > 0 && (
					<span class="muted small full">{plain(m.aliases.join(', '), 60)}</span>
				)}
			</>
		),
		title: (m) => [m.id, ...m.aliases].join(', '),
		order: (a, b) => b.id.localeCompare(a.id),
	},
	{
		id: 'status',
		head: 'Status',
		width: '118px',
		narrow: '112px',
		cell: (m) => <Badge kind={kindOf(m.status)}>{m.status}</Badge>,
		title: (m) => (m.ends ? `Ends on ${m.ends}` : undefined),
	},
	{
		id: 'capabilities',
		head: 'Can',
		from: 'wide',
		cell: (m) =>
			m.capabilities.length ? (
				<span class={css.tags}>
					{m.capabilities.map((c) => (
						<span class="tag" key={c}>
							{plain(c)}
						</span>
					))}
				</span>
			) : (
				<span class="muted">{NONE}</span>
			),
		title: (m) => m.capabilities.join(', ') || undefined,
	},
	{
		id: 'targets',
		head: 'Targets',
		from: 'mid',
		width: '84px',
		end: true,
		cell: (m) => count(m.targets.length),
		title: (m) => m.targets.join(', '),
	},
	{
		id: 'window',
		head: 'Window',
		from: 'mid',
		width: '88px',
		end: true,
		cell: (m) => short(m.context_window),
		title: (m) => `${count(m.context_window)} tokens`,
		order: (a, b) => (a.context_window ?? 0) - (b.context_window ?? 0),
	},
	rateColumn('cached', 'Cached', 'cached_input', 'wide'),
	rateColumn('input', 'Input', 'input'),
	rateColumn('output', 'Output', 'output'),
];

function fits(m: Model, q: Query): boolean {
	const text = q.q?.toLowerCase();
	if (text && ![m.id, ...m.aliases].some((n) => n.toLowerCase().includes(text))) return false;
	if (q.capability && !m.capabilities.includes(q.capability)) return false;
	if (q.provider && !m.targets.some((t) => providerOf(t) === q.provider)) return false;
	if (q.price === 'none') return m.price === null;
	return q.status ? m.status === q.status : true;
}

const options = (any: string, all: Iterable<string>): [string, string][] => [
	['', any],
	...[...new Set(all)].sort().map((w): [string, string] => [w, plain(w)]),
];

function ModelList() {
	const state = useQuery();
	const loaded = useLoad<List<Model>>(PATH, undefined, true);
	useEvents('changes', loaded.reload);
	useEvents('health', loaded.reload);
	usePolling(loaded.reload, 30_000);
	const all = loaded.data?.data ?? [];
	const rows = useMemo(
		() => all.filter((m) => fits(m, state.query)),
		[all, JSON.stringify(state.query)],
	);
	return (
		<Page title="Models and prices" sub="Prices are in USD for a million tokens.">
			<WhenLoaded of={loaded} height={420}>
				{() =>
					all.length === 0 ? (
						<Empty
							icon="models"
							title="No models yet"
							action={<Button href="/start">First steps</Button>}
						>
							Add one to the configuration, then reload it.
						</Empty>
					) : (
						<>
							<Filters
								state={state}
								search={{ name: 'q', placeholder: 'Model or alias' }}
								filters={[
									{
										name: 'provider',
										label: 'Provider',
										type: 'select',
										options: options(
											'Any provider',
											all.flatMap((m) => m.targets.map(providerOf)),
										),
									},
									{
										name: 'capability',
										label: 'Ability',
										type: 'select',
										options: options(
											'Any ability',
											all.flatMap((m) => m.capabilities),
										),
									},
									{
										name: 'price',
										label: 'Price',
										type: 'select',
										options: [
											['', 'Any price'],
											['none', 'no price known'],
										],
									},
								]}
							>
								<span class="muted small">
									{rows.length === all.length
										? count(all.length)
										: `${count(rows.length)} of ${count(all.length)}`}
								</span>
							</Filters>
							<Table
								caption="Models"
								columns={columns}
								rows={rows}
								rowKey={(m) => m.id}
								href={(m) => `/models/${piece(m.id)}`}
								empty={
									<Empty
										icon="search"
										title="No model fits"
										action={<Button onPress={() => state.clear()}>Clear the filter</Button>}
									/>
								}
							/>
						</>
					)
				}
			</WhenLoaded>
		</Page>
	);
}

// --- one of them ---

const wayColumns: Column<WayOf>[] = [
	{ id: 'target', head: 'Target', cell: (w) => plain(w.target), title: (w) => w.target },
	{
		id: 'status',
		head: 'Status',
		width: '118px',
		narrow: '112px',
		cell: (w) => <Badge kind={kindOf(w.status)}>{w.status}</Badge>,
		title: (w) => (w.ends ? `Ends on ${w.ends}` : undefined),
	},
	{
		id: 'window',
		head: 'Window',
		from: 'mid',
		width: '88px',
		end: true,
		cell: (w) => short(w.context_window),
		title: (w) => w.context_window_from ?? undefined,
	},
	{
		id: 'out',
		head: 'Longest answer',
		from: 'wide',
		width: '116px',
		end: true,
		cell: (w) => short(w.max_output),
		title: (w) => w.max_output_from ?? undefined,
	},
	{
		id: 'input',
		head: 'Input',
		width: '88px',
		narrow: '70px',
		end: true,
		cell: (w) => usd(rateOf(w.price, 'input')),
	},
	{
		id: 'output',
		head: 'Output',
		width: '88px',
		narrow: '70px',
		end: true,
		cell: (w) => usd(rateOf(w.price, 'output')),
	},
	{
		id: 'row',
		head: 'Priced by',
		from: 'wide',
		cell: (w) => <span class="muted">{w.price_row ? plain(w.price_row) : 'nobody'}</span>,
		title: (w) => w.price_row ?? undefined,
	},
];

interface PriceRow extends Rate {
	target: string;
}

const priceColumns: Column<PriceRow>[] = [
	{ id: 'name', head: 'What', width: '30%', narrow: '34%', cell: (r) => r.name },
	{
		id: 'target',
		head: 'Target',
		cell: (r) => plain(r.target),
		title: (r) => r.target,
	},
	{
		id: 'above',
		head: 'Prompts above',
		from: 'mid',
		width: '120px',
		end: true,
		cell: (r) => (r.above ? short(r.above) : NONE),
	},
	{
		id: 'usd',
		head: 'USD',
		width: '120px',
		narrow: '84px',
		end: true,
		cell: (r) => usd(r.usd),
		title: (r) => usdExact(r.usd),
	},
	{
		id: 'per',
		head: 'for',
		from: 'mid',
		width: '150px',
		narrow: '124px',
		cell: (r) => <span class="muted">{r.per || 'each'}</span>,
	},
];

const wholeOf = (text: string) => Math.min(Number.parseInt(text, 10) || 0, 1e12);

/** What a request of that size would cost at each target. */
function Calculator({ of }: { of: ModelOf }) {
	const [input, setInput] = useState('1000');
	const [output, setOutput] = useState('500');
	const all = of.ways.map((w) => ({
		target: w.target,
		usd: costOf(w.price, wholeOf(input), wholeOf(output)),
		unknown: w.price && isFeesOnly(w.price) ? 'fees only: see above' : 'no price known',
	}));
	return (
		<div class="stack">
			<div class={css.sums}>
				<TextField label="Input tokens" value={input} onValue={setInput} />
				<TextField label="Output tokens" value={output} onValue={setOutput} />
			</div>
			<Pairs
				of={all.map((a): [string, preact.ComponentChildren] => [
					plain(a.target, 60),
					a.usd === undefined ? (
						<span class="muted">{a.unknown}</span>
					) : (
						<output title={usdExact(a.usd)}>{usd(a.usd)}</output>
					),
				])}
			/>
		</div>
	);
}

function About({ of: m }: { of: ModelOf }) {
	return (
		<Pairs
			of={[
				['Aliases', m.aliases.length ? plain(m.aliases.join(', ')) : undefined],
				[
					'Can',
					m.capabilities.length ? (
						<span class={css.wrap}>
							{m.capabilities.map((c) => (
								<span class="tag" key={c}>
									{plain(c)}
								</span>
							))}
						</span>
					) : undefined,
				],
				[
					'Known from',
					m.capabilities_from ? <code>{plain(m.capabilities_from)}</code> : undefined,
				],
				['Dimensions', m.dimensions === null ? undefined : count(m.dimensions)],
				[
					'Without a price',
					m.unpriced === 'free' ? 'it costs nothing' : 'keys with a budget are refused',
				],
				['Ends', m.ends ?? undefined],
				['Defined at', <code key="d">{plain(m.defined_at)}</code>],
			]}
		/>
	);
}

function ModelDetail({ id }: { id: string }) {
	const loaded = useLoad<ModelOf>(`${PATH}/${piece(id)}`, undefined, true);
	useEvents('changes', loaded.reload);
	useEvents('health', loaded.reload);
	usePolling(loaded.reload, 30_000);
	return (
		<Page
			title={plain(id, 80)}
			from={['/models', 'Models and prices']}
			actions={
				<>
					<Button icon="playground" href={`/playground?model=${encodeURIComponent(id)}`}>
						Try it
					</Button>
					<Button icon="routes" href={`/routes?model=${encodeURIComponent(id)}`}>
						Its route
					</Button>
					<Button icon="requests" href={`/requests?model=${encodeURIComponent(id)}&range=24h`}>
						Its requests
					</Button>
				</>
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(m) => (
					<>
						<Figures
							of={[
								{
									label: 'Status',
									value: <Badge kind={kindOf(m.status)}>{m.status}</Badge>,
									sub: m.ends ? `ends on ${m.ends}` : `${count(m.targets.length)} targets`,
								},
								{
									label: 'Input',
									value: usd(rateOf(m.price, 'input')),
									sub: perOf(m.price),
								},
								{
									label: 'Cached input',
									value: usd(rateOf(m.price, 'cached_input')),
									sub: perOf(m.price),
								},
								{
									label: 'Output',
									value: usd(rateOf(m.price, 'output')),
									sub: perOf(m.price),
								},
								{
									label: 'Window',
									value: short(m.context_window),
									sub: 'tokens',
									title: count(m.context_window),
								},
								{
									label: 'Longest answer',
									value: short(m.max_output),
									sub: 'tokens',
									title: count(m.max_output),
								},
							]}
						/>
						<Table
							caption="Targets"
							columns={wayColumns}
							rows={m.ways}
							rowKey={(w) => w.target}
							href={(w) => `/providers/${piece(w.provider)}`}
							empty={<Empty icon="providers" title="No targets" />}
						/>
						<Card title="All prices, for a million tokens unless it says else" flush>
							<Table
								caption="Prices of each target"
								columns={priceColumns}
								rows={m.ways.flatMap((w) =>
									rates(w.price).map((r): PriceRow => ({ ...r, target: w.target })),
								)}
								rowKey={(r) => `${r.target} ${r.name} ${r.above}`}
								empty={
									<Empty icon="models" title="No price is known">
										{m.unpriced === 'free'
											? 'It is free by the configuration.'
											: 'Say its price in the configuration, or unpriced = "free".'}
									</Empty>
								}
							/>
						</Card>
						<div class="grid" style={{ '--min': '360px' }}>
							<Card title="What a request costs">
								<Calculator of={m} />
							</Card>
							<Card title="About">
								<About of={m} />
							</Card>
						</div>
					</>
				)}
			</WhenLoaded>
		</Page>
	);
}

export default function Models({ params }: PageProps) {
	return params.id ? <ModelDetail id={params.id} /> : <ModelList />;
}
