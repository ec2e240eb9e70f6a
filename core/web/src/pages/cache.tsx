// pages/cache.tsx - the cache of answers: what is in it, what it has spared, and making it forget.
// SPDX-License-Identifier: MIT
import { useMemo, useRef, useState } from 'preact/hooks';
import { ask, mayChange } from '../lib/api';
import { useEvents, usePolling } from '../lib/events';
import { bytes, count, percent, plain, short, usd, usdExact } from '../lib/format';
import { useLoad } from '../lib/load';
import { keyIdOf, keyName, keyNames, offerNames } from '../lib/names';
import { slide } from '../lib/stream';
import { toast } from '../lib/toast';
import type { List, Model, Stats } from '../lib/types';
import { Bar } from '../ui/bars';
import {
	Badge,
	Button,
	Card,
	Code,
	Empty,
	Figures,
	Note,
	Page,
	Pairs,
	Time,
	WhenLoaded,
} from '../ui/basics';
import { Chart } from '../ui/chart';
import { Dialog } from '../ui/dialog';
import { FormProblem, SelectField, TextField, useForm } from '../ui/fields';
import { type Column, Table } from '../ui/table';

interface CacheState {
	type: string | null;
	entries: number | null;
	bytes: number | null;
	bytes_max: number | null;
	evictions: number | null;
	refused: number | null;
	failures: number | null;
	hits: number;
	stale: number;
	coalesced: number;
	misses: number;
	bypasses: number;
	stored: number;
	saved_usd: string;
	hit_ratio: number | null;
	purged_at: string | null;
	idempotency: string;
	single_flight?: boolean;
	opt_in?: boolean;
	tool_calls?: boolean;
	stale_while_revalidate?: string;
	stale_if_error?: string;
	deadline?: string;
	max_entry?: number;
	rules?: Record<string, unknown>;
}

const PATH = '/admin/v1/cache';
const SHOWN_S = 600;
const AGAIN_MS = 3000;

// --- purging ---

type Part = 'model' | 'key' | 'both' | 'all';

interface Purge {
	part: Part;
	model: string;
	key: string;
}

const PARTS: [Part, string][] = [
	['model', 'Answers of one model'],
	['key', 'Answers that one key has brought'],
	['both', 'Of one model and one key'],
	['all', 'Everything'],
];

function whatOf({ part, model, key }: Purge): string {
	const parts = [];
	if (part === 'model' || part === 'both') parts.push(`of ${plain(model) || 'the model'}`);
	if (part === 'key' || part === 'both')
		parts.push(`of the key ${keyName(keyIdOf(key)) || ''}`.trim());
	return parts.length ? `all answers ${parts.join(' and ')}` : 'all answers';
}

function PurgeDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
	const models = useLoad<List<Model>>('/admin/v1/models', undefined, true);
	const first: Purge = { part: 'model', model: '', key: '' };
	const form = useForm(first, ['model', 'key'], async (v) => {
		const query = {
			model: v.part === 'model' || v.part === 'both' ? v.model.trim() : null,
			key: v.part === 'key' || v.part === 'both' ? keyIdOf(v.key.trim()) : null,
		};
		const { data } = await ask<{ cleared: boolean }>(PATH, { method: 'DELETE', query });
		toast(
			data.cleared
				? 'The cache is empty.'
				: `Forgotten: ${whatOf(v)}. The room comes free by and by.`,
		);
		onDone();
		onClose();
	});
	const v = form.values;
	const [needsModel, needsKey] = [
		v.part === 'model' || v.part === 'both',
		v.part === 'key' || v.part === 'both',
	];
	const complete = (!needsModel || v.model.trim()) && (!needsKey || v.key.trim());
	return (
		<Dialog title="Purge the cache" onClose={onClose} width={480}>
			<form class="form" onSubmit={form.submit}>
				<SelectField
					label="What"
					value={v.part}
					onValue={(part) => form.set('part', part as Part)}
					options={PARTS}
				/>
				{needsModel && (
					<TextField
						label="Model or alias"
						value={v.model}
						onValue={(model) => form.set('model', model)}
						error={form.errorOf('model')}
						offers={models.data?.data.map((m) => m.id)}
						autoFocus
						required
					/>
				)}
				{needsKey && (
					<TextField
						label="Key"
						hint="Its id, or its name"
						value={v.key}
						onValue={(key) => form.set('key', key)}
						error={form.errorOf('key')}
						offers={keyNames()}
						onFocus={() => void offerNames()}
						required
					/>
				)}
				<p class="muted">
					From now on nothing is given that was kept before: {complete ? whatOf(v) : 'those'}.
					The next requests ask upstream, and are paid for. It can not be undone.
				</p>
				<FormProblem form={form} />
				<div class="actions">
					<Button onPress={onClose}>Cancel</Button>
					<Button kind="danger" submit changes disabled={!complete || form.busy}>
						Purge
					</Button>
				</div>
			</form>
		</Dialog>
	);
}

