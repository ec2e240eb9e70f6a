// pages/settings.tsx - the configuration in effect with the place of each value, checking and
// reloading it, the levels of the log, and what this gateway is.
// SPDX-License-Identifier: MIT
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError, change } from '../lib/api';
import { type Levels, levelsText, type Setting, settingsOf } from '../lib/effective';
import { useEvents } from '../lib/events';
import { bytes, count, length, plain } from '../lib/format';
import { useLoad } from '../lib/load';
import { type QueryState, useQuery } from '../lib/query';
import { toast } from '../lib/toast';
import type { Status } from '../lib/types';
import {
	Ago,
	Badge,
	Button,
	Card,
	Code,
	CopyButton,
	Empty,
	Figures,
	Note,
	Page,
	Pairs,
	Time,
	WhenLoaded,
} from '../ui/basics';
import { Filters, Segments } from '../ui/filters';
import { type Column, Table } from '../ui/table';
import css from './settings.module.css';

interface Log {
	configured: string;
	rooms: Levels;
}

interface Everything {
	status: Status;
	log: Log;
	build: { compiler: string; pointer_bits: number; license: string };
	files: string[];
	config: string;
}

const LEVELS = ['debug', 'info', 'warn', 'error'];

// --- checking and reloading ---

interface Outcome {
	what: 'check' | 'reload';
	good: boolean;
	title: string;
	report: string;
}

interface Loading {
	generation: number;
	report: string;
}

async function load(what: Outcome['what']): Promise<Outcome> {
	const path = what === 'check' ? '/admin/v1/config/check' : '/admin/v1/reload';
	try {
		const { generation, report } = await change<Loading>('POST', path);
		const warned = report ? ' There are warnings.' : '';
		const title =
			what === 'check'
				? `The files are fine; a reload would take them.${warned}`
				: `Reloaded: generation ${generation} is in effect.${warned}`;
		return { what, good: true, title, report };
	} catch (e) {
		if (!(e instanceof ApiError) || e.code !== 'invalid_configuration') throw e;
		return {
			what,
			good: false,
			title: 'There are errors, and nothing has changed: what was in effect still is.',
			report: String(e.body.report ?? ''),
		};
	}
}

function Told({ outcome, close }: { outcome: Outcome; close: () => void }) {
	const name = outcome.what === 'check' ? 'What the check says' : 'What the reload says';
	return (
		<div role="status">
			<Card
				title={
					<>
						{name}{' '}
						<Badge kind={!outcome.good ? 'bad' : outcome.report ? 'warn' : 'good'}>
							{!outcome.good ? 'errors' : outcome.report ? 'warnings' : 'fine'}
						</Badge>
					</>
				}
				actions={<Button kind="plain" small icon="close" label="Close" onPress={close} />}
			>
				<div class="stack">
					<p>{outcome.title}</p>
					{outcome.report && <Code text={outcome.report.trimEnd()} label="Report" />}
				</div>
			</Card>
		</div>
	);
}

// --- values ---

const columns: Column<Setting>[] = [
	{
		id: 'path',
		head: 'Setting',
		narrow: '58%',
		cell: (s) => <span class="mono">{plain(s.path)}</span>,
		title: (s) => s.path,
		order: (a, b) => b.path.localeCompare(a.path),
	},
	{
		id: 'value',
		head: 'Value',
		cell: (s) => <span class="mono">{plain(s.value)}</span>,
		title: (s) => s.value,
	},
	{
		id: 'from',
		head: 'From',
		from: 'mid',
		cell: (s) =>
			s.from === 'default' ? <span class="muted">default</span> : <span>{plain(s.from)}</span>,
		title: (s) => s.from,
		order: (a, b) => b.from.localeCompare(a.from, undefined, { numeric: true }),
	},
];

function fits(s: Setting, words: string, shown: string): boolean {
	if (shown === 'set' && s.from === 'default') return false;
	const text = `${s.path} ${s.value} ${s.from}`.toLowerCase();
	return words
		.toLowerCase()
		.split(/\s+/)
		.every((w) => text.includes(w));
}

