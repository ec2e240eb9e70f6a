// pages/plugins.tsx - the files that were looked at: what they offer, and why some were refused.
// SPDX-License-Identifier: MIT
import { piece } from '../lib/api';
import { count, plain } from '../lib/format';
import { useLoad } from '../lib/load';
import { type QueryState, useQuery } from '../lib/query';
import type { List } from '../lib/types';
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
	WhenLoaded,
} from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { Filters, Segments } from '../ui/filters';
import { type Column, Table } from '../ui/table';

interface Option {
	name: string;
	type: string;
	required: boolean;
	default?: string;
	help?: string;
}

interface Feature {
	kind: string;
	name: string;
	summary: string;
	known: boolean;
	options: Option[];
}

interface Plugin {
	file: string;
	sha256: string;
	status: 'loaded' | 'refused';
	why?: string;
	id?: string;
	version?: string;
	license?: string;
	abi_minor?: number;
	features?: Feature[];
}

const KINDS: [string, string][] = [
	['', 'All'],
	['provider', 'Providers'],
	['policy', 'Policies'],
	['cache', 'Caches'],
];

const fileName = (p: Plugin) => p.file.slice(p.file.lastIndexOf('/') + 1);
const features = (p: Plugin) => p.features ?? [];
/** "conduit.provider/1": a provider. */
const kindOf = (f: Feature) => f.kind.replace(/^conduit\./, '').replace(/\/.*/, '');
const kindsOf = (p: Plugin) => [...new Set(features(p).map(kindOf))].join(', ');
const namesOf = (p: Plugin) =>
	features(p)
		.map((f) => f.name)
		.join(', ');
const summaryOf = (p: Plugin) =>
	p.status === 'refused'
		? (p.why ?? 'refused')
		: features(p)
				.map((f) => f.summary)
				.join('; ');

const columns: Column<Plugin>[] = [
	{
		id: 'name',
		head: 'Plugin',
		width: '190px',
		narrow: '130px',
		cell: (p) => plain(namesOf(p) || fileName(p)),
		title: (p) => p.id ?? p.file,
		order: (a, b) => namesOf(b).localeCompare(namesOf(a)),
	},
	{
		id: 'kind',
		head: 'Kind',
		width: '92px',
		from: 'mid',
		cell: (p) => <span class="muted">{plain(kindsOf(p)) || '–'}</span>,
		order: (a, b) => kindsOf(b).localeCompare(kindsOf(a)),
	},
	{
		id: 'summary',
		head: 'What it does',
		cell: (p) => plain(summaryOf(p)),
		title: summaryOf,
	},
	{
		id: 'options',
		head: 'Options',
		end: true,
		width: '84px',
		from: 'wide',
		cell: (p) => count(features(p).reduce((n, f) => n + f.options.length, 0)),
	},
	{
		id: 'version',
		head: 'Version',
		width: '84px',
		from: 'wide',
		cell: (p) => plain(p.version ?? '–'),
	},
	{
		id: 'status',
		head: 'State',
		width: '104px',
		cell: (p) => <Badge kind={p.status === 'loaded' ? 'good' : 'bad'}>{p.status}</Badge>,
		order: (a, b) => b.status.localeCompare(a.status),
	},
];

// --- one of them ---

function Options({ of }: { of: Option[] }) {
	return (
		<Pairs
			of={of.map((o) => [
				plain(o.name),
				<>
					{plain(o.help ?? '', 600)}{' '}
					<span class="muted">
						({plain(o.type)}
						{o.default !== undefined && (
							<>
								, <span class="mono">{plain(o.default) || '""'}</span>
							</>
						)}
						)
					</span>{' '}
					{o.required && <Badge kind="accent">needed</Badge>}
				</>,
			])}
		/>
	);
}

/** What a configuration says to have it. */
function exampleOf(f: Feature): string {
	const needed = f.options.filter((o) => o.required).map((o) => ` ${o.name} = "...";`);
	if (kindOf(f) === 'provider')
		return `providers = (\n  { name = "mine"; type = "${f.name}";${needed.join('')} }\n);`;
	if (kindOf(f) === 'cache') return `cache = { type = "${f.name}";${needed.join('')} };`;
	return `policies = (\n  { name = "mine"; type = "${f.name}";${needed.join('')} }\n);`;
}

function Offer({ feature: f }: { feature: Feature }) {
	return (
		<div class="stack">
			<div>
				<h3>
					{plain(f.name)} <span class="tag">{plain(kindOf(f))}</span>
				</h3>
				<p class="muted">{plain(f.summary)}</p>
			</div>
			{!f.known && (
				<Note kind="warn">This Conduit does not know this kind; it is left alone.</Note>
			)}
			{f.known && <Code text={exampleOf(f)} label={`Configuration of ${f.name}`} />}
			{f.options.length > 0 && <Options of={f.options} />}
		</div>
	);
}

