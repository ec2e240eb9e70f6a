// pages/audit.tsx - who changed what, the newest first; new entries come in by themselves.
// SPDX-License-Identifier: MIT
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ask, piece } from '../lib/api';
import { useEvents, usePolling } from '../lib/events';
import { clock, count, plain, usd } from '../lib/format';
import { useLoad } from '../lib/load';
import { keyName } from '../lib/names';
import { pick, type Query, rangeMs, useQuery } from '../lib/query';
import { prepend } from '../lib/stream';
import type { List } from '../lib/types';
import { Badge, Button, Empty, type Kind, Page, WhenLoaded } from '../ui/basics';
import { CsvButton } from '../ui/csv';
import { type Filter, Filters, Segments } from '../ui/filters';
import { type Column, Table } from '../ui/table';

interface Entry {
	time: string;
	actor: string;
	action: string;
	kind: string;
	object: string;
	changed: string[];
	usd?: string;
	note?: string;
}

const PATH = '/admin/v1/audit';
const KEPT_MAX = 5000;
const RANGE = '30d';
const RANGES: [string, string][] = [
	['24h', '24 h'],
	['7d', '7 d'],
	['30d', '30 d'],
	['all', 'All'],
];
const ASKED = ['actor', 'action', 'kind', 'object'] as const;

const ACTORS: Record<string, string> = {
	admin: 'Token',
	web: 'Web',
	socket: 'This machine',
};
const ACTIONS: Record<string, [words: string, kind: Kind]> = {
	create: ['created', 'good'],
	update: ['changed', ''],
	delete: ['deleted', 'bad'],
	disable: ['disabled', 'warn'],
	enable: ['enabled', 'good'],
	rotate: ['rotated', 'accent'],
	credit: ['paid in', 'accent'],
	purge: ['purged', 'warn'],
	login: ['logged in', ''],
	drain: ['drained', 'warn'],
	reset: ['reset', ''],
};
const KINDS: Record<string, string> = {
	key: 'key',
	group: 'group',
	target: 'target',
	cache: 'cache',
	session: 'session',
	log: 'log',
};

const own = <T,>(table: Record<string, T>, name: string): T | undefined =>
	Object.hasOwn(table, name) ? table[name] : undefined;

function select(name: string, label: string, words: [string, string][]): Filter {
	return { name, label, type: 'select', options: [['', label], ...words] };
}

const FILTERS: Filter[] = [
	select(
		'kind',
		'Any thing',
		Object.keys(KINDS).map((k) => [k, KINDS[k]]),
	),
	select(
		'action',
		'Any change',
		Object.keys(ACTIONS).map((a) => [a, ACTIONS[a][0]]),
	),
	select(
		'actor',
		'Anybody',
		Object.keys(ACTORS).map((a) => [a, ACTORS[a]]),
	),
];

function hrefOf(e: Entry): string | undefined {
	if (e.action === 'delete') return undefined;
	if (e.kind === 'key') return `/keys/${piece(e.object)}`;
	if (e.kind === 'group') return `/groups/${piece(e.object)}`;
	if (e.kind === 'cache') return '/cache';
	if (e.kind === 'log') return '/settings';
	return e.kind === 'target' ? '/providers' : undefined;
}

function Thing({ of: e }: { of: Entry }) {
	const name = e.kind === 'key' ? keyName(e.object) : plain(e.object);
	const href = hrefOf(e);
	return (
		<>
			<span class="muted">{own(KINDS, e.kind) ?? plain(e.kind)}</span>{' '}
			{href ? <a href={href}>{name}</a> : name}
		</>
	);
}

function details(e: Entry): string {
	const parts = e.changed.length && e.action !== 'create' ? [e.changed.join(', ')] : [];
	if (e.usd) parts.push(usd(e.usd));
	if (e.note) parts.push(e.note);
	return parts.join(' · ');
}

function actionOf(e: Entry): [words: string, kind: Kind] {
	if (e.action === 'credit' && e.usd?.startsWith('-')) return ['taken back', 'warn'];
	return own(ACTIONS, e.action) ?? [plain(e.action), ''];
}

