// pages/groups.tsx - groups, the keys in them, and the money that they share.
// SPDX-License-Identifier: MIT
import { useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { type Access, type AccessKey, type Group, type Holder, tightest } from '../lib/access';
import { piece } from '../lib/api';
import { useFresh } from '../lib/events';
import { count, NONE, plain, usd } from '../lib/format';
import { useLoad } from '../lib/load';
import { useQuery } from '../lib/query';
import { Ago, Button, Empty, Page, WhenLoaded } from '../ui/basics';
import { Filters } from '../ui/filters';
import { Icon } from '../ui/icons';
import { type Column, Table } from '../ui/table';
import css from './access/access.module.css';
import { AccessForm } from './access/form';
import { GroupDetail } from './access/group';
import { SpendingMini, StateBadge } from './access/spending';
import type { PageProps } from './index';

const FRESH_MS = 15_000;
const OPEN_MAX = 60;

interface Row {
	id: string;
	holder: Holder & { expires_at?: string | null };
	/** A group's; undefined: a key's row. */
	keys?: AccessKey[];
	open?: boolean;
	/** Of a key's row. */
	group?: Group;
}

interface Seen {
	keys: AccessKey[];
	/** There are more keys than these. */
	cut: boolean;
}

/** "3 keys", or of how many when not all were looked at. */
function keysWords(n: number, { keys, cut }: Seen): string {
	if (cut) return `${n ? count(n) : 'none'} of the first ${count(keys.length)} keys`;
	return n === 1 ? '1 key' : `${count(n)} keys`;
}

function rowsOf(
	groups: Group[],
	all: AccessKey[],
	turned: Set<string>,
	unfolded: boolean,
): Row[] {
	return groups.flatMap((g) => {
		const keys = all.filter((k) => k.group === g.name);
		const open = unfolded !== turned.has(g.name);
		const own: Row = { id: `g:${g.name}`, holder: g, keys, open };
		const inside = keys.map((k): Row => ({ id: `k:${k.id}`, holder: k, group: g }));
		return open ? [own, ...inside] : [own];
	});
}

interface NameProps {
	row: Row;
	seen: Seen;
	turn: (name: string) => void;
}

function Name({ row, seen, turn }: NameProps) {
	const h = row.holder;
	if (!row.keys) {
		const k = h as AccessKey;
		return (
			<span class={css.leaf}>
				<a class="cut" href={`/keys/${piece(k.id)}`}>
					{plain(k.name, 60) || k.id}
				</a>
			</span>
		);
	}
	return (
		<span class={css.node}>
			<button
				type="button"
				class={css.turn}
				aria-expanded={row.open}
				aria-label={`Keys of ${h.name}`}
				disabled={row.keys.length === 0}
				onClick={() => turn(h.name)}
			>
				{row.keys.length > 0 && <Icon name={row.open ? 'down' : 'right'} size={14} />}
			</button>
			<strong class="cut">
				<a href={`/groups/${piece(h.name)}`}>{plain(h.name)}</a>
			</strong>
			<span class="muted small full">{keysWords(row.keys.length, seen)}</span>
		</span>
	);
}

function columnsOf(seen: Seen, turn: (name: string) => void): Column<Row>[] {
	return [
		{
			id: 'name',
			head: 'Group',
			cell: (r) => <Name row={r} seen={seen} turn={turn} />,
			title: (r) => plain(r.holder.name),
		},
		{
			id: 'state',
			head: 'State',
			from: 'mid',
			width: '122px',
			cell: (r) => <StateBadge of={r.holder} group={r.group} />,
		},
		{
			id: 'spending',
			head: 'Spent of limit',
			width: '220px',
			narrow: '140px',
			cell: (r) => <SpendingMini of={r.holder.spending} />,
		},
		{
			id: 'left',
			head: 'Left',
			width: '104px',
			narrow: '76px',
			end: true,
			cell: (r) => usd(tightest(r.holder.spending)?.remaining),
		},
		{
			id: 'renews',
			head: 'Resets',
			from: 'mid',
			width: '120px',
			cell: (r) => {
				const s = tightest(r.holder.spending);
				return s?.renews ? (
					<Ago at={s.renews} />
				) : (
					<span class="muted">{s ? 'never' : NONE}</span>
				);
			},
		},
		{
			id: 'models',
			head: 'Models',
			from: 'wide',
			width: '16%',
			cell: (r) => (r.holder.models.length ? plain(r.holder.models.join(', '), 80) : 'all'),
			title: (r) => r.holder.models.join(', ') || undefined,
		},
	];
}

function GroupList() {
	const state = useQuery();
	const { route } = useLocation();
	const loaded = useLoad<Access>('/admin/v1/access', { limit: 1000 }, true);
	const [turned, setTurned] = useState<Set<string>>(new Set());
	const [making, setMaking] = useState(false);
	useFresh(loaded.reload, FRESH_MS);
	const turn = (name: string) =>
		setTurned((t) => {
			const next = new Set(t);
			if (!next.delete(name)) next.add(name);
			return next;
		});
	const { data: keys = [], next: nextKey = null } = loaded.data?.keys ?? {};
	const seen = { keys, cut: nextKey !== null };
	const columns = useMemo(() => columnsOf(seen, turn), [loaded.data]);
	const text = state.query.q?.toLowerCase() ?? '';
	const create = (
		<Button kind="primary" icon="plus" changes onPress={() => setMaking(true)}>
			New group
		</Button>
	);
	return (
		<Page
			title="Groups and budgets"
			sub="Keys of a group share its budgets, limits and balance."
			actions={create}
		>
			<WhenLoaded of={loaded} height={420}>
				{({ groups: { data, next } }) =>
					data.length === 0 ? (
						<Empty icon="groups" title="No groups yet" action={create}>
							A group is for a team or a project: its keys spend from one budget, and each may
							have a smaller one of its own.
						</Empty>
					) : (
						<>
							<Filters state={state} filters={[]} search={{ name: 'q', placeholder: 'Group' }}>
								<span class="muted small">
									{data.length === 1 ? '1 group' : `${count(data.length)} groups`}
									{`, ${keysWords(keys.filter((k) => !k.group).length, seen)} without one`}
								</span>
							</Filters>
							<Table
								caption="Groups and their keys"
								columns={columns}
								rows={rowsOf(
									data.filter((g) => !text || g.name.toLowerCase().includes(text)),
									keys,
									turned,
									keys.length <= OPEN_MAX,
								)}
								rowKey={(r) => r.id}
								empty={<Empty icon="search" title="No group fits" />}
								more={next && 'There are more groups than are shown here: the first thousand.'}
							/>
						</>
					)
				}
			</WhenLoaded>
			{making && (
				<AccessForm<Group>
					kind="group"
					path={null}
					first={null}
					groups={[]}
					onClose={() => setMaking(false)}
					onDone={(g) => route(`/groups/${piece(g.name)}`)}
				/>
			)}
		</Page>
	);
}

export default function Groups({ params }: PageProps) {
	return params.id ? <GroupDetail name={params.id} /> : <GroupList />;
}