function Configuration({ all, state }: { all: Everything; state: QueryState }) {
	const settings = useMemo(() => settingsOf(all.config), [all.config]);
	const { q = '', shown = 'set' } = state.query;
	const rows = useMemo(() => settings.filter((s) => fits(s, q, shown)), [settings, q, shown]);
	const set = settings.filter((s) => s.from !== 'default').length;
	return (
		<>
			<Filters
				state={state}
				filters={[]}
				search={{ name: 'q', placeholder: 'Setting, value or file' }}
			>
				<Segments
					label="Which"
					value={shown}
					options={[
						['set', `Set (${count(set)})`],
						['all', `All (${count(settings.length)})`],
						['text', 'As text'],
					]}
					onValue={(v) => state.set({ shown: v === 'set' ? null : v })}
				/>
				{shown === 'text' && <CopyButton text={all.config} label="Copy all" />}
			</Filters>
			{shown === 'text' ? (
				<Code text={all.config} max={560} label="Configuration" />
			) : (
				<Table
					caption="Settings in effect"
					columns={columns}
					rows={rows}
					rowKey={(s) => s.path}
					empty={
						q ? (
							<Empty icon="search" title="No setting fits">
								Look among all of them, or clear the search.
							</Empty>
						) : (
							<Empty icon="settings" title="Everything is as it comes">
								No file, variable or flag says anything: conduitd runs on its defaults. Write a
								configuration, start conduitd with <code>-c FILE</code>, and reload it here.
							</Empty>
						)
					}
				/>
			)}
		</>
	);
}

// --- levels of the log ---

const same = (a: Levels, b: Levels) => levelsText(a) === levelsText(b);

function LogLevels({ log, put }: { log: Log; put: (log: Log) => void }) {
	const [from, setFrom] = useState(log.rooms);
	const [rooms, setRooms] = useState(log.rooms);
	const dirty = !same(rooms, from);
	const elsewhere = !same(log.rooms, from);
	useEffect(() => {
		// Somebody else's change comes in when there is nothing typed to lose.
		if (!elsewhere || dirty) return;
		setFrom(log.rooms);
		setRooms(log.rooms);
	}, [log, elsewhere, dirty]);
	const take = (now: Levels) => {
		setFrom(now);
		setRooms(now);
	};
	const send = async (levels: string) => {
		const now = await change<Log>('PATCH', '/admin/v1/log', { levels });
		put(now);
		take(now.rooms);
		toast(`The log writes ${levelsText(now.rooms)}`);
	};
	const values = new Set(Object.values(rooms));
	return (
		<Card
			title="Levels of the log"
			actions={
				<>
					<Button
						small
						changes
						disabled={same(from, rooms) && levelsText(rooms) === log.configured}
						onPress={() => send(log.configured)}
					>
						As configured
					</Button>
					<Button
						small
						kind="primary"
						changes
						disabled={!dirty}
						onPress={() => send(levelsText(rooms))}
					>
						Apply
					</Button>
				</>
			}
		>
			<div class="stack">
				<p class="muted">
					They count at once, and until the next reload or start. The configuration says{' '}
					<code>{log.configured}</code>.
				</p>
				{elsewhere && dirty && (
					<Note kind="warn">
						Somebody else has set <code>{levelsText(log.rooms)}</code> meanwhile. What you chose
						is still here: apply it, or{' '}
						<Button small onPress={() => take(log.rooms)}>
							take theirs
						</Button>
					</Note>
				)}
				<Segments
					label="All rooms"
					value={values.size === 1 ? [...values][0] : ''}
					options={LEVELS.map((l) => [l, `All ${l}`])}
					onValue={(l) =>
						setRooms(Object.fromEntries(Object.keys(rooms).map((room) => [room, l])))
					}
				/>
				<div class={css.rooms}>
					{Object.entries(rooms).map(([room, level]) => (
						<div key={room} class={css.room}>
							<span class={level === from[room] ? '' : css.apart}>{room}</span>
							<select
								class="input"
								aria-label={`Level of ${room}`}
								value={level}
								onChange={(e) => setRooms({ ...rooms, [room]: e.currentTarget.value })}
							>
								{LEVELS.map((l) => (
									<option key={l}>{l}</option>
								))}
							</select>
						</div>
					))}
				</div>
			</div>
		</Card>
	);
}

