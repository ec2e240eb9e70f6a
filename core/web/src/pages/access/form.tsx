// pages/access/form.tsx - the form of a key or a group, and what happens when two people have it open.
// SPDX-License-Identifier: MIT
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
	type BudgetDraft,
	bodyOf,
	cacheWords,
	DRAFT_NAMES,
	type Draft,
	fieldWords,
	type Holder,
	LIMITS,
	type Merged,
	merge,
	NO_DRAFT,
	OPERATIONS,
	same,
	toDraft,
	unsaid,
} from '../../lib/access';
import { ApiError, ask, mayChange } from '../../lib/api';
import { plain } from '../../lib/format';
import { useLoad } from '../../lib/load';
import type { List, Model } from '../../lib/types';
import { Button, Note } from '../../ui/basics';
import { Dialog } from '../../ui/dialog';
import {
	CheckField,
	ChipsField,
	type Form,
	FormProblem,
	SelectField,
	TextField,
	useForm,
} from '../../ui/fields';
import css from './access.module.css';

const PERIODS: [string, string][] = [
	['day', 'a day'],
	['week', 'a week'],
	['month', 'a month'],
	['total', 'in all'],
	['every', 'every …'],
];
const BUDGETS_MAX = 7;
const zoneHere = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
const NO_BUDGET: BudgetDraft = {
	usd: '',
	period: 'month',
	timezone: zoneHere,
	models: [],
	hard: true,
};

interface BudgetProps {
	number: number;
	value: BudgetDraft;
	onValue: (value: BudgetDraft) => void;
	onRemove: () => void;
	offers: string[];
}

function BudgetRow({ number, value: b, onValue, onRemove, offers }: BudgetProps) {
	const set = (patch: Partial<BudgetDraft>) => onValue({ ...b, ...patch });
	const span = PERIODS.some(([p]) => p === b.period) ? b.period : 'every';
	return (
		<div class={css.budget} role="group" aria-label={`Budget ${number}`}>
			<TextField label="USD" value={b.usd} onValue={(v) => set({ usd: v })} required />
			<SelectField
				label="For"
				value={span}
				onValue={(v) => set({ period: v === 'every' ? 'every 5h' : v })}
				options={PERIODS}
			/>
			{span === 'every' ? (
				<TextField label="Span" value={b.period} onValue={(v) => set({ period: v })} />
			) : (
				<TextField
					label="Time zone"
					value={b.timezone}
					onValue={(v) => set({ timezone: v })}
					offers={['UTC', zoneHere]}
				/>
			)}
			<Button icon="trash" label={`Take budget ${number} away`} onPress={onRemove} />
			<div class={css.whole}>
				<ChipsField
					label="Only for models"
					placeholder="all models"
					values={b.models}
					onValues={(v) => set({ models: v })}
					offers={offers}
				/>
			</div>
			<CheckField
				label="Refuse requests beyond it"
				checked={b.hard}
				onValue={(v) => set({ hard: v })}
				hint={b.hard ? undefined : 'It only counts.'}
			/>
		</div>
	);
}

interface PartProps {
	form: Form<Draft>;
	models: string[];
}

function Budgets({ form, models }: PartProps) {
	const all = form.values.budgets;
	const error = form.errorOf('budgets');
	return (
		<fieldset class={css.part}>
			<legend>Budgets</legend>
			{all.length === 0 && <p class="muted">None: it may spend what its group may.</p>}
			{all.map((b, i) => (
				<BudgetRow
					key={i}
					number={i + 1}
					value={b}
					offers={models}
					onValue={(v) =>
						form.set(
							'budgets',
							all.map((x, k) => (k === i ? v : x)),
						)
					}
					onRemove={() =>
						form.set(
							'budgets',
							all.filter((_, k) => k !== i),
						)
					}
				/>
			))}
			{error && <Note kind="bad">{error}</Note>}
			<div class="buttons">
				<Button
					small
					icon="plus"
					disabled={all.length >= BUDGETS_MAX}
					onPress={() => form.set('budgets', [...all, NO_BUDGET])}
				>
					Add a budget
				</Button>
			</div>
			<CheckField
				label="Shorten answers rather than refuse"
				checked={form.values.clamp}
				onValue={(v) => form.set('clamp', v)}
				hint="When the budget buys less than was asked for, the answer is made shorter."
			/>
		</fieldset>
	);
}

