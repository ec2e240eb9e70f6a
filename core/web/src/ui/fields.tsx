// ui/fields.tsx - form fields. An error of the API stands at the field that it names.
// SPDX-License-Identifier: MIT
import type { ComponentChildren, JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ApiError } from '../lib/api';
import { Note } from './basics';

export interface Form<T> {
	values: T;
	set: <K extends keyof T>(name: K, value: T[K]) => void;
	/** What is wrong with a member, by the API's name for it. */
	errorOf: (name: string) => string | undefined;
	/** What is wrong with no field of this form. */
	problem: ApiError | undefined;
	busy: boolean;
	submit: (e?: Event) => void;
}

/** send's ApiError goes to the field that it names; fields are the names that the form has. */
export function useForm<T extends object>(
	first: T,
	fields: string[],
	send: (values: T) => Promise<unknown>,
): Form<T> {
	const [values, setValues] = useState(first);
	const [error, setError] = useState<ApiError>();
	const [busy, setBusy] = useState(false);
	const named = error?.param
		? fields.find((f) => error.param === f || error.param?.match(`^${f}[.[]`))
		: undefined;
	const submit = async (e?: Event) => {
		e?.preventDefault();
		if (busy) return;
		setBusy(true);
		setError(undefined);
		try {
			await send(values);
		} catch (problem) {
			setError(problem instanceof ApiError ? problem : new ApiError(0, '', String(problem)));
		} finally {
			setBusy(false);
		}
	};
	return {
		values,
		set: (name, value) => setValues((v) => ({ ...v, [name]: value })),
		errorOf: (name) => (name === named ? error?.message : undefined),
		problem: named ? undefined : error,
		busy,
		submit: (e) => void submit(e),
	};
}

/** What is wrong, when no field is to be named. */
export function FormProblem<T>({ form }: { form: Form<T> }) {
	if (!form.problem) return null;
	return (
		<Note kind="bad">
			{form.problem.message} <span class="muted">{form.problem.advice}</span>
		</Note>
	);
}

interface FieldProps {
	label: string;
	hint?: ComponentChildren;
	error?: string;
	children: (props: {
		id: string;
		'aria-describedby'?: string;
		'aria-invalid'?: boolean;
	}) => JSX.Element;
}

export function Field({ label, hint, error, children }: FieldProps) {
	const id = useId();
	const described = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(' ');
	return (
		<div class="field">
			<label for={id}>{label}</label>
			{children({
				id,
				'aria-describedby': described || undefined,
				'aria-invalid': error ? true : undefined,
			})}
			{hint && (
				<div class="hint" id={`${id}h`}>
					{hint}
				</div>
			)}
			{error && (
				<div class="error" id={`${id}e`} role="alert">
					{error}
				</div>
			)}
		</div>
	);
}

interface TextProps {
	label: string;
	value: string;
	onValue: (value: string) => void;
	hint?: ComponentChildren;
	error?: string;
	placeholder?: string;
	type?: 'text' | 'password' | 'number' | 'date' | 'datetime-local';
	required?: boolean;
	autoFocus?: boolean;
	autoComplete?: string;
	lines?: number;
	maxLength?: number;
	/** Words that are offered. */
	offers?: string[];
	onFocus?: () => void;
}

export function TextField(p: TextProps) {
	const list = useId();
	return (
		<Field label={p.label} hint={p.hint} error={p.error}>
			{(of) => {
				const common = {
					...of,
					class: 'input',
					value: p.value,
					placeholder: p.placeholder,
					required: p.required,
					maxLength: p.maxLength,
					onFocus: p.onFocus,
					onInput: (e: { currentTarget: { value: string } }) =>
						p.onValue(e.currentTarget.value),
				};
				if (p.lines) return <textarea {...common} rows={p.lines} spellcheck={false} />;
				return (
					<>
						<input
							{...common}
							type={(p.type ?? 'text') as 'text'}
							autoComplete={p.autoComplete ?? 'off'}
							autoFocus={p.autoFocus}
							list={p.offers && list}
							spellcheck={false}
						/>
						{p.offers && (
							<datalist id={list}>
								{p.offers.map((o) => (
									<option key={o} value={o} />
								))}
							</datalist>
						)}
					</>
				);
			}}
		</Field>
	);
}

interface SelectProps {
	label: string;
	value: string;
	onValue: (value: string) => void;
	options: [value: string, name: string][];
	hint?: ComponentChildren;
	error?: string;
}

export function SelectField(p: SelectProps) {
	return (
		<Field label={p.label} hint={p.hint} error={p.error}>
			{(of) => (
				<select
					{...of}
					class="input"
					value={p.value}
					onChange={(e) => p.onValue(e.currentTarget.value)}
				>
					{p.options.map(([value, name]) => (
						<option key={value} value={value}>
							{name}
						</option>
					))}
				</select>
			)}
		</Field>
	);
}

interface CheckProps {
	label: string;
	checked: boolean;
	onValue: (checked: boolean) => void;
	hint?: ComponentChildren;
}

export function CheckField({ label, checked, onValue, hint }: CheckProps) {
	const id = useId();
	return (
		<div class="check">
			<input
				id={id}
				type="checkbox"
				checked={checked}
				aria-describedby={hint ? `${id}h` : undefined}
				onChange={(e) => onValue(e.currentTarget.checked)}
			/>
			<div class="field">
				<label for={id}>{label}</label>
				{hint && (
					<span class="hint" id={`${id}h`}>
						{hint}
					</span>
				)}
			</div>
		</div>
	);
}

interface ChipsProps {
	label: string;
	values: string[];
	onValues: (values: string[]) => void;
	hint?: ComponentChildren;
	error?: string;
	placeholder?: string;
	offers?: string[];
}

/** A list of short texts: Enter or a comma ends one, Backspace takes the last one back. */
export function ChipsField({
	label,
	values,
	onValues,
	hint,
	error,
	placeholder,
	offers,
}: ChipsProps) {
	const [text, setText] = useState('');
	const list = useId();
	const take = (raw: string) => {
		const fresh = raw.split(/[\s,]+/).filter((t) => t && !values.includes(t));
		if (fresh.length) onValues([...values, ...fresh]);
		setText('');
	};
	const onKey = (e: KeyboardEvent) => {
		if ((e.key === 'Enter' && text) || e.key === ',') {
			e.preventDefault();
			take(text);
		} else if (e.key === 'Backspace' && !text && values.length) onValues(values.slice(0, -1));
	};
	return (
		<Field label={label} hint={hint} error={error}>
			{(of) => (
				<div class="chips">
					{values.map((v) => (
						<span key={v}>
							<span class="cut">{v}</span>
							<button
								type="button"
								aria-label={`Take ${v} away`}
								onClick={() => onValues(values.filter((x) => x !== v))}
							>
								×
							</button>
						</span>
					))}
					<input
						{...of}
						value={text}
						list={offers && list}
						placeholder={values.length ? '' : placeholder}
						spellcheck={false}
						autoComplete="off"
						onInput={(e) => setText(e.currentTarget.value)}
						onKeyDown={onKey}
						onBlur={() => text && take(text)}
					/>
					{offers && (
						<datalist id={list}>
							{offers.map((o) => (
								<option key={o} value={o} />
							))}
						</datalist>
					)}
				</div>
			)}
		</Field>
	);
}
