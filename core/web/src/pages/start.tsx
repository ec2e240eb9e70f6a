// pages/start.tsx - from nothing to the first answer: a model, a key, a line that works.
// SPDX-License-Identifier: MIT
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { change } from '../lib/api';
import { stream, useEvents, usePolling } from '../lib/events';
import { plain, span, usd } from '../lib/format';
import { useLoad } from '../lib/load';
import { curlOf } from '../lib/records';
import type { Key, List, Model, RequestRecord, Status } from '../lib/types';
import { Badge, Button, Card, Code, Note, Page, Secret, WhenLoaded } from '../ui/basics';
import { FormProblem, SelectField, TextField, useForm } from '../ui/fields';
import { Icon } from '../ui/icons';
import css from './start.module.css';

/** Where clients of this gateway find it, as seen from this browser. */
export function clientUrl(status: Status): string {
	const at = status.listen.find((l) => !l.address.startsWith('unix:'));
	if (!at) return '$CONDUIT_URL';
	const any = /^(0\.0\.0\.0|::|\*|)$/.test(at.address);
	const host = any
		? location.hostname
		: at.address.includes(':')
			? `[${at.address}]`
			: at.address;
	return `${at.tls ? 'https' : 'http'}://${host}:${at.port}`;
}

interface StepProps {
	number: number;
	title: string;
	done: boolean;
	children: ComponentChildren;
}

function Step({ number, title, done, children }: StepProps) {
	return (
		<Card>
			<div class={css.step}>
				<span class={`${css.number} ${done ? css.done : ''}`} aria-hidden="true">
					{done ? <Icon name="check" /> : number}
				</span>
				<div class="stack">
					<h2>
						{title} {done && <Badge kind="good">done</Badge>}
					</h2>
					{children}
				</div>
			</div>
		</Card>
	);
}

const EXAMPLE = `providers = (
  { name = "main"; type = "mock"; keys = ( ); }
);
models = (
  { name = "hello"; targets = ( { provider = "main"; model = "mock"; } ); unpriced = "free"; }
);`;

function NoModels({ reload }: { reload: () => void }) {
	return (
		<>
			<p>
				No model is configured. Put one into the configuration; this one answers by itself and
				costs nothing. With an API key of a provider in the environment, <code>conduitd</code>{' '}
				finds its models alone.
			</p>
			<Code text={EXAMPLE} />
			<div class="buttons">
				<Button
					kind="primary"
					changes
					onPress={async () => {
						await change('POST', '/admin/v1/reload');
						reload();
					}}
				>
					Reload the configuration
				</Button>
			</div>
		</>
	);
}

interface Made {
	key: Key;
	secret: string;
}

function MakeKey({ onMade }: { onMade: (made: Made) => void }) {
	const form = useForm({ name: 'my first key', usd: '5' }, ['name', 'budgets'], async (v) => {
		const budgets = v.usd ? [{ usd: v.usd, period: 'month' }] : [];
		onMade(await change<Made>('POST', '/admin/v1/keys', { name: v.name, budgets }));
	});
	return (
		<form class="form" onSubmit={form.submit}>
			<div class="form-row">
				<TextField
					label="Name"
					value={form.values.name}
					onValue={(v) => form.set('name', v)}
					error={form.errorOf('name')}
				/>
				<TextField
					label="Budget a month, USD"
					hint="Empty: no limit"
					value={form.values.usd}
					onValue={(v) => form.set('usd', v)}
					error={form.errorOf('budgets')}
				/>
			</div>
			<FormProblem form={form} />
			<div>
				<Button kind="primary" submit changes disabled={form.busy}>
					Create the key
				</Button>
			</div>
		</form>
	);
}

interface FirstProps {
	status: Status;
	made: Made | null;
	models: string[];
}