function Detail({ plugin: p, close }: { plugin: Plugin; close: () => void }) {
	return (
		<Dialog title={plain(namesOf(p) || fileName(p))} onClose={close} width={720}>
			<div class="stack">
				{p.why && (
					<Note kind="bad">
						<div>{plain(p.why, 600)}</div>
						<div class="muted">
							<code>conduitd --check-plugin FILE</code> says the same without a restart. Plugins
							are loaded at the start.
						</div>
					</Note>
				)}
				<Pairs
					of={[
						['State', p.status],
						['Id', p.id && plain(p.id)],
						['Version', p.version && plain(p.version)],
						['License', p.license && plain(p.license)],
						[
							'File',
							<span class="mono" style={{ overflowWrap: 'anywhere' }}>
								{plain(p.file, 500)}
							</span>,
						],
						[
							'SHA-256',
							<span class="mono" style={{ overflowWrap: 'anywhere' }}>
								{p.sha256 || '–'}
							</span>,
						],
					]}
				/>
				{features(p).map((f) => (
					<Offer key={f.kind + f.name} feature={f} />
				))}
			</div>
		</Dialog>
	);
}

// --- all of them ---

function fits(p: Plugin, kind: string, words: string): boolean {
	if (kind && !features(p).some((f) => kindOf(f) === kind)) return false;
	const text = `${p.id ?? ''} ${namesOf(p)} ${summaryOf(p)} ${fileName(p)}`.toLowerCase();
	return words
		.toLowerCase()
		.split(/\s+/)
		.every((w) => text.includes(w));
}

function View({ all, state }: { all: Plugin[]; state: QueryState }) {
	const { q = '', kind = '', plugin } = state.query;
	const refused = all.filter((p) => p.status === 'refused');
	const shown = all.find((p) => p.file === plugin);
	const rows = all.filter((p) => fits(p, kind, q));
	const number = (k: string) => all.filter((p) => fits(p, k, '')).length;
	const to = (p: Plugin) => {
		const more = [q && `q=${piece(q)}`, kind && `kind=${kind}`, `plugin=${piece(p.file)}`];
		return `/plugins?${more.filter(Boolean).join('&')}`;
	};
	if (all.length === 0) {
		return (
			<Card>
				<Empty icon="plugins" title="No plugin was found">
					Providers, policies and caches are plugins. Put them into a folder of{' '}
					<code>plugins.dirs</code>, and start conduitd again.
				</Empty>
			</Card>
		);
	}
	return (
		<>
			<Figures
				of={[
					{
						label: 'Loaded',
						value: count(all.length - refused.length),
						sub: `${count(all.length)} files`,
					},
					{
						label: 'Refused',
						value: count(refused.length),
						sub: refused.length ? <span class="down">look below</span> : 'none',
					},
					...KINDS.slice(1).map(([k, name]) => ({ label: name, value: count(number(k)) })),
				]}
			/>
			{refused.length > 0 && (
				<Note kind="warn">
					{refused.length === 1 ? 'A file was refused: ' : 'Files were refused: '}
					{refused.slice(0, 5).map((p, i) => (
						<>
							{i > 0 && ', '}
							<a href={to(p)}>{plain(fileName(p))}</a>
						</>
					))}
					. Each says why.
				</Note>
			)}
			<Filters
				state={state}
				filters={[]}
				search={{ name: 'q', placeholder: 'Name or what it does' }}
				keep={['plugin']}
			>
				<Segments
					label="Kind"
					value={kind}
					options={KINDS}
					onValue={(v) => state.set({ kind: v })}
				/>
			</Filters>
			<Table
				caption="Plugins"
				columns={columns}
				rows={rows}
				rowKey={(p) => p.file}
				href={to}
				empty={
					<Empty
						icon="search"
						title="No plugin fits"
						action={<Button onPress={() => state.clear()}>Clear the filter</Button>}
					>
						Look for fewer words, or among all kinds.
					</Empty>
				}
			/>
			{shown && <Detail plugin={shown} close={() => state.set({ plugin: null })} />}
		</>
	);
}

export default function Plugins() {
	const list = useLoad<List<Plugin>>('/admin/v1/plugins');
	const state = useQuery();
	return (
		<Page title="Plugins" sub="What was loaded at the start, and what it offers.">
			<WhenLoaded of={list} height={420}>
				{({ data }) => <View all={data} state={state} />}
			</WhenLoaded>
		</Page>
	);
}
