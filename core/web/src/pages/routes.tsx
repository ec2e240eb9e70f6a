// pages/routes.tsx - where requests go: each model's policy, targets and fallbacks, and why.
// SPDX-License-Identifier: MIT
import { useEffect, useMemo, useState } from 'preact/hooks';
import { fits } from '../lib/access';
import { useEvents } from '../lib/events';
import { count, NONE, plain, short } from '../lib/format';
import { useQuery } from '../lib/query';
import {
	addRecords,
	isReady,
	NOTHING_SINCE,
	type Past,
	pastOf,
	type Route,
	type Serving,
	type Since,
	shares,
	sinceNow,
} from '../lib/serving';
import type { RequestRecord, Usage } from '../lib/types';
import { Button, Card, Empty, Note, Page, WhenLoaded } from '../ui/basics';
import { Filters } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import { useServing } from './providers/rows';
import { Explain } from './routes/explain';
import { Graph } from './routes/graph';

interface Row {
	route: Route;
	flow: Map<string, number>;
	requests: number;
	aliases: string[];
	ready: number;
}

const hrefOf = (r: Row) => `/routes?model=${encodeURIComponent(r.route.model)}`;

const columns: Column<Row>[] = [
	{
		id: 'model',
		head: 'Model',
		cell: (r) => (
			<>
				{plain(r.route.model)}{' '}
				{r.aliases.length > 0 && (
					<span class="muted small full">{plain(r.aliases.join(', '), 60)}</span>
				)}
			</>
		),
		title: (r) => [r.route.model, ...r.aliases].join(', '),
		order: (a, b) => b.route.model.localeCompare(a.route.model),
	},
	{
		id: 'policy',
		head: 'Policy',
		width: '110px',
		narrow: '84px',
		cell: (r) => plain(r.route.policy),
	},
	{
		id: 'targets',
		head: 'Targets ready',
		from: 'mid',
		width: '110px',
		end: true,
		cell: (r) => (
			<span class={r.ready === 0 ? 'down' : ''}>
				{r.ready} of {r.route.targets.length}
			</span>
		),
		title: (r) => r.route.targets.map((t) => t.target).join(', '),
	},
	{
		id: 'fallbacks',
		head: 'Fallbacks',
		from: 'wide',
		width: '22%',
		cell: (r) => plain(r.route.fallbacks.join(', '), 80) || <span class="muted">{NONE}</span>,
	},
	{
		id: 'requests',
		head: 'Requests',
		width: '96px',
		narrow: '84px',
		end: true,
		cell: (r) => short(r.requests),
		title: (r) => `${count(r.requests)} in 24 hours`,
		order: (a, b) => a.requests - b.requests,
	},
];

const NO_USAGE = { data: [] } as unknown as Usage;

function rowsOf(s: Serving, past: Past, since: Since): Row[] {
	const aliases = new Map(s.models.data.map((m) => [m.id, m.aliases]));
	const ready = new Set(s.targets.data.filter(isReady).map((t) => t.name));
	return s.routes.data.map((route) => {
		const { model } = route;
		return {
			route,
			flow: shares(route, past, since),
			// Of a fallback and of the cache, too, which are nothing of its targets.
			requests: (past.get(model)?.requests ?? 0) + (since.requests.get(model) ?? 0),
			aliases: aliases.get(route.model) ?? [],
			ready: route.targets.filter((t) => ready.has(t.target)).length,
		};
	});
}

/** Anew when the sums of it are. */
function useSince(of: unknown): Since {
	const [since, setSince] = useState(NOTHING_SINCE);
	useEffect(() => setSince(sinceNow), [of]);
	useEvents<RequestRecord | RequestRecord[]>('requests', (e) =>
		setSince((s) => addRecords(s, Array.isArray(e) ? e : [e])),
	);
	return since;
}

export default function Routes() {
	const state = useQuery();
	const loaded = useServing();
	const since = useSince(loaded.data);
	const past = useMemo(() => pastOf(loaded.data?.usage ?? NO_USAGE), [loaded.data]);
	const rows = useMemo(
		() => (loaded.data ? rowsOf(loaded.data, past, since) : []),
		[loaded.data, since],
	);
	const wanted = state.query.model ?? '';
	const busiest = rows.reduce<Row | undefined>(
		(a, b) => (!a || b.requests > a.requests ? b : a),
		undefined,
	);
	const [asked, setAsked] = useState('');
	const name = asked || wanted;
	const meant =
		rows.find((r) => r.route.model === name) ??
		rows.find((r) => r.aliases.some((a) => fits(name, a)));
	const chosen = meant ?? busiest;
	useEffect(() => setAsked(''), [wanted]);
	const text = state.query.q?.toLowerCase() ?? '';
	return (
		<Page
			title="Routes"
			sub="From a name to who answers. Bands are as wide as the last 24 hours."
		>
			<WhenLoaded of={loaded} height={420}>
				{(s) =>
					rows.length === 0 || !chosen ? (
						<Empty
							icon="routes"
							title="No routes yet"
							action={<Button href="/start">First steps</Button>}
						>
							Each model of the configuration is one. Add a model, then reload.
						</Empty>
					) : (
						<>
							{name && !meant && (
								<Note kind="warn">
									There is no model {plain(name, 80)}. This is the route that is asked most.
								</Note>
							)}
							<Card
								title={plain(chosen.route.model, 60)}
								actions={<code class="muted small">{plain(chosen.route.defined_at)}</code>}
							>
								<Graph
									route={chosen.route}
									aliases={chosen.aliases}
									targets={s.targets.data}
									flow={chosen.flow}
								/>
							</Card>
							<Card title="Explain">
								<Explain
									model={chosen.route.model}
									models={s.routes.data.map((r) => r.model)}
									onRoute={setAsked}
								/>
							</Card>
							{rows.length > 8 && (
								<Filters
									state={state}
									filters={[]}
									keep={['model']}
									search={{ name: 'q', placeholder: 'Model or alias' }}
								/>
							)}
							<Table
								caption="Routes"
								columns={columns}
								rows={rows.filter(
									(r) =>
										!text ||
										[r.route.model, ...r.aliases].some((n) => n.toLowerCase().includes(text)),
								)}
								rowKey={(r) => r.route.model}
								href={hrefOf}
								empty={<Empty icon="search" title="No route fits" />}
							/>
						</>
					)
				}
			</WhenLoaded>
		</Page>
	);
}