function Limits({ form }: PartProps) {
	const some =
		LIMITS.some(([n]) => form.values[n] || form.errorOf(n)) || form.values.shadow === true;
	return (
		<details class={css.part} open={some}>
			<summary>Limits</summary>
			<div class="stack">
				<div class="form-row">
					{LIMITS.map(([name, label]) => (
						<TextField
							key={name}
							label={label}
							placeholder="as configured"
							value={form.values[name]}
							onValue={(v) => form.set(name, v)}
							error={form.errorOf(name)}
						/>
					))}
				</div>
				<CheckField
					label="Only count"
					checked={form.values.shadow}
					onValue={(v) => form.set('shadow', v)}
					hint="These limits refuse nothing, and count what they would."
				/>
			</div>
		</details>
	);
}

function More({ form }: PartProps) {
	const v = form.values;
	const names = ['policy', 'allowed_ips', 'operations', 'metadata', 'cache'];
	const open = names.some((n) => form.errorOf(n));
	const none = unsaid(!!v.group);
	return (
		<details class={css.part} open={open || undefined}>
			<summary>More: addresses, operations, routing, cache, metadata</summary>
			<div class="stack">
				<ChipsField
					label="Operations"
					placeholder={none.all}
					values={v.operations}
					onValues={(x) => form.set('operations', x)}
					error={form.errorOf('operations')}
					offers={OPERATIONS}
				/>
				<ChipsField
					label="From addresses"
					placeholder={none.all}
					hint="Addresses or networks, such as 10.0.0.0/8."
					values={v.allowed_ips}
					onValues={(x) => form.set('allowed_ips', x)}
					error={form.errorOf('allowed_ips')}
				/>
				<div class="form-row">
					<TextField
						label="Policy"
						placeholder={none.policy}
						value={v.policy}
						onValue={(x) => form.set('policy', x)}
						error={form.errorOf('policy')}
						offers={['simple', 'priority', 'leastcost', 'leastlatency', 'leastused']}
					/>
					<SelectField
						label="When the client leaves"
						value={v.on_disconnect}
						onValue={(x) => form.set('on_disconnect', x)}
						options={[
							['cancel', v.group ? 'as its group' : 'cancel the call'],
							['drain', 'read it to its end'],
						]}
						error={form.errorOf('on_disconnect')}
					/>
				</div>
				<div class="form-row">
					<SelectField
						label="Cache"
						value={v.cache_enabled}
						onValue={(x) => form.set('cache_enabled', x)}
						options={[
							['', none.other],
							['on', 'on'],
							['off', 'off'],
						]}
						error={form.errorOf('cache')}
					/>
					<TextField
						label="Answers are kept"
						placeholder={none.other}
						value={v.cache_ttl}
						onValue={(x) => form.set('cache_ttl', x)}
						offers={['10m', '1h', '1d']}
					/>
					<SelectField
						label="Shared by"
						value={v.cache_scope}
						onValue={(x) => form.set('cache_scope', x)}
						options={[
							['', none.other],
							['key', 'nobody else'],
							['group', 'the group'],
							['global', 'all'],
						]}
					/>
				</div>
				<TextField
					label="Metadata"
					hint="A JSON object."
					lines={3}
					value={v.metadata}
					onValue={(x) => form.set('metadata', x)}
					error={form.errorOf('metadata')}
				/>
			</div>
		</details>
	);
}

// --- two people, one form ---

interface Clash extends Merged {
	now: Draft;
	version: string | null;
}

interface ConflictProps {
	clash: Clash;
	mine: Draft;
	choose: (name: keyof Draft, theirs: boolean) => void;
}

