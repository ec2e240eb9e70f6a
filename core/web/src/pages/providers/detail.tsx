// pages/providers/detail.tsx - one provider: its targets, credentials and errors, and an operator's word.
// SPDX-License-Identifier: MIT
import { useState } from 'preact/hooks';
import { change, get, piece } from '../../lib/api';
import { count, NONE, percent, plain, short, span, usd, usdText } from '../../lib/format';
import { outcomeWords } from '../../lib/records';
import {
	type Account,
	accounts,
	type Failure,
	failures,
	lonely,
	PROVIDER_KINDS,
	type Provider,
	TARGET_KINDS,
	targetState,
	targetWhy,
} from '../../lib/serving';
import { toast } from '../../lib/toast';
import type { List, RequestRecord, Target } from '../../lib/types';
import {
	Ago,
	Badge,
	Button,
	Card,
	Empty,
	Figures,
	Note,
	Page,
	Pairs,
	WhenLoaded,
} from '../../ui/basics';
import { Confirm } from '../../ui/dialog';
import { type Column, Table } from '../../ui/table';
import css from './providers.module.css';

import { DAY_MS, headroom, inflight, mean, rowsOf, stateOf, useServing } from './rows';

type Word = 'drain' | 'enable' | 'reset';
const WORDS: Record<Word, string> = {
	drain: 'gets no new requests',
	enable: 'gets requests again',
	reset: 'has its failures forgotten',
};

const targetPath = (name: string, word: Word) => `/admin/v1/targets/${piece(name)}/${word}`;

function Why({ of }: { of: Account }) {
	if (!of.why && !of.until) return null;
	return (
		<span class="small muted">
			{of.why && plain(of.why)}
			{of.until && (
				<>
					{of.why && ', '}comes back <Ago at={of.until} />
				</>
			)}
		</span>
	);
}

function Accounts({ of }: { of: Account[] }) {
	return (
		<ul class={css.accounts}>
			{of.map((c) => (
				<li key={c.id}>
					<strong class="cut">{plain(c.id) || 'No credential needed'}</strong>
					<Badge kind={TARGET_KINDS[c.state]}>{c.state}</Badge>
					<span class="small muted">
						{count(c.inflight)} under way
						{c.concurrency !== null && ` of at most ${count(c.concurrency)}`}
						{c.share_percent < 100 && ` · gets ${c.share_percent} % of its requests`}
					</span>
					<Why of={c} />
					{c.troubled.length > 0 && (
						<span class="small muted">at {plain(c.troubled.join(', '))}</span>
					)}
				</li>
			))}
		</ul>
	);
}

function targetColumns(act: (t: Target, word: Word) => unknown): Column<Target>[] {
	return [
		{ id: 'name', head: 'Target', cell: (t) => plain(t.model), title: (t) => t.name },
		{
			id: 'state',
			head: 'State',
			width: '104px',
			cell: (t) => <Badge kind={TARGET_KINDS[targetState(t)]}>{targetState(t)}</Badge>,
			title: targetWhy,
		},
		{
			id: 'inflight',
			head: 'Under way',
			from: 'wide',
			width: '86px',
			end: true,
			cell: (t) => count(t.inflight),
		},
		{
			id: 'first',
			head: 'First token',
			from: 'mid',
			width: '92px',
			end: true,
			cell: (t) => span(t.ttft_ms === null ? null : t.ttft_ms * 1000),
			order: (a, b) => (a.ttft_ms ?? 0) - (b.ttft_ms ?? 0),
		},
		{
			id: 'speed',
			head: 'Tokens/s',
			from: 'mid',
			width: '82px',
			end: true,
			cell: (t) => short(t.tokens_per_second),
			order: (a, b) => (a.tokens_per_second ?? 0) - (b.tokens_per_second ?? 0),
		},
		{
			id: 'errors',
			head: 'Errors',
			from: 'mid',
			width: '74px',
			end: true,
			cell: (t) => (
				<span class={(t.error_rate ?? 0) >= 0.2 ? 'down' : ''}>{percent(t.error_rate)}</span>
			),
			order: (a, b) => (a.error_rate ?? 0) - (b.error_rate ?? 0),
		},
		{
			id: 'headroom',
			head: 'Headroom',
			from: 'wide',
			width: '15%',
			cell: (t) => headroom([t]),
		},
		{
			id: 'act',
			head: '',
			width: '142px',
			narrow: '134px',
			end: true,
			cell: (t) => (
				<span class={css.actions}>
					{t.state === 'drained' ? (
						<Button small changes onPress={() => act(t, 'enable')}>
							Enable
						</Button>
					) : (
						<Button small changes onPress={() => act(t, 'drain')}>
							Drain
						</Button>
					)}
					<Button small changes onPress={() => act(t, 'reset')}>
						Reset
					</Button>
				</span>
			),
		},
	];
}

