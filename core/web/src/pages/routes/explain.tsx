// pages/routes/explain.tsx - what the gateway would do with a request of a key, as it says itself.
// SPDX-License-Identifier: MIT
import { useEffect, useState } from 'preact/hooks';
import { ApiError, mayChange } from '../../lib/api';
import { type Explanation, explain, insteadOf, type Step, stepsOf } from '../../lib/explain';
import { count, NONE, percent, plain, span, usd, usdExact } from '../../lib/format';
import { TARGET_KINDS } from '../../lib/serving';
import { Badge, Button, Code, Empty, Note, Pairs, Trouble } from '../../ui/basics';
import { TextField } from '../../ui/fields';
import { type Column, Table } from '../../ui/table';
import { useAskKey } from '../access/ask_key';
import css from './routes.module.css';

const columns: Column<Step>[] = [
	{
		id: 'number',
		head: '',
		width: '40px',
		cell: (s) => s.number ?? <span class="muted">{NONE}</span>,
	},
	{
		id: 'target',
		head: 'Target',
		cell: (s) => (
			<>
				{plain(s.target)}{' '}
				{s.of?.credential && <span class="muted small">{plain(s.of.credential)}</span>}
			</>
		),
		title: (s) => `${s.target}: ${s.why}`,
	},
	{
		id: 'state',
		head: 'State',
		width: '104px',
		cell: (s) => (
			<Badge kind={s.of ? TARGET_KINDS[s.of.state] : ''}>{s.of?.state ?? 'skipped'}</Badge>
		),
	},
	{
		id: 'weight',
		head: 'Weight',
		from: 'mid',
		width: '76px',
		end: true,
		cell: (s) => s.of?.weight ?? NONE,
		title: (s) => (s.of ? `Tier ${s.of.tier}` : undefined),
	},
	{
		id: 'first',
		head: 'First token',
		from: 'mid',
		width: '92px',
		end: true,
		cell: (s) => span(s.of?.ttft_ms == null ? null : s.of.ttft_ms * 1000),
	},
	{
		id: 'errors',
		head: 'Errors',
		from: 'wide',
		width: '76px',
		end: true,
		cell: (s) => percent(s.of?.error_rate),
	},
	{
		id: 'cost',
		head: 'About',
		width: '96px',
		narrow: '84px',
		end: true,
		cell: (s) => usd(s.of?.estimated_usd),
		title: (s) => (s.of ? `A budget would set aside ${usdExact(s.of.hold_usd)}` : undefined),
	},
	{
		id: 'why',
		head: 'Why',
		from: 'wide',
		width: '26%',
		cell: (s) => <span class="muted">{s.why}</span>,
		title: (s) => s.why,
	},
];

function cacheWords(e: Explanation): string {
	if (!e.cache) return 'not asked';
	const verdict = e.cache.verdict.toLowerCase();
	return e.cache.target ? `${verdict}, from ${plain(e.cache.target)}` : verdict;
}

function Outcome({ of: e }: { of: Explanation }) {
	const instead = insteadOf(e);
	const limits = Object.entries(e.limits).map(
		([name, l]) => `${count(l.remaining)} of ${count(l.max)} ${name.replaceAll('_', ' ')}`,
	);
	return (
		<div class="stack" role="region" aria-label="What the gateway says">
			<Table
				caption="Who would be asked now, in this order"
				columns={columns}
				rows={stepsOf(e)}
				rowKey={(s) => `${s.number} ${s.target} ${s.of?.credential}`}
				empty={<Empty icon="providers" title="Nobody would be asked" />}
			/>
			{e.refused !== undefined && (
				<Note kind="warn">The first can not be asked so: {plain(e.refused, 400)}</Note>
			)}
			<Pairs
				of={[
					[
						'Route',
						e.model === e.route
							? plain(e.route)
							: `${plain(e.route)}, of which ${plain(e.model)} is an alias`,
					],
					['Policy', `${plain(e.policy)}${e.affinity ? `, by ${plain(e.affinity)}` : ''}`],
					[
						'Tokens',
						`about ${count(e.estimated_input_tokens)} in, ${count(e.estimated_output_tokens)} out`,
					],
					[
						'Fallbacks',
						instead.length
							? instead.map(([m, when]) => `${plain(m)} (${when})`).join(', ')
							: 'none for this key',
					],
					['Limits left', limits.join(', ') || 'no limits'],
					['Cache', cacheWords(e)],
				]}
			/>
			{e.request && (
				<details class={css.twin}>
					<summary>
						What the first would be sent{e.translated ? ', translated for it' : ''}
					</summary>
					<Code text={JSON.stringify(e.request, null, 2)} max={320} label="Request" />
				</details>
			)}
		</div>
	);
}

interface Answer {
	asked: string;
	said?: Explanation;
	error?: ApiError;
}

const NOTHING: Answer = { asked: '' };

interface ExplainProps {
	/** Of the route that is shown above. */
	model: string;
	models: string[];
	onRoute: (route: string) => void;
}

export function Explain({ model, models, onRoute }: ExplainProps) {
	const key = useAskKey();
	const [name, setName] = useState(model);
	const [text, setText] = useState('Hello');
	const [output, setOutput] = useState('');
	const [answer, setAnswer] = useState<Answer>();
	// An answer is of what was asked, and of nothing else.
	const asked = JSON.stringify([name, key.text, text, output]);
	const { said, error } = answer?.asked === asked ? answer : NOTHING;
	useEffect(() => setName((now) => (said?.route === model ? now : model)), [model]);
	const ask = async () => {
		try {
			const e = await explain(await key.find(), name.trim(), text, output);
			setAnswer({ asked, said: e });
			onRoute(e.route);
		} catch (e) {
			if (!(e instanceof ApiError)) throw e;
			setAnswer({ asked, error: e });
		}
	};
	return (
		<div class="stack" onFocusIn={key.onFocus}>
			<div class="form-row">
				<TextField
					label="Model or alias"
					value={name}
					onValue={setName}
					offers={models.slice(0, 300)}
				/>
				<TextField
					label="In the name of the key"
					value={key.text}
					placeholder={key.hint}
					onValue={key.set}
					offers={key.offers}
					hint="Its name or id. Nothing is counted or charged."
				/>
				<TextField
					label="Most tokens"
					type="number"
					placeholder="as the model has it"
					value={output}
					onValue={setOutput}
				/>
			</div>
			<TextField label="Message" lines={2} value={text} onValue={setText} />
			<div class="buttons">
				<Button
					kind="primary"
					icon="routes"
					changes
					disabled={!key.id || !name.trim()}
					onPress={ask}
				>
					Explain
				</Button>
				{!mayChange() && (
					<span class="muted small">To ask in the name of a key needs the admin token.</span>
				)}
			</div>
			{error && <Trouble error={error} />}
			{said && <Outcome of={said} />}
		</div>
	);
}
