// pages/providers.tsx - who answers, how they do, and what the last day came to.
// SPDX-License-Identifier: MIT
import { piece } from '../lib/api';
import { count, NONE, percent, plain, short, span, usd } from '../lib/format';
import { useQuery } from '../lib/query';
import { isReady, PROVIDER_KINDS } from '../lib/serving';
import { Badge, Button, Empty, Page, WhenLoaded } from '../ui/basics';
import { Filters } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import type { PageProps } from './index';
import { ProviderDetail } from './providers/detail';
import {
	headroom,
	inflight,
	mean,
	type Row,
	rowsOf,
	stateOf,
	useServing,
} from './providers/rows';

const columns: Column<Row>[] = [
	{
		id: 'name',
		head: 'Provider',
		cell: (r) => (
			<>
				{plain(r.provider.name)} <span class="muted small full">{plain(r.provider.type)}</span>
			</>
		),
		title: (r) => r.provider.base_url || r.provider.name,
		order: (a, b) => b.provider.name.localeCompare(a.provider.name),
	},
	{
		id: 'state',
		head: 'State',
		width: '116px',
		narrow: '108px',
		cell: (r) => <Badge kind={PROVIDER_KINDS[stateOf(r)]}>{stateOf(r)}</Badge>,
	},
	{
		id: 'targets',
		head: 'Targets',
		from: 'mid',
		width: '92px',
		cell: (r) => `${r.targets.filter(isReady).length} of ${r.targets.length}`,
		title: () => 'Those that are ready',
	},
	{
		id: 'inflight',
		head: 'Under way',
		from: 'wide',
		width: '88px',
		end: true,
		cell: (r) => count(inflight(r)),
		order: (a, b) => inflight(a) - inflight(b),
	},
	{
		id: 'headroom',
		head: 'Headroom',
		from: 'wide',
		width: '120px',
		cell: (r) => headroom(r.targets),
		title: () => 'What the upstream says is left',
	},
	{
		id: 'requests',
		head: 'Requests',
		from: 'mid',
		width: '88px',
		end: true,
		cell: (r) => short(r.sums.requests),
		order: (a, b) => a.sums.requests - b.sums.requests,
	},
	{
		id: 'errors',
		head: 'Errors',
		width: '80px',
		narrow: '72px',
		end: true,
		cell: (r) => (
			<span class={r.sums.errors > 0.2 * r.sums.requests ? 'down' : ''}>
				{r.sums.requests ? percent(r.sums.errors, r.sums.requests) : NONE}
			</span>
		),
		order: (a, b) =>
			a.sums.errors / (a.sums.requests || 1) - b.sums.errors / (b.sums.requests || 1),
	},
	{
		id: 'mean',
		head: 'Mean time',
		from: 'mid',
		width: '92px',
		end: true,
		cell: (r) => span(mean(r)),
		order: (a, b) => (mean(a) ?? 0) - (mean(b) ?? 0),
	},
	{
		id: 'cost',
		head: 'Cost',
		width: '112px',
		narrow: '84px',
		end: true,
		cell: (r) => usd(r.sums.cost),
		order: (a, b) => Number(a.sums.cost - b.sums.cost),
	},
];

function ProviderList() {
	const state = useQuery();
	const loaded = useServing();
	const text = state.query.q?.toLowerCase() ?? '';
	return (
		<Page
			title="Providers"
			sub="Who answers, how they do, and what the last 24 hours came to."
			actions={
				<Button small icon="refresh" onPress={loaded.reload}>
					Refresh
				</Button>
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(s) => {
					const all = rowsOf(s);
					const rows = all.filter(
						(r) =>
							(!text || r.provider.name.toLowerCase().includes(text)) &&
							(!state.query.state || stateOf(r) === state.query.state),
					);
					if (all.length === 0)
						return (
							<Empty
								icon="providers"
								title="No providers yet"
								action={<Button href="/start">First steps</Button>}
							>
								Add one to the configuration, then reload it.
							</Empty>
						);
					return (
						<>
							{all.length > 8 && (
								<Filters
									state={state}
									search={{ name: 'q', placeholder: 'Provider' }}
									filters={[
										{
											name: 'state',
											label: 'State',
											type: 'select',
											options: [
												['', 'Any state'],
												...Object.keys(PROVIDER_KINDS).map((k): [string, string] => [k, k]),
											],
										},
									]}
								/>
							)}
							<Table
								caption="Providers"
								columns={columns}
								rows={rows}
								rowKey={(r) => r.provider.name}
								href={(r) => `/providers/${piece(r.provider.name)}`}
								empty={
									<Empty
										icon="search"
										title="No provider fits"
										action={<Button onPress={() => state.clear()}>Clear the filter</Button>}
									/>
								}
							/>
						</>
					);
				}}
			</WhenLoaded>
		</Page>
	);
}

export default function Providers({ params }: PageProps) {
	return params.id ? <ProviderDetail name={params.id} /> : <ProviderList />;
}