const RECORDS_MAX = 1000;

const failureColumns: Column<Failure>[] = [
	{ id: 'what', head: 'What', cell: (f) => plain(outcomeWords(f.outcome)) },
	{ id: 'http', head: 'HTTP', width: '64px', end: true, cell: (f) => f.http ?? NONE },
	{ id: 'count', head: 'Times', width: '72px', end: true, cell: (f) => count(f.count) },
	{
		id: 'newest',
		head: 'Newest',
		width: '110px',
		narrow: '96px',
		cell: (f) => <Ago at={f.newest.time} />,
	},
];

/** Sums know how many, records what: they are looked through when somebody wants to know. */
function Failures({ name }: { name: string }) {
	const [found, setFound] = useState<{ looked: number; of: Failure[] }>();
	const look = async () => {
		const from = new Date(Date.now() - DAY_MS).toISOString();
		const query = { provider: name, from, limit: RECORDS_MAX };
		const { data } = await get<List<RequestRecord>>('/admin/v1/requests', query);
		setFound({ looked: data.length, of: failures(name, data) });
	};
	if (!found) {
		return (
			<Card title="Errors by kind">
				<div class="stack">
					<p class="muted">
						What went wrong in the newest {count(RECORDS_MAX)} requests of a day.
					</p>
					<div class="buttons">
						<Button onPress={look}>Look</Button>
					</div>
				</div>
			</Card>
		);
	}
	return (
		<Card
			title={`Errors by kind, newest ${count(found.looked)}`}
			flush
			actions={
				<Button small icon="refresh" onPress={look}>
					Look again
				</Button>
			}
		>
			<Table
				caption="Errors by kind"
				columns={failureColumns}
				rows={found.of}
				rowKey={(f) => `${f.outcome} ${f.http}`}
				href={(f) => `/requests/${piece(f.newest.id)}`}
				empty={<Empty icon="check" title="Nothing went wrong" />}
			/>
		</Card>
	);
}

function About({ of: p }: { of: Provider }) {
	const limits = Object.entries(p.limits).map(([name, n]) => `${count(n)} ${name}`);
	return (
		<Pairs
			of={[
				['Type', plain(p.type)],
				['Address', p.base_url ? <code>{plain(p.base_url)}</code> : undefined],
				['Limits', limits.join(', ') || <span class="muted">none</span>],
				[
					'Timeouts',
					Object.entries(p.timeout_ms)
						.map(([name, ms]) => `${name.replaceAll('_', ' ')} ${span(ms * 1000)}`)
						.join(', '),
				],
				['Defined at', <code key="d">{plain(p.defined_at)}</code>],
			]}
		/>
	);
}

/** A model of which this is the only one left is worth a question. */
interface Asked {
	target: Target;
	models: string[];
}

