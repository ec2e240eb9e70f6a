// pages/requests/detail.tsx - all that is known of one request.
// SPDX-License-Identifier: MIT
import { useState } from 'preact/hooks';
import { piece } from '../../lib/api';
import { bytes, count, NONE, plain, span, usd, usdExact, usdNumber } from '../../lib/format';
import { useLoad } from '../../lib/load';
import { keyName } from '../../lib/names';
import {
	answeredAt,
	countedWords,
	curlOf,
	type Lane,
	lanes,
	orderCut,
	outcomeWords,
	statusKind,
} from '../../lib/records';
import type { List, RequestRecord } from '../../lib/types';
import {
	Badge,
	Button,
	Card,
	Code,
	Figures,
	Page,
	Pairs,
	Time,
	WhenLoaded,
} from '../../ui/basics';
import { type Column, Table } from '../../ui/table';
import { type PriceRow, rowsFor, sumOf } from './arithmetic';
import css from './detail.module.css';

/** Of what the ledger alone has kept. */
function Unknown({ what }: { what: string }) {
	return <p class="muted">conduitd ended while this was under way: {what} not known.</p>;
}

/** A bar from one time to another, as parts of all. */
function Timeline({ r }: { r: RequestRecord }) {
	if (r.total_us === null) return <Unknown what="its times are" />;
	const all = Math.max(r.total_us, 1);
	const place = (from: number, to: number) => ({
		left: `${(from / all) * 100}%`,
		width: `${Math.max(((to - from) / all) * 100, 0.3)}%`,
	});
	return (
		<div class={css.timeline}>
			<div class={css.lane}>
				<span class="cut">The whole request</span>
				<div class={css.track}>
					<i
						style={{
							...place(0, r.first_us ?? all),
							background: 'color-mix(in oklch, var(--accent-fill) 45%, transparent)',
						}}
						title={`To the first piece: ${span(r.first_us)}`}
					/>
					{r.first_us !== null && (
						<i
							style={{ ...place(r.first_us, all), background: 'var(--accent-fill)' }}
							title={`Answering: ${span(all - r.first_us)}`}
						/>
					)}
				</div>
				<span class={css.took}>{span(r.total_us)}</span>
			</div>
			{lanes(r).map((lane, i) => (
				<div class={css.lane} key={i}>
					<span class="cut" title={lane.name}>
						{i + 1}. {plain(lane.name)} <span class="muted">{lane.note}</span>
					</span>
					<div class={css.track}>
						{lane.segments.map((s) => (
							<i
								key={s.name}
								style={{ ...place(s.fromUs, s.toUs), background: `var(${s.color})` }}
								title={`${s.name}: ${span(s.toUs - s.fromUs)}, from ${span(s.fromUs)}`}
							/>
						))}
					</div>
					<span class={css.took}>{span(took(lane))}</span>
				</div>
			))}
			<ul class="legend">
				<li>
					<i style={{ background: 'var(--c8)' }} />
					Waiting for the answer to begin
				</li>
				<li>
					<i style={{ background: 'var(--c3)' }} />
					Waiting for the first piece
				</li>
				<li>
					<i style={{ background: 'var(--c1)' }} />
					Reading the answer
				</li>
			</ul>
		</div>
	);
}

/** null: nobody knows. */
function took({ segments }: Lane): number | null {
	const [first, last] = [segments[0], segments.at(-1)];
	return first && last ? last.toUs - first.fromUs : null;
}

type Attempt = RequestRecord['attempts'][number] & { number: number };

const attemptColumns: Column<Attempt>[] = [
	{ id: 'number', head: '#', from: 'mid', width: '48px', cell: (a) => a.number },
	{
		id: 'target',
		head: 'Target',
		cell: (a) => plain(a.target),
		title: (a) => a.target ?? undefined,
	},
	{
		id: 'outcome',
		head: 'Outcome',
		width: '128px',
		cell: (a) => (
			<Badge
				kind={a.outcome === 'OK' ? 'good' : 'bad'}
			>{`${a.http_status ?? ''} ${outcomeWords(a.outcome)}`}</Badge>
		),
	},
	{
		id: 'start',
		head: 'Began at',
		from: 'mid',
		width: '92px',
		end: true,
		cell: (a) => span(a.start_us),
	},
	{
		id: 'head',
		head: 'Head at',
		from: 'wide',
		width: '92px',
		end: true,
		cell: (a) => span(a.head_us),
	},
	{
		id: 'first',
		head: 'First piece at',
		from: 'wide',
		width: '112px',
		end: true,
		cell: (a) => span(a.first_us),
	},
	{
		id: 'end',
		head: 'Ended at',
		from: 'mid',
		width: '92px',
		end: true,
		cell: (a) => span(a.end_us),
	},
	{
		id: 'charge',
		head: 'Charged by',
		from: 'wide',
		width: '110px',
		cell: (a) => a.charge ?? NONE,
	},
	{
		id: 'cost',
		head: 'Cost',
		width: '118px',
		end: true,
		cell: (a) => usd(a.cost_usd),
		title: (a) => usdExact(a.cost_usd),
	},
];

