// pages/access/key.tsx - all of one key: what it spent, what it may, and what can be done with it.
// SPDX-License-Identifier: MIT
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { type AccessKey, overlaps, stateOf } from '../../lib/access';
import { change, piece } from '../../lib/api';
import { useFresh } from '../../lib/events';
import { plain } from '../../lib/format';
import { useLoad } from '../../lib/load';
import { toast } from '../../lib/toast';
import type { List } from '../../lib/types';
import {
	Ago,
	Button,
	Card,
	CopyButton,
	Note,
	Page,
	Pairs,
	Time,
	WhenLoaded,
} from '../../ui/basics';
import { Confirm, Dialog } from '../../ui/dialog';
import { SelectField } from '../../ui/fields';
import css from './access.module.css';
import { AccessForm, rights } from './form';
import { type Made, ShowSecret, Snippets } from './snippets';
import { SpendingLinks, SpendingList, StateBadge } from './spending';

const FRESH_MS = 10_000;
const OVERLAPS: [string, string][] = [
	['', 'ends at once'],
	['1h', 'is good for an hour more'],
	['24h', 'is good for a day more'],
	['7d', 'is good for a week more'],
	['30d', 'is good for 30 days more'],
];

interface DialogProps {
	of: AccessKey;
	onClose: () => void;
	onDone: (key: AccessKey) => void;
}

function Edit({ of, onClose, onDone }: DialogProps) {
	const groups = useLoad<List<{ name: string }>>('/admin/v1/groups', { limit: 1000 }, true);
	return (
		<AccessForm<AccessKey>
			kind="key"
			path={`/admin/v1/keys/${piece(of.id)}`}
			first={of}
			groups={(groups.data?.data ?? []).map((g) => g.name)}
			onClose={onClose}
			onDone={onDone}
		/>
	);
}

function Rotate({
	of,
	onClose,
	onMade,
}: {
	of: AccessKey;
	onClose: () => void;
	onMade: (m: Made) => void;
}) {
	const [overlap, setOverlap] = useState('24h');
	const rotate = async () => {
		const body = overlap ? { overlap } : {};
		onMade(await change<Made>('POST', `/admin/v1/keys/${piece(of.id)}/rotate`, body));
	};
	return (
		<Dialog title="Rotate the key" onClose={onClose} width={480}>
			<div class="stack">
				<p>It gets a new secret; id, budgets and limits stay.</p>
				<SelectField
					label="The old secret"
					value={overlap}
					onValue={setOverlap}
					options={OVERLAPS}
				/>
				{overlaps(of) && (
					<Note kind="warn">
						An older secret is still good, until <Time at={of.overlap_until} long />. It ends at
						once.
					</Note>
				)}
				{!overlap && (
					<Note kind="warn">Clients that have the old one are refused from now on.</Note>
				)}
			</div>
			<div class="actions">
				<Button onPress={onClose}>Cancel</Button>
				<Button kind="primary" changes onPress={rotate}>
					Rotate
				</Button>
			</div>
		</Dialog>
	);
}

function About({ of: k }: { of: AccessKey }) {
	return (
		<Card title="About">
			<Pairs
				of={[
					[
						'State',
						<span class={css.state} key="s">
							<StateBadge of={k} />
							{k.group && stateOf(k).match(/^(active|expires soon)$/) && (
								<span class="muted small">unless its group is disabled</span>
							)}
						</span>,
					],
					[
						'Id',
						<span class={css.state} key="i">
							<code>{k.id}</code> <CopyButton text={k.id} />
						</span>,
					],
					['Group', k.group && <a href={`/groups/${piece(k.group)}`}>{plain(k.group)}</a>],
					['Expires', k.expires_at ? <Time at={k.expires_at} long /> : 'never'],
					...(overlaps(k)
						? ([['Old secret ends', <Time key="o" at={k.overlap_until} long />]] as [
								string,
								preact.ComponentChildren,
							][])
						: []),
					['Made', <Ago key="c" at={k.created_at} />],
					['Changed', <Ago key="u" at={k.updated_at} />],
				]}
			/>
		</Card>
	);
}