// --- what it is ---

function About({ all }: { all: Everything }) {
	const { status, build } = all;
	const address = (l: Status['listen'][number]) =>
		l.address.startsWith('unix:')
			? l.address
			: `${l.address.includes(':') ? `[${l.address}]` : l.address}:${l.port}${l.tls ? ' (TLS)' : ''}`;
	return (
		<Card title="About">
			<Pairs
				of={[
					['Conduit', status.version],
					['Started', <Time at={status.started_at} long />],
					['Clients', status.listen.map(address).join(', ') || 'none'],
					['Files', all.files.map((f) => plain(f)).join(', ') || 'none: defaults'],
					['Plugins', <a href="/plugins">{count(status.plugins.loaded)} loaded</a>],
					[
						'Store',
						`${bytes(status.store.bytes_used)} of ${bytes(status.store.bytes_max)}, ${count(status.store.commits)} commits`,
					],
					['Built by', `${build.compiler}, ${build.pointer_bits} bit`],
					['License', build.license],
				]}
			/>
		</Card>
	);
}

function State({ status }: { status: Status }) {
	const failed = status.last_reload.startsWith('failed');
	return (
		<Figures
			of={[
				{ label: 'Version', value: status.version, sub: `${count(status.workers)} workers` },
				{
					label: 'Up for',
					value: length(status.uptime_s),
					sub: <Ago at={status.started_at} />,
				},
				{
					label: 'Configuration',
					value: `no. ${count(status.generation)}`,
					sub: 'one up a reload',
				},
				{
					label: 'Last reload',
					value: failed ? 'Failed' : status.last_reload === 'ok' ? 'Fine' : 'Never',
					sub: failed ? (
						<span class="down">{status.last_reload.replace(/^failed: /, '')}</span>
					) : (
						'since the start'
					),
				},
				{
					label: 'Models',
					value: count(status.models),
					sub: `${count(status.providers)} providers`,
				},
				{ label: 'Keys', value: count(status.keys), sub: 'made, not configured' },
			]}
		/>
	);
}

interface Changed {
	type: 'audit' | 'reload';
	entry?: { kind: string };
}

export default function Settings() {
	const loaded = useLoad<Everything>('/admin/v1/settings', undefined, true);
	const state = useQuery();
	const [outcome, setOutcome] = useState<Outcome>();
	useEvents<Changed>('changes', (e) => {
		if (e.type === 'reload' || e.entry?.kind === 'log') loaded.reload();
	});
	const run = (what: Outcome['what']) => async () => {
		setOutcome(await load(what));
		if (what === 'reload') loaded.reload();
	};
	return (
		<Page
			title="Settings"
			sub="What is in effect, and where each value is from."
			actions={
				<>
					<Button small icon="check" changes onPress={run('check')}>
						Check the files
					</Button>
					<Button small icon="refresh" kind="primary" changes onPress={run('reload')}>
						Reload
					</Button>
				</>
			}
		>
			{outcome && <Told outcome={outcome} close={() => setOutcome(undefined)} />}
			<WhenLoaded of={loaded} height={420}>
				{(all) => (
					<>
						<State status={all.status} />
						<div class="grid" style={{ '--min': '420px' }}>
							<LogLevels
								log={all.log}
								put={(log) => loaded.put({ ...all, log }, loaded.version)}
							/>
							<About all={all} />
						</div>
						<Configuration all={all} state={state} />
					</>
				)}
			</WhenLoaded>
		</Page>
	);
}
