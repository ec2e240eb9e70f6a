// pages/playground.tsx - one to four models side by side, asked in the name of a key. What they
// cost is what the ledger says, which comes with the event stream.
// SPDX-License-Identifier: MIT
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, mayChange } from '../lib/api';
import {
	bodyOf,
	type ChatBody,
	chat,
	chatModels,
	codeOf,
	type Language,
	mayChat,
	modelsOf,
	pieceOf,
	type Question,
} from '../lib/chat';
import { useEvents } from '../lib/events';
import { count, NONE, plain, short, span, usd, usdExact } from '../lib/format';
import { useLoad } from '../lib/load';
import { listText, useQuery } from '../lib/query';
import type { List, Model, RequestRecord, Status } from '../lib/types';
import {
	Badge,
	Button,
	Card,
	Code,
	Empty,
	type Kind,
	Note,
	Page,
	WhenLoaded,
} from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/fields';
import { Segments } from '../ui/filters';
import { type AskKey, useAskKey } from './access/ask_key';
import css from './playground.module.css';
import { clientUrl } from './start';

const PANES_MAX = 4;
const RAW_MAX = 400_000;
const FIRST: Question = { system: '', text: '', temperature: '', maxTokens: '' };

type State = 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';

interface Run {
	model: string;
	state: State;
	text: string;
	thought: string;
	raw: string;
	/** Of the request, for its record. */
	id: string;
	started: number;
	first: number | null;
	ended: number | null;
	tokens: number | null;
	reason: string | null;
	error: ApiError | null;
}

const STATES: Record<State, [words: string, kind: Kind]> = {
	waiting: ['waiting', 'accent'],
	streaming: ['answering', 'accent'],
	done: ['done', 'good'],
	stopped: ['stopped', 'warn'],
	failed: ['failed', 'bad'],
};

/** One model's answer into run, which is drawn at most once a frame. */
async function answer(
	run: Run,
	key: string,
	body: ChatBody,
	stop: AbortSignal,
	draw: () => void,
): Promise<void> {
	const take = (data: string) => {
		if (run.raw.length < RAW_MAX) run.raw += `${data}\n`;
		const more = pieceOf(data);
		if ((more.text || more.thought) && run.first === null) run.first = performance.now();
		run.state = 'streaming';
		run.text += more.text;
		run.thought += more.thought;
		run.tokens = more.tokens ?? run.tokens;
		run.reason = more.reason ?? run.reason;
		draw();
	};
	const begun = (id: string) => {
		run.id = id;
	};
	try {
		await chat(key, body, stop, begun, take);
		run.state = 'done';
	} catch (e) {
		run.state = stop.aborted ? 'stopped' : 'failed';
		if (!stop.aborted)
			run.error = e instanceof ApiError ? e : new ApiError(0, '', 'The answer broke off.');
	}
	run.ended = performance.now();
	draw();
}

function useRuns() {
	const runs = useRef<Run[]>([]);
	const stop = useRef<AbortController>(undefined);
	const frame = useRef(0);
	const [busy, setBusy] = useState(false);
	const [, turn] = useState(0);
	const drawNow = () => turn((n) => n + 1);
	const draw = () => {
		if (!frame.current) {
			frame.current = requestAnimationFrame(() => {
				frame.current = 0;
				drawNow();
			});
		}
	};
	useEffect(
		() => () => {
			stop.current?.abort();
			cancelAnimationFrame(frame.current);
		},
		[],
	);
	const start = async (models: string[], found: Promise<string>, q: Question) => {
		stop.current?.abort();
		const mine = new AbortController();
		stop.current = mine;
		runs.current = models.map((model) => ({
			model,
			state: 'waiting',
			text: '',
			thought: '',
			raw: '',
			id: '',
			started: performance.now(),
			first: null,
			ended: null,
			tokens: null,
			reason: null,
			error: null,
		}));
		setBusy(true);
		const key = await found;
		await Promise.all(
			runs.current.map((run) => answer(run, key, bodyOf(run.model, q), mine.signal, draw)),
		);
		if (stop.current === mine) setBusy(false);
		drawNow();
	};
	return { runs: runs.current, busy, start, stop: () => stop.current?.abort() };
}

/** Tokens a second, from the first to the last. */
function rateOf(run: Run): number | null {
	if (run.tokens === null || run.first === null || run.ended === null) return null;
	return run.ended > run.first ? (run.tokens * 1000) / (run.ended - run.first) : null;
}

