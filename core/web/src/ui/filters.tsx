// ui/filters.tsx - the filter bar of a page. What it says is in the address.
// SPDX-License-Identifier: MIT
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { plain } from '../lib/format';
import type { QueryState } from '../lib/query';
import { Button } from './basics';
import { Icon } from './icons';

export type Filter =
	| {
			name: string;
			label: string;
			type: 'text';
			placeholder?: string;
			offers?: string[];
			/** Somebody is about to type: the offers are worth to be asked for. */
			onFocus?: () => void;
			/** What the address says of what was typed, and the other way round. */
			toAddress?: (typed: string) => string;
			fromAddress?: (said: string) => string;
	  }
	| {
			name: string;
			label: string;
			type: 'select';
			/** The one without a value is the default. */
			options: [value: string, name: string][];
			/** What an address may call the default. */
			usual?: string;
	  };

interface FiltersProps {
	state: QueryState;
	filters: Filter[];
	/** The name of the big field in front, which '/' goes to. */
	search?: { name: string; placeholder: string; onEnter?: (text: string) => void };
	/** Members of the address that "Clear" leaves. */
	keep?: string[];
	children?: ComponentChildren;
}

const TYPED_MS = 350;

interface TypedProps {
	name: string;
	label: string;
	state: QueryState;
	placeholder?: string;
	offers?: string[];
	onFocus?: () => void;
	toAddress?: (typed: string) => string;
	fromAddress?: (said: string) => string;
	search?: boolean;
	onEnter?: (text: string) => void;
}

/** Goes to the address when nothing was typed for a moment, and with Enter. */
function Typed(p: TypedProps) {
	const { name, label, state, placeholder, offers, search, onEnter } = p;
	const raw = state.query[name] ?? '';
	const said = p.fromAddress ? p.fromAddress(raw) : raw;
	const [text, setText] = useState(said);
	const timer = useRef(0);
	useEffect(() => setText(said), [said]);
	useEffect(() => () => clearTimeout(timer.current), []);
	const say = (value: string) => {
		clearTimeout(timer.current);
		const typed = value.trim();
		state.set({ [name]: typed && p.toAddress ? p.toAddress(typed) : typed });
	};
	return (
		<>
			<input
				class="input"
				type={search ? 'search' : 'text'}
				aria-label={label}
				placeholder={placeholder ?? label}
				value={text}
				list={offers && `filter-${name}`}
				data-search={search || undefined}
				spellcheck={false}
				autoComplete="off"
				onFocus={p.onFocus}
				onInput={(e) => {
					const value = e.currentTarget.value;
					setText(value);
					clearTimeout(timer.current);
					if (!onEnter) timer.current = window.setTimeout(() => say(value), TYPED_MS);
				}}
				onKeyDown={(e) => {
					if (e.key !== 'Enter') return;
					if (onEnter) onEnter(text.trim());
					else say(text);
				}}
			/>
			{offers && (
				<datalist id={`filter-${name}`}>
					{offers.map((o) => (
						<option key={o} value={o} />
					))}
				</datalist>
			)}
		</>
	);
}

function Choice({ of, state }: { of: Filter & { type: 'select' }; state: QueryState }) {
	const said = state.query[of.name] ?? '';
	const value = said === of.usual ? '' : said;
	// An address may say more than is offered here: the field shows it.
	const known = of.options.some(([v]) => v === value);
	const options = known ? of.options : [...of.options, [value, plain(value)] as const];
	return (
		<select
			class="input"
			aria-label={of.label}
			value={value}
			onChange={(e) => state.set({ [of.name]: e.currentTarget.value })}
		>
			{options.map(([v, name]) => (
				<option key={v} value={v}>
					{name}
				</option>
			))}
		</select>
	);
}

export function Filters({ state, filters, search, keep = [], children }: FiltersProps) {
	const any = Object.keys(state.query).some((name) => !keep.includes(name));
	return (
		<search class="filters">
			{search && (
				<div class="search">
					<Icon name="search" />
					<Typed
						name={search.name}
						label={search.placeholder}
						state={state}
						search
						onEnter={search.onEnter}
						placeholder={search.placeholder}
					/>
				</div>
			)}
			{filters.map((f) =>
				f.type === 'text' ? (
					<Typed
						key={f.name}
						name={f.name}
						label={f.label}
						state={state}
						placeholder={f.placeholder}
						offers={f.offers}
						onFocus={f.onFocus}
						toAddress={f.toAddress}
						fromAddress={f.fromAddress}
					/>
				) : (
					<Choice key={f.name} of={f} state={state} />
				),
			)}
			{children}
			{any && (
				<Button kind="plain" small icon="close" onPress={() => state.clear(keep)}>
					Clear
				</Button>
			)}
		</search>
	);
}

interface SegmentsProps {
	label: string;
	value: string;
	options: [value: string, name: string][];
	onValue: (value: string) => void;
}

/** One of a few. */
export function Segments({ label, value, options, onValue }: SegmentsProps) {
	return (
		<div class="segments" role="group" aria-label={label}>
			{options.map(([v, name]) => (
				<button key={v} type="button" aria-pressed={v === value} onClick={() => onValue(v)}>
					{name}
				</button>
			))}
		</div>
	);
}