// --- what it did ---

interface Way {
	id: string;
	name: string;
	n: number;
	meaning: string;
}

function waysOf(c: CacheState): Way[] {
	return [
		{ id: 'hits', name: 'Hits', n: c.hits, meaning: 'got an answer that was known' },
		{
			id: 'coalesced',
			name: 'Coalesced',
			n: c.coalesced,
			meaning: 'got the answer that another one was waiting for',
		},
		{ id: 'stale', name: 'Stale', n: c.stale, meaning: 'got one that was too old, as allowed' },
		{ id: 'misses', name: 'Misses', n: c.misses, meaning: 'were asked upstream' },
		{
			id: 'bypasses',
			name: 'Bypasses',
			n: c.bypasses,
			meaning: 'may neither get nor leave an answer',
		},
	];
}

function Ways({ of: c }: { of: CacheState }) {
	const ways = waysOf(c);
	const all = ways.reduce((n, w) => n + w.n, 0);
	const columns: Column<Way>[] = [
		{ id: 'name', head: 'Requests', width: '104px', cell: (w) => w.name },
		{
			id: 'bar',
			head: 'Share',
			cell: (w) => <Bar value={w.n} max={all} label={w.name} warn={2} bad={2} />,
		},
		{
			id: 'n',
			head: 'Number',
			end: true,
			width: '92px',
			cell: (w) => short(w.n),
			title: (w) => count(w.n),
		},
		{
			id: 'part',
			head: 'Part',
			end: true,
			width: '76px',
			cell: (w) => percent(w.n, all),
		},
		{
			id: 'meaning',
			head: 'They',
			from: 'mid',
			cell: (w) => <span class="muted">{w.meaning}</span>,
			title: (w) => w.meaning,
		},
	];
	return (
		<Card title="How requests were answered, since the start" flush>
			<Table
				caption="How requests were answered"
				columns={columns}
				rows={all ? ways : []}
				rowKey={(w) => w.id}
				empty={
					<Empty icon="cache" title="No request has looked yet">
						Send the same request twice: the second answer comes from here, and has the head
						line <code>x-cache: HIT</code>.
					</Empty>
				}
			/>
		</Card>
	);
}

function Live({ stats }: { stats: Stats[] }) {
	const drawn = useMemo(
		() => ({
			times: stats.map((s) => Math.floor(Date.parse(s.time) / 1000)),
			series: [
				{ name: 'From the cache', values: stats.map((s) => s.cache_hits), color: '--c2' },
				{
					name: 'Asked upstream',
					values: stats.map((s) => Math.max(0, s.requests - s.cache_hits)),
					color: '--c1',
				},
			],
		}),
		[stats],
	);
	return (
		<Card title="Requests a second, the last ten minutes">
			<Chart
				title="Requests a second, by how they were answered"
				{...drawn}
				format={short}
				stacked
				height={150}
			/>
		</Card>
	);
}

const yes = (v: unknown) => (v === undefined ? null : v ? 'yes' : 'no');

function Rules({ of: c }: { of: CacheState }) {
	const rules = Object.entries(c.rules ?? {}).filter(([, v]) => v !== null);
	return (
		<Card
			title="Rules"
			actions={<a href="/settings?q=cache&shown=all">In the configuration</a>}
		>
			<div class="stack">
				<Pairs
					of={[
						...rules.map(([name, v]): [string, string] => [
							name.replaceAll('_', ' '),
							plain(typeof v === 'boolean' ? (yes(v) ?? '') : String(v)),
						]),
						['only when asked for', yes(c.opt_in)],
						['tool calls', yes(c.tool_calls)],
						['waits for its twin', yes(c.single_flight)],
						['stale while renewed', c.stale_while_revalidate],
						['stale on errors', c.stale_if_error],
						['may take', c.deadline],
						['largest answer', c.max_entry === undefined ? null : bytes(c.max_entry)],
						['idempotency keys for', c.idempotency],
					]}
				/>
				<p class="muted small">
					Keys, groups and models can say something else of their own: whether, how long, and
					with whom.
				</p>
			</div>
		</Card>
	);
}