function Conflict({ clash, mine, choose }: ConflictProps) {
	const { both, theirs, now } = clash;
	return (
		<Note kind="warn">
			<strong>Somebody else has changed it in the meantime.</strong> Nothing that you typed is
			lost.
			{theirs.length > 0 && (
				<p>
					Taken over from them: {theirs.map((n) => DRAFT_NAMES[n].toLowerCase()).join(', ')}.
				</p>
			)}
			{both.length > 0 && (
				<table class={css.conflict}>
					<caption class="hidden-text">Changed by both</caption>
					<thead>
						<tr>
							<th scope="col">Changed by both</th>
							<th scope="col">Yours</th>
							<th scope="col">Theirs</th>
						</tr>
					</thead>
					<tbody>
						{both.map((n) => (
							<tr key={n}>
								<th scope="row">{DRAFT_NAMES[n]}</th>
								{[false, true].map((isTheirs) => (
									<td key={String(isTheirs)}>
										<label>
											<input
												type="radio"
												name={`conflict-${n}`}
												checked={same(mine[n], now[n]) === isTheirs}
												onChange={() => choose(n, isTheirs)}
											/>
											<span>{plain(fieldWords(n, isTheirs ? now : clash.draft), 120)}</span>
										</label>
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			)}
			<p class="muted">Look at it, then save again.</p>
		</Note>
	);
}

const FIELDS = [
	'name',
	'group',
	'models',
	'operations',
	'allowed_ips',
	'policy',
	'expires_at',
	'rpm',
	'rpd',
	'concurrency',
	'tpm',
	'input_tpm',
	'output_tpm',
	'shadow',
	'budgets',
	'clamp',
	'on_disconnect',
	'cache',
	'metadata',
];

interface AccessFormProps<T extends Holder> {
	kind: 'key' | 'group';
	/** Where it is; null: it is made. */
	path: string | null;
	first: T | null;
	/** What a new one has from the start. */
	start?: Partial<Draft>;
	groups: string[];
	onDone: (answer: T) => void;
	onClose: () => void;
}

/** Sends what differs. A conflict shows what the other one did, and goes on from there. */
function useAccessForm<T extends Holder>(p: AccessFormProps<T>) {
	const start = useMemo(() => (p.first ? toDraft(p.first) : { ...NO_DRAFT, ...p.start }), []);
	const base = useRef(p.first ? start : NO_DRAFT);
	const version = useRef<string | null>(p.first ? `"${p.first.version}"` : null);
	const [clash, setClash] = useState<Clash>();
	const send = async (draft: Draft) => {
		const body = bodyOf(draft, base.current);
		if (p.path === null) {
			p.onDone((await ask<T>(`/admin/v1/${p.kind}s`, { method: 'POST', body })).data);
			return;
		}
		if (Object.keys(body).length === 0) {
			p.onClose();
			return;
		}
		try {
			const call = { method: 'PATCH', body, version: version.current };
			p.onDone((await ask<T>(p.path, call)).data);
		} catch (e) {
			if (!(e instanceof ApiError) || e.status !== 409) throw e;
			const there = await ask<T>(p.path);
			const now = toDraft(there.data);
			const merged = merge(base.current, draft, now);
			base.current = now;
			version.current = there.version;
			for (const name of merged.theirs) form.set(name, now[name]);
			setClash({ ...merged, now, version: there.version });
		}
	};
	const form = useForm<Draft>(start, FIELDS, send);
	const choose = (name: keyof Draft, theirs: boolean) =>
		clash && form.set(name, (theirs ? clash.now : clash.draft)[name]);
	return { form, clash, choose, dirty: !same(form.values, start) };
}

export function AccessForm<T extends Holder>(p: AccessFormProps<T>) {
	const { form, clash, choose, dirty } = useAccessForm(p);
	const known = useLoad<List<Model>>('/admin/v1/models', undefined, true);
	const models = (known.data?.data ?? []).map((m) => m.id);
	const title = p.first ? `Edit ${plain(p.first.name, 40) || p.kind}` : `New ${p.kind}`;
	const v = form.values;
	const box = useRef<HTMLFormElement>(null);
	useEffect(() => {
		if (!form.busy)
			box.current?.querySelector('[role=alert]')?.scrollIntoView({ block: 'center' });
	}, [form.busy, clash]);
	return (
		<Dialog title={title} onClose={p.onClose} width={680} firm={dirty}>
			<form class="form" onSubmit={form.submit} ref={box}>
				{clash && (
					<div role="alert">
						<Conflict clash={clash} mine={v} choose={choose} />
					</div>
				)}
				<div class="form-row">
					{(p.kind === 'key' || !p.first) && (
						<TextField
							label="Name"
							value={v.name}
							onValue={(x) => form.set('name', x)}
							error={form.errorOf('name')}
							hint={p.kind === 'group' ? 'It never changes.' : undefined}
							required={p.kind === 'group'}
							autoFocus={!p.first}
						/>
					)}
					{p.kind === 'key' && (
						<SelectField
							label="Group"
							value={v.group}
							onValue={(x) => form.set('group', x)}
							options={[
								['', 'none'],
								...[...new Set([...p.groups, v.group])]
									.filter(Boolean)
									.map((g): [string, string] => [g, g]),
							]}
							error={form.errorOf('group')}
						/>
					)}
					{p.kind === 'key' && (
						<TextField
							label="Expires"
							type="datetime-local"
							value={v.expires_at}
							onValue={(x) => form.set('expires_at', x)}
							error={form.errorOf('expires_at')}
							hint="Empty: never"
						/>
					)}
				</div>
				<ChipsField
					label="Models"
					placeholder={v.group ? unsaid(true).all : 'all models'}
					hint="Names; * stands for any text."
					values={v.models}
					onValues={(x) => form.set('models', x)}
					error={form.errorOf('models')}
					offers={models}
				/>
				<Budgets form={form} models={models} />
				<Limits form={form} models={models} />
				<More form={form} models={models} />
				<FormProblem form={form} />
				<div class={css.foot}>
					<Button onPress={p.onClose}>Cancel</Button>
					<Button kind="primary" submit disabled={form.busy || !mayChange()}>
						{p.first ? 'Save' : `Create the ${p.kind}`}
					</Button>
				</div>
			</form>
		</Dialog>
	);
}

/** What a page says of a holder's rights. Where a key in a group says nothing, its group does. */
export function rights(h: Holder): [string, ComponentChildren][] {
	const of = h as Holder & Record<string, unknown>;
	const none = unsaid(!!of.group);
	const tags = (some: string[], otherwise: string) =>
		some.length ? (
			<span class={css.state}>
				{some.map((t) => (
					<span class="tag" key={t}>
						{plain(t)}
					</span>
				))}
			</span>
		) : (
			<span class="muted">{otherwise}</span>
		);
	const limits = LIMITS.filter(([n]) => of[n]).map(
		([n, label]) => `${Number(of[n]).toLocaleString('en-US')} ${label.toLowerCase()}`,
	);
	return [
		['Models', tags(h.models, none.all)],
		['Operations', tags(h.operations, none.all)],
		['From addresses', tags(h.allowed_ips, none.all)],
		['Limits', tags(h.shadow ? [...limits, 'only counted'] : limits, none.limits)],
		['Policy', h.policy ? plain(h.policy) : <span class="muted">{none.policy}</span>],
		[
			'When a client leaves',
			h.on_disconnect === 'drain' ? 'calls are read to the end' : none.leaves,
		],
		['Cache', plain(cacheWords(h.cache ?? {})) || <span class="muted">{none.other}</span>],
		[
			'Metadata',
			Object.keys(h.metadata).length ? (
				<code>{plain(JSON.stringify(h.metadata), 400)}</code>
			) : undefined,
		],
	];
}
