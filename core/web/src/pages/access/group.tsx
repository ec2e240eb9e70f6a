// pages/access/group.tsx - all of one group: what it spent, what was paid in, and its keys.
// SPDX-License-Identifier: MIT
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { Access, AccessKey, Group } from '../../lib/access';
import { change, piece } from '../../lib/api';
import { useFresh } from '../../lib/events';
import { count, plain, usd, usdExact } from '../../lib/format';
import { type Loaded, useLoad } from '../../lib/load';
import { toast } from '../../lib/toast';
import { Button, Card, Empty, Note, Page, Pairs, Time, WhenLoaded } from '../../ui/basics';
import { Confirm, Dialog } from '../../ui/dialog';
import { FormProblem, TextField, useForm } from '../../ui/fields';
import { type Column, Table } from '../../ui/table';
import css from './access.module.css';
import { AccessForm, rights } from './form';
import { SpendingLinks, SpendingList, SpendingMini, StateBadge } from './spending';

const FRESH_MS = 10_000;

interface CreditProps {
	of: Group;
	onClose: () => void;
	onDone: (group: Group) => void;
}

function Credit({ of, onClose, onDone }: CreditProps) {
	const path = `/admin/v1/groups/${piece(of.name)}/credit`;
	const form = useForm({ usd: '', note: '' }, ['usd', 'note'], async (v) =>
		onDone(await change<Group>('POST', path, v.note ? v : { usd: v.usd })),
	);
	return (
		<Dialog title={`Credit of ${plain(of.name)}`} onClose={onClose} width={460}>
			<form class="form" onSubmit={form.submit}>
				{!of.balance && (
					<Note kind="warn">
						The first credit makes the group prepaid: from then on it may not spend more than
						was paid in.
					</Note>
				)}
				<TextField
					label="USD"
					hint="Below zero takes back."
					value={form.values.usd}
					onValue={(v) => form.set('usd', v.trim())}
					error={form.errorOf('usd')}
					required
					autoFocus
				/>
				<TextField
					label="Note"
					hint="For the audit log, such as the number of an invoice."
					value={form.values.note}
					onValue={(v) => form.set('note', v)}
					error={form.errorOf('note')}
				/>
				<FormProblem form={form} />
				<div class={css.foot}>
					<Button onPress={onClose}>Cancel</Button>
					<Button kind="primary" submit changes disabled={form.busy}>
						Add the credit
					</Button>
				</div>
			</form>
		</Dialog>
	);
}

const columnsOf = (group: Group): Column<AccessKey>[] => [
	{
		id: 'name',
		head: 'Key',
		cell: (k) => plain(k.name, 60) || k.id,
		title: (k) => plain(k.name),
	},
	{
		id: 'state',
		head: 'State',
		width: '122px',
		narrow: '112px',
		cell: (k) => <StateBadge of={k} group={group} />,
	},
	{
		id: 'spending',
		head: 'Budget of its own',
		width: '220px',
		narrow: '130px',
		cell: (k) => <SpendingMini of={k.spending} />,
	},
];

function Money({ of: g }: { of: Group }) {
	const paid = g.spending?.find((s) => s.kind === 'balance');
	return (
		<div class="stack">
			{g.balance && (
				<dl class={css.amounts}>
					<div>
						<dt>Paid in</dt>
						<dd title={usdExact(g.balance.credit)}>{usd(g.balance.credit)}</dd>
					</div>
					<div>
						<dt>Left of it</dt>
						<dd title={usdExact(paid?.remaining)}>{usd(paid?.remaining)}</dd>
					</div>
				</dl>
			)}
			{g.spending?.length ? (
				<SpendingList of={g.spending} />
			) : (
				<p class="muted">No budget: its keys may spend what they may on their own.</p>
			)}
		</div>
	);
}

/** One call tells of the group and its keys; only beyond the first thousand it needs one more. */
function useGroup(name: string, path: string) {
	const all = useLoad<Access>('/admin/v1/access', { limit: 1000 }, true);
	const found = all.data?.groups.data.find((g) => g.name === name);
	const alone = useLoad<Group>(all.data && !found ? path : null, undefined, true);
	const loaded: Loaded<Group> = {
		...(found ? all : alone),
		data: found ?? alone.data,
		error: all.error ?? (found ? undefined : alone.error),
		reload: all.reload,
		put: (group) => {
			if (all.data && found) {
				const data = all.data.groups.data.map((g) => (g === found ? group : g));
				all.put({ ...all.data, groups: { ...all.data.groups, data } });
			}
			all.reload();
		},
	};
	const { data: first = [], next } = all.data?.keys ?? {};
	return {
		loaded,
		keys: first.filter((k) => k.group === name),
		/** Of how many keys these are; null: of all. */
		of: next ? first.length : null,
	};
}