function First({ status, made, models }: FirstProps) {
	const [model, setModel] = useState(models[0] ?? '');
	const [seen, setSeen] = useState<RequestRecord>();
	const isMine = (r: RequestRecord) => (made ? r.key === made.key.id : true);
	const look = (all: RequestRecord[]) => {
		const mine = all.find(isMine);
		if (mine) setSeen(mine);
	};
	useEvents<RequestRecord | RequestRecord[]>(
		'requests',
		(e) => look(Array.isArray(e) ? e : [e]),
		made !== null,
	);
	const url = clientUrl(status);
	return (
		<Step number={3} title="Send the first request" done={!!seen}>
			{models.length > 1 && (
				<SelectField
					label="Model"
					value={model}
					onValue={setModel}
					options={models.map((m) => [m, m])}
				/>
			)}
			<Code
				text={curlOf(
					{ operation: 'chat', model: model || models[0] || 'MODEL', stream: false },
					url,
					made?.secret ?? '$CONDUIT_KEY',
				)}
				label="curl"
			/>
			{made && !seen && <Waiting look={look} keyId={made.key.id} />}
			{seen && (
				<Note>
					It arrived:{' '}
					<Badge kind={seen.outcome === 'OK' ? 'good' : 'bad'}>{String(seen.status)}</Badge>{' '}
					from {plain(seen.provider ?? '')} in {span(seen.total_us)}, for {usd(seen.cost_usd)}.{' '}
					<a href={`/requests/${encodeURIComponent(seen.id)}`}>See all of it</a>
				</Note>
			)}
		</Step>
	);
}

function Waiting({ look, keyId }: { look: (all: RequestRecord[]) => void; keyId: string }) {
	const found = useLoad<List<RequestRecord>>(
		'/admin/v1/requests',
		{ key: keyId, limit: 1 },
		true,
	);
	usePolling(found.reload, 2000);
	// What arrived between the list and the stream's beginning is in neither.
	const live = stream.value.state === 'open';
	useEffect(() => {
		if (live) found.reload();
	}, [live]);
	if (found.data?.data.length) queueMicrotask(() => look(found.data?.data ?? []));
	return (
		<p class={css.waiting} role="status">
			<i /> Waiting for it to arrive…
		</p>
	);
}

function Steps({
	status,
	models,
	reload,
}: {
	status: Status;
	models: string[];
	reload: () => void;
}) {
	const [made, setMade] = useState<Made | null>(null);
	return (
		<>
			<Step number={1} title="A provider and a model" done={models.length > 0}>
				{models.length > 0 ? (
					<p>
						{models.length === 1 ? 'One model' : `${models.length} models`} of{' '}
						{status.providers === 1 ? 'one provider' : `${status.providers} providers`} can be
						asked:{' '}
						{models
							.slice(0, 6)
							.map((m) => plain(m))
							.join(', ')}
						{models.length > 6 && ' and more'}. <a href="/models">All of them</a>
					</p>
				) : (
					<NoModels reload={reload} />
				)}
			</Step>
			<Step number={2} title="A key" done={made !== null || status.keys > 0}>
				{made ? (
					<Secret value={made.secret} />
				) : (
					<>
						{status.keys > 0 && (
							<p class="muted">
								There {status.keys === 1 ? 'is a key' : `are ${status.keys} keys`} already, but
								secrets are shown once only. Make another, or put yours into the line below.
							</p>
						)}
						<MakeKey onMade={setMade} />
					</>
				)}
			</Step>
			<First status={status} made={made} models={models} />
			{made && (
				<div class="buttons">
					<Button href="/">Go to the overview</Button>
					<Button href={`/keys/${made.key.id}`}>Snippets for other clients</Button>
				</div>
			)}
		</>
	);
}

export default function StartPage() {
	const loaded = useLoad<{ status: Status; models: List<Model> }>('/admin/v1/start');
	return (
		<Page title="First steps" sub="From here to the first answer in a minute.">
			<WhenLoaded of={loaded} height={160}>
				{({ status, models }) => (
					<Steps
						status={status}
						models={models.data.map((one) => one.id)}
						reload={loaded.reload}
					/>
				)}
			</WhenLoaded>
		</Page>
	);
}