function Numbers({ run, record }: { run?: Run; record?: RequestRecord }) {
	const first = run && run.first !== null ? (run.first - run.started) * 1000 : null;
	const rate = run ? rateOf(run) : null;
	const of: [string, string, string][] = [
		['First token', span(first), 'as seen from this browser'],
		['Tokens/s', rate === null ? NONE : short(rate), 'from the first to the last'],
		['Tokens', count(run?.tokens ?? record?.output_tokens), 'of the answer'],
		['Cost', usd(record?.cost_usd), record ? usdExact(record.cost_usd) : 'when it has ended'],
	];
	return (
		<dl class={css.numbers}>
			{of.map(([name, value, title]) => (
				<div key={name} title={title}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}

interface PaneProps {
	model: string;
	models: Model[];
	run?: Run;
	record?: RequestRecord;
	onModel: (model: string) => void;
	onRemove?: () => void;
}

function Answer({ run }: { run?: Run }) {
	if (!run) return <span class="muted">The answer comes here.</span>;
	const silent = !run.text && !run.thought && !run.error;
	return (
		<>
			{run.thought && <div class={css.thought}>{run.thought}</div>}
			{run.text}
			{silent && (
				<span class="muted">
					{run.state === 'done' ? 'No text: look at the raw events.' : '…'}
				</span>
			)}
			{run.error && (
				<Note kind="bad">
					<div>{plain(run.error.message, 600)}</div>
					{run.error.advice && <div class="muted">{run.error.advice}</div>}
				</Note>
			)}
		</>
	);
}

function Pane({ model, models, run, record, onModel, onRemove }: PaneProps) {
	const [words, kind] = run ? STATES[run.state] : ['', '' as Kind];
	const known = models.some((m) => m.id === model);
	return (
		<Card
			flush
			title={
				<select
					class="input"
					aria-label="Model"
					value={model}
					onChange={(e) => onModel(e.currentTarget.value)}
				>
					{!known && <option value={model}>{plain(model)}</option>}
					{models.map((m) => (
						<option key={m.id} value={m.id}>
							{plain(m.id)}
						</option>
					))}
				</select>
			}
			actions={
				<>
					{run && <Badge kind={kind}>{words}</Badge>}
					{onRemove && (
						<Button
							kind="plain"
							small
							icon="close"
							label={`Take ${plain(model)} away`}
							onPress={onRemove}
						/>
					)}
				</>
			}
		>
			<div
				class={css.answer}
				role="region"
				aria-label={`Answer of ${plain(model)}`}
				aria-busy={run?.state === 'waiting' || run?.state === 'streaming'}
				tabIndex={0}
			>
				<Answer run={run} />
			</div>
			<Numbers run={run} record={record} />
			{run && (
				<details class={css.raw}>
					<summary>Raw events{run.reason ? ` (ended: ${plain(run.reason)})` : ''}</summary>
					<Code text={run.raw || 'none'} max={260} label={`Raw events of ${plain(model)}`} />
					{run.id && (
						<p class="small">
							<a href={`/requests/${run.id}`}>The story of this request</a>
						</p>
					)}
				</details>
			)}
		</Card>
	);
}

// --- code ---

const LANGUAGES: [Language, string][] = [
	['curl', 'curl'],
	['openai', 'OpenAI, Python'],
	['anthropic', 'Anthropic, Python'],
];

function CodeDialog({ body, onClose }: { body: ChatBody; onClose: () => void }) {
	const status = useLoad<Status>('/admin/v1/status', undefined, true);
	const [language, setLanguage] = useState<Language>('curl');
	return (
		<Dialog title={`Ask ${plain(body.model)} from elsewhere`} onClose={onClose} width={720}>
			<div class="stack">
				<Segments
					label="Language"
					value={language}
					options={LANGUAGES}
					onValue={(v) => setLanguage(v as Language)}
				/>
				<WhenLoaded of={status}>
					{(s) => <Code text={codeOf(language, clientUrl(s), body)} max={420} label="Code" />}
				</WhenLoaded>
				<p class="muted">
					<code>CONDUIT_API_KEY</code> is the secret of a key; a secret is shown only when it is
					made, or rotated.
				</p>
			</div>
		</Dialog>
	);
}

// --- the page ---

function Asking({
	q,
	set,
	askKey,
	run,
}: {
	q: Question;
	set: (patch: Partial<Question>) => void;
	askKey: AskKey;
	run: () => void;
}) {
	return (
		<div
			class={css.ask}
			role="group"
			aria-label="The question"
			onFocusIn={askKey.onFocus}
			onKeyDown={(e) => {
				if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
					e.preventDefault();
					run();
				}
			}}
		>
			<div class="form">
				<TextField
					label="Message"
					value={q.text}
					onValue={(text) => set({ text })}
					lines={6}
					hint="Ctrl and Enter ask"
				/>
				<TextField
					label="System prompt"
					value={q.system}
					onValue={(system) => set({ system })}
					lines={2}
				/>
			</div>
			<div class="form">
				<TextField
					label="In the name of the key"
					value={askKey.text}
					placeholder={askKey.hint}
					onValue={askKey.set}
					offers={askKey.offers}
					hint="Its name or id. It is counted, limited and billed as that key."
				/>
				<div class="form-row">
					<TextField
						label="Temperature"
						type="number"
						value={q.temperature}
						onValue={(temperature) => set({ temperature })}
					/>
					<TextField
						label="Most tokens"
						type="number"
						value={q.maxTokens}
						onValue={(maxTokens) => set({ maxTokens })}
					/>
				</div>
			</div>
		</div>
	);
}

function View({ models }: { models: Model[] }) {
	const state = useQuery();
	const [q, setQ] = useState(FIRST);
	const askKey = useAskKey(state.query.key);
	const [coding, setCoding] = useState<string>();
	const [records, setRecords] = useState<Record<string, RequestRecord>>({});
	const { runs, busy, start, stop } = useRuns();
	const ids = models.map((m) => m.id);
	const shown = modelsOf(state.query, ids).slice(0, PANES_MAX);
	useEvents<RequestRecord | RequestRecord[]>('requests', (e) => {
		const mine = (Array.isArray(e) ? e : [e]).filter((r) => r.agent === 'conduit-playground');
		if (mine.length)
			setRecords((all) => ({ ...all, ...Object.fromEntries(mine.map((r) => [r.id, r])) }));
	});
	const put = (next: string[]) => state.set({ models: listText(next), model: null });
	const ready = Boolean(askKey.id && q.text.trim()) && !busy && mayChange();
	const run = () => {
		if (ready) void start(shown, askKey.find(), q);
	};
	const add = () =>
		put([...shown, (models.find((m) => !shown.includes(m.id)) ?? models[0]).id]);
	return (
		<>
			{!mayChange() && (
				<Note>
					You are logged in as a viewer. Asking costs money of a key: it needs the admin token.
				</Note>
			)}
			<Card
				title="Ask"
				actions={
					<>
						{shown.length < PANES_MAX && (
							<Button small icon="plus" onPress={add} disabled={busy}>
								Add a model
							</Button>
						)}
						<Button small icon="copy" onPress={() => setCoding(shown[0])}>
							Show code
						</Button>
						{busy ? (
							<Button small kind="danger" icon="pause" onPress={stop}>
								Stop
							</Button>
						) : (
							<Button small kind="primary" icon="play" changes disabled={!ready} onPress={run}>
								Ask
							</Button>
						)}
					</>
				}
			>
				<Asking
					q={q}
					set={(patch) => setQ((now) => ({ ...now, ...patch }))}
					askKey={askKey}
					run={run}
				/>
			</Card>
			<div class={css.panes}>
				{shown.map((model, i) => {
					const mine = runs[i]?.model === model ? runs[i] : undefined;
					return (
						<Pane
							key={`${i}${model}`}
							model={model}
							models={models}
							run={mine}
							record={mine?.id ? records[mine.id] : undefined}
							onModel={(m) => put(shown.map((was, at) => (at === i ? m : was)))}
							onRemove={
								shown.length > 1 && !busy
									? () => put(shown.filter((_, at) => at !== i))
									: undefined
							}
						/>
					);
				})}
			</div>
			{coding !== undefined && (
				<CodeDialog
					body={bodyOf(coding, q.text ? q : { ...q, text: 'Hello' })}
					onClose={() => setCoding(undefined)}
				/>
			)}
		</>
	);
}

export default function Playground() {
	const loaded = useLoad<List<Model>>('/admin/v1/models');
	return (
		<Page title="Playground" sub="The same question to up to four models, as it comes.">
			<WhenLoaded of={loaded} height={420}>
				{({ data }) => {
					const models = chatModels(data);
					const none = !models.some(mayChat);
					return models.length ? (
						<>
							{none && (
								<Note>
									No model of the configuration has the capability "chat", so all are offered.
								</Note>
							)}
							<View models={models} />
						</>
					) : (
						<Card>
							<Empty
								icon="playground"
								title="There is no model to ask"
								action={<Button href="/start">First steps</Button>}
							>
								Configure one, and make a key.
							</Empty>
						</Card>
					);
				}}
			</WhenLoaded>
		</Page>
	);
}
