// pages/access/spending.tsx - what was spent of budgets: a bar in a row, and all of it on a page.
// SPDX-License-Identifier: MIT
import {
	type Holder,
	type KeyState,
	periodWords,
	type Spending,
	stateOf,
	tightest,
} from '../../lib/access';
import { plain, usd, usdExact, usdNumber } from '../../lib/format';
import { Bar } from '../../ui/bars';
import { Ago, Badge, type Kind } from '../../ui/basics';
import css from './access.module.css';

const KINDS: Record<KeyState, Kind> = {
	active: 'good',
	disabled: '',
	expired: 'bad',
	spent: 'bad',
	'expires soon': 'warn',
	'group disabled': '',
};

interface BadgeProps {
	of: Holder & { expires_at?: string | null };
	/** Of a key, where it is known. */
	group?: Holder;
}

export function StateBadge({ of, group }: BadgeProps) {
	const state = stateOf(of, Date.now(), group);
	return <Badge kind={KINDS[state]}>{state === 'spent' ? 'budget spent' : state}</Badge>;
}

const taken = (s: Spending) => usdNumber(s.spent) + usdNumber(s.held);

/** The tightest of the budgets, in a table's row. */
export function SpendingMini({ of }: { of: Spending[] | undefined }) {
	const s = tightest(of);
	if (!s) return <span class="muted">no limit</span>;
	const label = `${usd(s.spent)} of ${usd(s.usd)} ${periodWords(s.period)}`;
	return (
		<div class={css.mini} title={(of?.length ?? 0) > 1 ? `${label}, the tightest` : label}>
			<span>
				<span class="cut">
					{usd(s.spent)} <span class="muted">of {usd(s.usd)}</span>
				</span>
				<span class="muted full">{s.kind === 'balance' ? 'paid' : periodWords(s.period)}</span>
			</span>
			<Bar value={taken(s)} max={usdNumber(s.usd)} label={label} />
		</div>
	);
}

/** Where each request that was paid for stands, and what they come to. of: "key=...". */
export function SpendingLinks({ of, by }: { of: string; by: string }) {
	return (
		<span class="buttons">
			<a href={`/requests?${of}&range=24h`}>Its requests</a>
			<a href={`/usage?${of}&by=${by}`}>Its usage</a>
		</span>
	);
}

function Renews({ of }: { of: Spending }) {
	if (of.kind === 'balance') return <span class="muted small">paid in advance</span>;
	if (!of.renews) return <span class="muted small">never begins again</span>;
	return (
		<span class="muted small">
			begins again <Ago at={of.renews} />
		</span>
	);
}

function nameOf(s: Spending): string {
	return s.kind === 'balance' ? 'Balance' : `${usd(s.usd)} ${periodWords(s.period)}`;
}

export function SpendingList({ of }: { of: Spending[] }) {
	return (
		<ul class={css.spending}>
			{of.map((s, i) => (
				<li key={i}>
					<Bar value={taken(s)} max={usdNumber(s.usd)} label={`Spent of ${nameOf(s)}`}>
						<p>
							<strong>{nameOf(s)}</strong>
							{s.models?.length ? (
								<span class="muted small cut">{s.models.map((m) => plain(m)).join(', ')}</span>
							) : null}
							{s.hard === false && <span class="tag">only counts</span>}
							<Renews of={s} />
						</p>
						<p>
							<span title={usdExact(s.spent)}>{usd(s.spent)} spent</span>
							{s.held && Number(s.held) > 0 ? (
								<span class="muted" title="Set aside for requests that are under way">
									{usd(s.held)} held
								</span>
							) : null}
							<span class="muted" title={usdExact(s.remaining)}>
								{usd(s.remaining)} left
							</span>
						</p>
					</Bar>
				</li>
			))}
		</ul>
	);
}