function Decided({ r }: { r: RequestRecord }) {
	const d = r.decision;
	if (!d && r.outcome === 'INTERRUPTED')
		return <Unknown what="what else there was to choose is" />;
	if (!d && !r.attempts.length)
		return <p class="muted">The answer was known: nobody had to be chosen.</p>;
	if (!d && r.shortened)
		return <p class="muted">There was nothing to choose, or it was too long to be kept.</p>;
	if (!d) return <p class="muted">There was one target, and nothing to choose.</p>;
	// Who was skipped always has a reason.
	const cut = (text: string): [string, string] => {
		const at = text.lastIndexOf(':');
		return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
	};
	return (
		<ol class={css.decided}>
			{d.policy && (
				<li>
					The policy <b>{plain(d.policy)}</b> put them in this order:
					<ol>
						{(d.order ?? []).map((one) => {
							const [name, state] = orderCut(one);
							return (
								<li key={one}>
									{plain(name)} {state && <Badge kind="warn">{state}</Badge>}
								</li>
							);
						})}
					</ol>
				</li>
			)}
			{d.skipped?.length ? (
				<li>
					Skipped:
					<ol>
						{d.skipped.map((one) => {
							const [name, why] = cut(one);
							return (
								<li key={one}>
									{plain(name)} <Badge>{outcomeWords(why)}</Badge>
								</li>
							);
						})}
					</ol>
				</li>
			) : null}
			{d.fallback && (
				<li>
					{answeredAt(r) ? 'The fallback ' : 'It went on to the fallback '}
					<b>{plain(d.fallback)}</b>
					{answeredAt(r) ? ' answered.' : '.'}
				</li>
			)}
		</ol>
	);
}

/** Tokens times prices. Asked for when it is opened: prices are another call. They are asked for by
 * provider, because a fallback's are another model's, and many have no model of the configuration. */
function Arithmetic({ r }: { r: RequestRecord }) {
	const [open, setOpen] = useState(false);
	const last = r.attempts.at(-1);
	const prices = useLoad<List<PriceRow>>(open ? '/admin/v1/prices' : null, {
		provider: last?.provider,
	});
	if (!last)
		return (
			<p class="muted">
				Nobody was asked:{' '}
				{usdNumber(r.cost_usd) ? 'a share of the known answer.' : 'it is free.'}
			</p>
		);
	return (
		<details onToggle={(e) => setOpen(e.currentTarget.open)}>
			<summary>Show the arithmetic</summary>
			{open && (
				<WhenLoaded of={prices} height={90}>
					{({ data }) => {
						const sum = sumOf(r, rowsFor(r, data));
						if (!sum)
							return (
								<p class="muted">
									No price is known for {last.target ? plain(last.target) : 'it'} now.
								</p>
							);
						return (
							<>
								<table class={css.sum}>
									<tbody>
										{sum.lines.map((l) => (
											<tr key={l.name}>
												<td>{l.name}</td>
												<td class="end">{count(l.tokens)}</td>
												<td class="end">× ${l.price} per million</td>
												<td class="end">{usdExact(l.usd)}</td>
											</tr>
										))}
										<tr>
											<td colSpan={3}>Sum</td>
											<td class="end">{usdExact(sum.total)}</td>
										</tr>
									</tbody>
								</table>
								{sum.fees && (
									<p class="muted">
										Fees for each image, second, character, search or request are not in it: the
										ledger has {usdExact(r.cost_usd)}.
									</p>
								)}
								{!sum.fits && !sum.fees && (
									<p class="muted">
										That is by the prices of now: the ledger has {usdExact(r.cost_usd)}, by
										those of then, or for other parts of the request.
									</p>
								)}
							</>
						);
					}}
				</WhenLoaded>
			)}
		</details>
	);
}

const UNPRICED = 'no price, or free';