function NoKeys({ looked }: { looked: number | null }) {
	const action = <Button href="/keys">Go to the keys</Button>;
	if (looked === null)
		return (
			<Empty icon="keys" title="No keys in this group" action={action}>
				Make a key, or edit one, and choose this group.
			</Empty>
		);
	return (
		<Empty
			icon="keys"
			title={`None of the first ${count(looked)} keys is in this group`}
			action={action}
		>
			There are more keys than are looked at here.
		</Empty>
	);
}

export function GroupDetail({ name }: { name: string }) {
	const path = `/admin/v1/groups/${piece(name)}`;
	const { loaded, keys, of: looked } = useGroup(name, path);
	const { route } = useLocation();
	const [shown, show] = useState<'edit' | 'credit' | 'delete' | null>(null);
	useFresh(loaded.reload, FRESH_MS, !shown);
	const g = loaded.data;
	const close = () => show(null);
	const done = (group: Group, words: string) => {
		loaded.put(group);
		toast(words);
		close();
	};
	const turn = async () => {
		if (!g) return;
		const group = await change<Group>(
			'PATCH',
			path,
			{ disabled: !g.disabled },
			`"${g.version}"`,
		);
		done(group, `The group is ${group.disabled ? 'disabled' : 'enabled'}.`);
	};
	return (
		<Page
			title={plain(name)}
			from={['/groups', 'Groups and budgets']}
			actions={
				g && (
					<>
						<Button icon="edit" changes onPress={() => show('edit')}>
							Edit
						</Button>
						<Button icon="plus" changes onPress={() => show('credit')}>
							Credit
						</Button>
						<Button icon={g.disabled ? 'play' : 'pause'} changes onPress={turn}>
							{g.disabled ? 'Enable' : 'Disable'}
						</Button>
						<Button icon="trash" changes onPress={() => show('delete')}>
							Delete
						</Button>
					</>
				)
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(group) => (
					<>
						{group.disabled && (
							<Note kind="warn">It is disabled: requests of its keys are refused.</Note>
						)}
						<div class="grid" style={{ '--min': '360px' }}>
							<Card
								title="Spending"
								actions={<SpendingLinks of={`group=${piece(name)}`} by="key" />}
							>
								<Money of={group} />
							</Card>
							<Card title="What its keys may">
								<Pairs
									of={[...rights(group), ['Made', <Time key="m" at={group.created_at} long />]]}
								/>
							</Card>
						</div>
						<Table
							caption="Keys of the group"
							columns={columnsOf(group)}
							rows={keys}
							rowKey={(k) => k.id}
							href={(k) => `/keys/${piece(k.id)}`}
							empty={<NoKeys looked={looked} />}
							more={
								keys.length > 0 &&
								looked !== null &&
								`Those of the first ${count(looked)} keys; there may be more of the group.`
							}
						/>
					</>
				)}
			</WhenLoaded>
			{g && shown === 'edit' && (
				<AccessForm<Group>
					kind="group"
					path={path}
					first={g}
					groups={[]}
					onClose={close}
					onDone={(group) => done(group, 'Saved. It counts for the next request of its keys.')}
				/>
			)}
			{g && shown === 'credit' && (
				<Credit
					of={g}
					onClose={close}
					onDone={(group) =>
						done(group, `The group has ${usd(group.balance?.credit)} of credit.`)
					}
				/>
			)}
			{g && shown === 'delete' && (
				<Confirm
					title="Delete the group?"
					action="Delete"
					danger
					onClose={close}
					onConfirm={async () => {
						await change('DELETE', path, undefined, `"${g.version}"`);
						toast('The group is deleted.');
						route('/groups');
					}}
				>
					Its budgets go with it. A group that still has keys is not deleted: give them another
					one first.
				</Confirm>
			)}
		</Page>
	);
}