export function ProviderDetail({ name }: { name: string }) {
	const loaded = useServing();
	const [asked, setAsked] = useState<Asked>();
	const s = loaded.data;
	const say = async (t: Target, word: Word) => {
		const now = await change<Target>('POST', targetPath(t.name, word));
		if (s) {
			const data = s.targets.data.map((one) => (one.name === now.name ? now : one));
			loaded.put({ ...s, targets: { ...s.targets, data } });
		}
		toast(`${plain(t.name, 60)} ${WORDS[word]}.`);
	};
	const act = (t: Target, word: Word) => {
		const models = word === 'drain' && s ? lonely(t.name, s.routes.data, s.targets.data) : [];
		if (models.length === 0) return say(t, word);
		setAsked({ target: t, models });
		return undefined;
	};
	const row = s && rowsOf(s).find((r) => r.provider.name === name);
	const troubles = row && row.sums.errors > 0;
	const model =
		row && s.routes.data.find((r) => r.targets.some((t) => t.provider === name))?.model;
	return (
		<Page
			title={plain(name, 80)}
			from={['/providers', 'Providers']}
			actions={
				<>
					{model && (
						<Button icon="playground" href={`/playground?model=${encodeURIComponent(model)}`}>
							Test
						</Button>
					)}
					<Button icon="requests" href={`/requests?provider=${piece(name)}&range=24h`}>
						Its requests
					</Button>
				</>
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{() =>
					row ? (
						<>
							<Figures
								of={[
									{
										label: 'State',
										value: <Badge kind={PROVIDER_KINDS[stateOf(row)]}>{stateOf(row)}</Badge>,
										sub: `${row.targets.filter((t) => t.state === 'ready').length} of ${row.targets.length} targets ready`,
									},
									{ label: 'Under way', value: count(inflight(row)), sub: 'now' },
									{ label: 'Headroom', value: headroom(row.targets), sub: 'the upstream says' },
									{ label: 'Requests', value: short(row.sums.requests), sub: 'in 24 hours' },
									{
										label: 'Errors',
										value: percent(row.sums.errors, row.sums.requests),
										sub: troubles ? (
											<a href={`/requests?provider=${piece(name)}&range=24h`}>
												{count(row.sums.errors)}: its requests
											</a>
										) : (
											'none'
										),
									},
									{ label: 'Mean time', value: span(mean(row)), sub: 'in 24 hours' },
									{ label: 'Cost', value: usd(usdText(row.sums.cost)), sub: 'in 24 hours' },
								]}
							/>
							{row.provider.status === 'no plugin' && (
								<Note kind="bad">
									No plugin serves the type {plain(row.provider.type)}.{' '}
									<a href="/plugins">See the plugins</a>
								</Note>
							)}
							<Table
								caption="Targets"
								columns={targetColumns(act)}
								rows={row.targets}
								rowKey={(t) => t.name}
								empty={
									<Empty icon="models" title="No model uses it">
										Give a model a target of this provider in the configuration, then reload it.
									</Empty>
								}
							/>
							<div class="grid" style={{ '--min': '360px' }}>
								<Card title="Credentials">
									{row.targets.length ? (
										<Accounts of={accounts(name, row.targets)} />
									) : (
										<p class="muted">Their health is known when a model uses them.</p>
									)}
								</Card>
								<Failures name={name} />
								<Card title="About">
									<About of={row.provider} />
								</Card>
							</div>
						</>
					) : (
						<Empty
							icon="providers"
							title={`There is no provider ${plain(name, 40)}`}
							action={<Button href="/providers">Go to the providers</Button>}
						>
							The configuration may have changed.
						</Empty>
					)
				}
			</WhenLoaded>
			{asked && (
				<Confirm
					title="Drain the last one?"
					action="Drain"
					danger
					onClose={() => setAsked(undefined)}
					onConfirm={() => say(asked.target, 'drain')}
				>
					No other target is left for{' '}
					{asked.models
						.slice(0, 5)
						.map((m) => plain(m))
						.join(', ')}
					{asked.models.length > 5 && ` and ${asked.models.length - 5} more`}: their requests go
					to their fallbacks, or get 503.
				</Confirm>
			)}
		</Page>
	);
}