/** Asks for what snippets need only when they are wanted. */
function UseIt({ of }: { of: AccessKey }) {
	const [shown, show] = useState(false);
	if (shown) return <Snippets models={of.models} />;
	return (
		<div class="stack">
			<p class="muted">
				What to set in each client. The secret is not known any more: put yours in, or rotate
				the key for a new one.
			</p>
			<div class="buttons">
				<Button onPress={() => show(true)}>Show the settings</Button>
			</div>
		</div>
	);
}

export function KeyDetail({ id }: { id: string }) {
	const path = `/admin/v1/keys/${piece(id)}`;
	const loaded = useLoad<AccessKey>(path, undefined, true);
	const { route } = useLocation();
	const [shown, show] = useState<'edit' | 'rotate' | 'delete' | null>(null);
	const [made, setMade] = useState<Made>();
	useFresh(loaded.reload, FRESH_MS, !shown);
	const k = loaded.data;
	const close = () => show(null);
	const turn = async () => {
		if (!k) return;
		const word = k.disabled ? 'enable' : 'disable';
		loaded.put(await change<AccessKey>('POST', `${path}/${word}`));
		loaded.reload();
		toast(`The key is ${word}d.`);
	};
	return (
		<Page
			title={k ? plain(k.name, 80) || k.id : 'Key'}
			from={['/keys', 'Keys']}
			actions={
				k && (
					<>
						<Button icon="edit" changes onPress={() => show('edit')}>
							Edit
						</Button>
						<Button icon="refresh" changes onPress={() => show('rotate')}>
							Rotate
						</Button>
						<Button icon={k.disabled ? 'play' : 'pause'} changes onPress={turn}>
							{k.disabled ? 'Enable' : 'Disable'}
						</Button>
						<Button icon="trash" changes onPress={() => show('delete')}>
							Delete
						</Button>
					</>
				)
			}
		>
			<WhenLoaded of={loaded} height={420}>
				{(key) => (
					<>
						{key.disabled && <Note kind="warn">It is disabled: its requests are refused.</Note>}
						<div class="grid" style={{ '--min': '360px' }}>
							<Card
								title="Spending"
								actions={<SpendingLinks of={`key=${piece(id)}`} by="model" />}
							>
								{key.spending?.length ? (
									<SpendingList of={key.spending} />
								) : (
									<p class="muted">
										No budget of its own.{' '}
										{key.group ? 'It shares those of its group.' : 'It may spend without end.'}
									</p>
								)}
							</Card>
							<About of={key} />
							<Card title="What it may">
								<div class="stack">
									<Pairs of={rights(key)} />
									{key.group && (
										<p class="muted small">
											What <a href={`/groups/${piece(key.group)}`}>its group</a> may not, it may
											not either.
										</p>
									)}
								</div>
							</Card>
							<Card title="Use it">
								<UseIt of={key} />
							</Card>
						</div>
					</>
				)}
			</WhenLoaded>
			{k && shown === 'edit' && (
				<Edit
					of={k}
					onClose={close}
					onDone={(key) => {
						loaded.put(key);
						loaded.reload();
						toast('Saved. It counts for the next request.');
						close();
					}}
				/>
			)}
			{k && shown === 'rotate' && (
				<Rotate
					of={k}
					onClose={close}
					onMade={(m) => {
						close();
						setMade(m);
						loaded.reload();
					}}
				/>
			)}
			{k && shown === 'delete' && (
				<Confirm
					title="Delete the key?"
					action="Delete"
					danger
					onClose={close}
					onConfirm={async () => {
						await change('DELETE', path, undefined, `"${k.version}"`);
						toast('The key is deleted.');
						route('/keys');
					}}
				>
					Clients that have <strong>{plain(k.name, 60) || k.id}</strong> are refused at once.
					What it used stays in the records. It can not be taken back.
				</Confirm>
			)}
			{made && <ShowSecret made={made} onClose={() => setMade(undefined)} />}
		</Page>
	);
}
