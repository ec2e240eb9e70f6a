// pages/keys.tsx - who may ask, for what, and for how much: a list of keys, and all of one.
// SPDX-License-Identifier: MIT
import { useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { type AccessKey, LIMITS, stateOf } from '../lib/access';
import { ask, piece } from '../lib/api';
import { useFresh } from '../lib/events';
import { count, NONE, plain } from '../lib/format';
import { useLoad } from '../lib/load';
import { type Query, useQuery } from '../lib/query';
import type { List } from '../lib/types';
import { Ago, Button, Empty, Page, WhenLoaded } from '../ui/basics';
import { Filters } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import { AccessForm } from './access/form';
import { KeyDetail } from './access/key';
import { type Made, ShowSecret } from './access/snippets';
import { SpendingMini, StateBadge } from './access/spending';
import type { PageProps } from './index';

const PATH = '/admin/v1/keys';
const PAGE = 1000;
const FRESH_MS = 15_000;

const limitWords = (k: AccessKey) =>
	LIMITS.filter(([n]) => k[n])
		.map(([n]) => `${count(Number(k[n]))} ${n}`)
		.join(', ') || NONE;

const columns: Column<AccessKey>[] = [
	{
		id: 'name',
		head: 'Name',
		cell: (k) => plain(k.name, 60) || <span class="mono">{k.id}</span>,
		title: (k) => plain(k.name),
		order: (a, b) => (b.name || b.id).localeCompare(a.name || a.id),
	},
	{
		id: 'state',
		head: 'State',
		width: '122px',
		narrow: '116px',
		cell: (k) => <StateBadge of={k} />,
	},
	{
		id: 'group',
		head: 'Group',
		from: 'mid',
		width: '13%',
		cell: (k) => (k.group ? <a href={`/groups/${piece(k.group)}`}>{plain(k.group)}</a> : NONE),
		order: (a, b) => (b.group ?? '').localeCompare(a.group ?? ''),
	},
	{
		id: 'spending',
		head: 'Budget',
		width: '210px',
		narrow: '130px',
		cell: (k) => <SpendingMini of={k.spending} />,
	},
	{
		id: 'models',
		head: 'Models',
		from: 'wide',
		cell: (k) => (k.models.length ? plain(k.models.join(', '), 80) : 'all'),
		title: (k) => k.models.join(', ') || undefined,
	},
	{
		id: 'limits',
		head: 'Limits',
		from: 'wide',
		cell: (k) => limitWords(k),
		title: limitWords,
	},
	{
		id: 'expires',
		head: 'Expires',
		from: 'mid',
		width: '110px',
		cell: (k) => (k.expires_at ? <Ago at={k.expires_at} /> : 'never'),
		order: (a, b) => Date.parse(a.expires_at ?? '9999') - Date.parse(b.expires_at ?? '9999'),
	},
];

function fits(k: AccessKey, q: Query): boolean {
	const text = q.q?.toLowerCase();
	if (text && ![k.name, k.id, k.group ?? ''].some((t) => t.toLowerCase().includes(text)))
		return false;
	if (q.group && k.group !== q.group) return false;
	return !q.state || stateOf(k) === q.state;
}

/** The first thousand, and more by the button; what is seen stays fresh. */
function useKeys() {
	const loaded = useLoad<List<AccessKey>>(PATH, { limit: PAGE }, true);
	const [more, setMore] = useState<List<AccessKey>>();
	const rows = useMemo(
		() => [...(loaded.data?.data ?? []), ...(more?.data ?? [])],
		[loaded.data, more],
	);
	const next = more ? more.next : (loaded.data?.next ?? null);
	const loadMore = async () => {
		const page = await ask<List<AccessKey>>(PATH, { query: { limit: PAGE, after: next } });
		setMore({ data: [...(more?.data ?? []), ...page.data.data], next: page.data.next });
	};
	useFresh(loaded.reload, FRESH_MS);
	return { loaded, rows, next, loadMore };
}

function NewKey({ groups, onClose }: { groups: string[]; onClose: () => void }) {
	const { route } = useLocation();
	const [made, setMade] = useState<Made>();
	if (made)
		return <ShowSecret made={made} onClose={() => route(`/keys/${piece(made.key.id)}`)} />;
	return (
		<AccessForm
			kind="key"
			path={null}
			first={null}
			groups={groups}
			onClose={onClose}
			onDone={(answer) => {
				setMade(answer as unknown as Made);
			}}
		/>
	);
}

function KeyList() {
	const state = useQuery();
	const { query } = state;
	const keys = useKeys();
	const [making, setMaking] = useState(false);
	const groups = [...new Set(keys.rows.map((k) => k.group ?? ''))].filter(Boolean).sort();
	const rows = useMemo(
		() => keys.rows.filter((k) => fits(k, query)),
		[keys.rows, JSON.stringify(query)],
	);
	const create = (
		<Button kind="primary" icon="plus" changes onPress={() => setMaking(true)}>
			New key
		</Button>
	);
	return (
		<Page title="Keys" sub="Who may ask, which models, and for how much." actions={create}>
			<WhenLoaded of={keys.loaded} height={420}>
				{() =>
					keys.rows.length === 0 ? (
						<Empty icon="keys" title="No keys yet" action={create}>
							Clients need one to ask anything. Make one for each person or program: then each
							has its own budget, and its use can be told from that of others.
						</Empty>
					) : (
						<>
							<Filters
								state={state}
								search={{ name: 'q', placeholder: 'Name, id or group' }}
								filters={[
									{
										name: 'state',
										label: 'State',
										type: 'select',
										options: [
											['', 'Any state'],
											['active', 'active'],
											['spent', 'budget spent'],
											['expires soon', 'expires soon'],
											['expired', 'expired'],
											['disabled', 'disabled'],
										],
									},
									{
										name: 'group',
										label: 'Group',
										type: 'select',
										options: [
											['', 'Any group'],
											...groups.map((g): [string, string] => [g, plain(g)]),
										],
									},
								]}
							>
								<span class="muted small">
									{rows.length === keys.rows.length
										? count(rows.length)
										: `${count(rows.length)} of ${count(keys.rows.length)}`}
								</span>
							</Filters>
							<Table
								caption="Keys"
								columns={columns}
								rows={rows}
								rowKey={(k) => k.id}
								href={(k) => `/keys/${piece(k.id)}`}
								empty={
									<Empty
										icon="search"
										title="No key fits"
										action={<Button onPress={() => state.clear()}>Clear the filter</Button>}
									>
										{keys.next ? 'Or load more: not all of them were looked at.' : null}
									</Empty>
								}
								more={
									keys.next && (
										<>
											{count(keys.rows.length)} loaded
											<Button small onPress={keys.loadMore}>
												Load more
											</Button>
										</>
									)
								}
							/>
						</>
					)
				}
			</WhenLoaded>
			{making && <NewKeyOf groups={groups} onClose={() => setMaking(false)} />}
		</Page>
	);
}

/** Groups that have no key yet are offered, too. */
function NewKeyOf({ groups, onClose }: { groups: string[]; onClose: () => void }) {
	const all = useLoad<List<{ name: string }>>('/admin/v1/groups', { limit: 1000 }, true);
	const names = (all.data?.data ?? []).map((g) => g.name);
	return <NewKey groups={names.length ? names : groups} onClose={onClose} />;
}

export default function Keys({ params }: PageProps) {
	return params.id ? <KeyDetail id={params.id} /> : <KeyList />;
}