const columns: Column<Entry>[] = [
	{
		id: 'time',
		head: 'Time',
		width: '118px',
		narrow: '88px',
		cell: (e) => <time dateTime={e.time}>{clock(e.time)}</time>,
		title: (e) => `${e.time} (UTC)`,
	},
	{
		id: 'action',
		head: 'What',
		width: '112px',
		narrow: '108px',
		cell: (e) => {
			const [words, kind] = actionOf(e);
			return <Badge kind={kind}>{words}</Badge>;
		},
	},
	{
		id: 'object',
		head: 'Of what',
		cell: (e) => <Thing of={e} />,
		title: (e) => `${e.kind} ${e.object}`,
	},
	{
		id: 'changed',
		head: 'Details',
		from: 'mid',
		cell: (e) => <span class="muted">{plain(details(e)) || '–'}</span>,
		title: details,
	},
	{
		id: 'actor',
		head: 'By',
		width: '108px',
		from: 'mid',
		cell: (e) => own(ACTORS, e.actor) ?? plain(e.actor),
		title: (e) =>
			own({ admin: 'over TCP', web: 'with a session', socket: 'over a unix socket' }, e.actor),
	},
];

const idOf = (e: Entry) => JSON.stringify(e);

/** A new entry fits the filter of the page. */
function fits(e: Entry, query: Query): boolean {
	return ASKED.every((name) => {
		const want = query[name];
		return !want || (name === 'object' ? e.object.includes(want) : e[name] === want);
	});
}

/** The beginning of a moving span is on a whole minute: one address, one question. */
function askedOf(query: Query): Record<string, string> {
	const asked: Record<string, string> = { limit: '200' };
	if (query.range !== 'all') {
		const [from] = rangeMs(query, RANGE);
		asked.from = new Date(Math.floor(from / 60e3) * 60e3).toISOString();
	}
	for (const name of ASKED) if (query[name]) asked[name] = query[name];
	return asked;
}

function useEntries(query: Query) {
	const asked = useMemo(() => askedOf(query), [JSON.stringify(query)]);
	const loaded = useLoad<List<Entry>>(PATH, asked, true);
	const [older, setOlder] = useState<List<Entry>>();
	const [live, setLive] = useState<Entry[]>([]);
	useEffect(() => {
		setOlder(undefined);
		setLive([]);
	}, [asked]);
	useEvents<{ type: string; entry?: Entry }>('changes', ({ entry }) => {
		if (entry && fits(entry, query)) setLive((l) => prepend(l, [entry], idOf, 1000));
	});
	usePolling(loaded.reload);
	const rows = useMemo(
		() => prepend([...live, ...(loaded.data?.data ?? [])], [], idOf, KEPT_MAX),
		[loaded.data, live],
	).concat(older?.data ?? []);
	const next = older ? older.next : (loaded.data?.next ?? null);
	const more = async () => {
		const { data } = await ask<List<Entry>>(PATH, { query: { ...asked, cursor: next } });
		setOlder({ data: [...(older?.data ?? []), ...data.data], next: data.next });
	};
	return { loaded, asked, rows, live, next, more };
}

function NoEntries({ filtered, clear }: { filtered: boolean; clear: () => void }) {
	if (filtered) {
		return (
			<Empty
				icon="search"
				title="No entry fits"
				action={<Button onPress={clear}>Clear the filter</Button>}
			>
				Choose a longer time, or fewer conditions.
			</Empty>
		);
	}
	return (
		<Empty icon="audit" title="Nothing was changed in this time">
			Each change of a key, a group, a target or the cache is written here with who made it. The
			values that were changed are not.
		</Empty>
	);
}

export default function Audit() {
	const state = useQuery();
	const { query } = state;
	const e = useEntries(query);
	const range = pick(Object.fromEntries(RANGES.map(([id]) => [id, id])), query.range, RANGE);
	const fresh = useMemo(() => new Set(e.live.map(idOf)), [e.live]);
	return (
		<Page
			title="Audit"
			sub="Who changed what. Names of members are kept, never their values."
			actions={<CsvButton path={PATH} query={e.asked} name="audit" cut={!!e.next} />}
		>
			<Filters
				state={state}
				filters={FILTERS}
				search={{ name: 'object', placeholder: 'Key id, group or target' }}
			>
				<Segments
					label="Time"
					value={range}
					options={RANGES}
					onValue={(v) => state.set({ range: v === RANGE ? null : v })}
				/>
			</Filters>
			<WhenLoaded of={e.loaded} height={420}>
				{() => (
					<>
						<Table
							caption="Changes, the newest first"
							columns={columns}
							rows={e.rows}
							rowKey={idOf}
							fresh={(one) => fresh.has(idOf(one))}
							empty={
								<NoEntries
									filtered={Object.keys(query).length > 0}
									clear={() => state.clear()}
								/>
							}
							more={
								e.next && (
									<>
										{count(e.rows.length)} loaded
										<Button small onPress={e.more}>
											Load older ones
										</Button>
									</>
								)
							}
						/>
						{e.rows.length === 0 && e.next && (
							<div class="row">
								<Button onPress={e.more}>Look further back</Button>
							</div>
						)}
					</>
				)}
			</WhenLoaded>
		</Page>
	);
}