function Story({ r }: { r: RequestRecord }) {
	const rate =
		r.output_tokens && r.first_us !== null && r.total_us !== null && r.total_us > r.first_us
			? (r.output_tokens / (r.total_us - r.first_us)) * 1e6
			: null;
	// A stale answer, and then a newer one behind it, whose time and tokens these are.
	const renewed = r.cache === 'STALE' && r.attempts.at(-1)?.outcome === 'OK';
	const unpriced = r.attempts.length > 0 && r.price === null;
	const out = [
		r.stream && rate && `${rate.toFixed(rate < 10 ? 1 : 0)} a second`,
		r.attempts.at(-1)?.charge === 'estimated' && 'estimated',
		renewed && 'of the renewal',
	].filter(Boolean);
	const curl = curlOf(r);
	return (
		<>
			<Figures
				of={[
					{
						label: 'Took',
						value: span(r.total_us),
						sub: `first piece ${span(r.first_us)}${renewed ? ', then renewed' : ''}`,
					},
					{ label: 'Own overhead', value: span(r.overhead_us), sub: 'of the gateway' },
					{
						label: 'Input tokens',
						value: count(r.input_tokens),
						sub: `${count(r.cached_tokens)} cached upstream${renewed ? ', of the renewal' : ''}`,
					},
					{
						label: 'Output tokens',
						value: count(r.output_tokens),
						sub: out.join(', ') || undefined,
					},
					{
						label: 'Cost',
						value: usd(r.cost_usd),
						sub: unpriced && !usdNumber(r.cost_usd) ? UNPRICED : `${usd(r.held_usd)} was held`,
						title: usdExact(r.cost_usd),
					},
					{
						label: 'Cache',
						value: r.cache?.toLowerCase() ?? NONE,
						sub: r.cache ? `${usd(r.saved_usd)} saved` : 'not cached',
					},
				]}
			/>
			<Card title="Timeline">
				<Timeline r={r} />
			</Card>
			<Card
				title={r.attempts.length === 1 ? 'One attempt' : `${r.attempts.length} attempts`}
				flush
			>
				<Table
					caption="Attempts"
					columns={attemptColumns}
					rows={r.attempts.map((a, i) => ({ ...a, number: i + 1 }))}
					rowKey={(a) => String(a.number)}
					empty={
						<p class={css.none}>
							Nobody was asked
							{r.answered_by ? `: ${plain(r.answered_by.target)} had answered it before` : ''}.
						</p>
					}
				/>
			</Card>
			<div class="grid" style={{ '--min': '380px' }}>
				<Card title="Why it went there">
					<Decided r={r} />
				</Card>
				<Card title="Cost">
					<div class="stack">
						<Pairs
							of={[
								['Charged', usdExact(r.cost_usd)],
								['Held before', usdExact(r.held_usd)],
								['Price of', r.price ? plain(r.price) : unpriced ? UNPRICED : null],
								['Counted', countedWords(r)],
							]}
						/>
						<Arithmetic r={r} />
					</div>
				</Card>
				<Card title="Who and what">
					<Pairs
						of={[
							['Key', r.key && <a href={`/keys/${piece(r.key)}`}>{keyName(r.key)}</a>],
							['Group', r.group && <a href={`/groups/${piece(r.group)}`}>{plain(r.group)}</a>],
							[
								'Model',
								r.model && <a href={`/requests?model=${piece(r.model)}`}>{plain(r.model)}</a>,
							],
							['Operation', `${r.operation ?? NONE}${r.stream ? ', streamed' : ''}`],
							['Client', r.client],
							['Agent', r.agent && plain(r.agent)],
							['Bytes', `${bytes(r.bytes_in)} in, ${bytes(r.bytes_out)} out`],
							['Metadata', r.metadata && <code>{plain(JSON.stringify(r.metadata), 600)}</code>],
						]}
					/>
					{r.shortened && (
						<p class="muted small">
							It was too long: texts are cut; metadata, and why it went there, are left out
							whole when they are too long.
						</p>
					)}
				</Card>
				{curl && (
					<Card title="Ask again">
						<div class="stack">
							<p class="muted">What was said is not kept: put your own in its place.</p>
							<Code text={curl} label="curl" />
						</div>
					</Card>
				)}
			</div>
		</>
	);
}

export function RequestDetail({ id }: { id: string }) {
	const loaded = useLoad<RequestRecord>(`/admin/v1/requests/${piece(id)}`, {
		key_names: 'true',
	});
	const r = loaded.data;
	return (
		<Page
			title={r ? `${plain(r.model)} · ${r.operation ?? NONE}` : 'Request'}
			from={['/requests', 'Requests']}
			sub={
				r && (
					<span class="row">
						<Badge kind={statusKind(r)}>{`${r.status} ${outcomeWords(r.outcome)}`}</Badge>
						<Time at={r.time} long />
						<code>{plain(r.id)}</code>
					</span>
				)
			}
			actions={
				r?.model && (
					<Button small icon="playground" href={`/playground?model=${piece(r.model)}`}>
						Playground
					</Button>
				)
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(record) => <Story r={record} />}
			</WhenLoaded>
		</Page>
	);
}