function Room({ of: c }: { of: CacheState }) {
	return (
		<Card title="What is in it">
			<div class="stack">
				{c.bytes !== null && c.bytes_max !== null && (
					<Bar value={c.bytes} max={c.bytes_max} label="Room that is used" warn={2} bad={2}>
						{bytes(c.bytes)} of {bytes(c.bytes_max)}
					</Bar>
				)}
				<Pairs
					of={[
						['Backend', plain(c.type ?? '')],
						['Answers', count(c.entries)],
						['Given to it', count(c.stored)],
						['Forgotten for room', count(c.evictions)],
						['Not taken', count(c.refused)],
						[
							'Troubles',
							c.failures ? <Badge kind="bad">{count(c.failures)}</Badge> : count(c.failures),
						],
						['All purged', c.purged_at ? <Time at={c.purged_at} long /> : 'never'],
					]}
				/>
			</div>
		</Card>
	);
}

function View({ of: c, stats }: { of: CacheState; stats: Stats[] }) {
	const spared = c.hits + c.stale + c.coalesced;
	return (
		<>
			{(c.failures ?? 0) > 0 && (
				<Note kind="warn">
					The backend had {count(c.failures)} troubles since the start: requests went upstream
					instead. conduitd's log says which.
				</Note>
			)}
			<Figures
				of={[
					{
						label: 'Hit ratio',
						value: percent(c.hit_ratio),
						sub: `of ${short(spared + c.misses)} that looked`,
					},
					{
						label: 'Saved',
						value: usd(c.saved_usd),
						title: usdExact(c.saved_usd),
						sub: 'since the start',
					},
					{ label: 'Spared requests', value: short(spared), title: count(spared) },
					{ label: 'Answers kept', value: short(c.entries), title: count(c.entries) },
					{
						label: 'Room',
						value: bytes(c.bytes),
						sub: c.bytes_max === null ? undefined : `of ${bytes(c.bytes_max)}`,
					},
				]}
			/>
			{stats.length > 1 && <Live stats={stats} />}
			<Ways of={c} />
			<div class="grid">
				<Room of={c} />
				<Rules of={c} />
			</div>
		</>
	);
}

function NoCache() {
	return (
		<Card>
			<Empty
				icon="cache"
				title="No cache is configured"
				action={<Button href="/settings">Settings</Button>}
			>
				Equal requests can be answered once and paid once. Put this into the configuration and
				start conduitd again:
			</Empty>
			<Code text={'cache = { type = "memory"; size = "1GiB"; ttl = "1h"; };'} />
		</Card>
	);
}

export default function Cache() {
	const loaded = useLoad<CacheState>(PATH, undefined, true);
	const [purging, setPurging] = useState(false);
	const [stats, setStats] = useState<Stats[]>([]);
	const asked = useRef(Date.now());
	const due = useRef(false);
	const has = loaded.data?.type !== null;
	// What is shown follows the stream: when something ended, the sums are asked for again.
	useEvents<Stats>(
		'stats',
		(s) => {
			setStats((list) => slide(list, s, SHOWN_S));
			due.current ||= s.requests > 0;
			if (!due.current || Date.now() - asked.current < AGAIN_MS) return;
			due.current = false;
			asked.current = Date.now();
			loaded.reload();
		},
		has,
	);
	usePolling(loaded.reload);
	return (
		<Page
			title="Cache"
			sub="Answers that are known already come at once, and are not paid for upstream."
			actions={
				loaded.data &&
				has && (
					<Button small icon="trash" changes onPress={() => setPurging(true)}>
						Purge…
					</Button>
				)
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(c) => (c.type === null ? <NoCache /> : <View of={c} stats={stats} />)}
			</WhenLoaded>
			{purging && mayChange() && (
				<PurgeDialog onClose={() => setPurging(false)} onDone={loaded.reload} />
			)}
		</Page>
	);
}
