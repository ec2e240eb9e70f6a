// ui/basics.tsx - the small ones: buttons, badges, notes, times, code, empty states.
// SPDX-License-Identifier: MIT
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, mayChange } from '../lib/api';
import { ago, clock, dateTime } from '../lib/format';
import type { Loaded } from '../lib/load';
import { toastError } from '../lib/toast';
import { Icon, type IconName } from './icons';

type Press = () => unknown | Promise<unknown>;

export interface ButtonProps {
	children?: ComponentChildren;
	kind?: 'primary' | 'danger' | 'plain';
	icon?: IconName;
	small?: boolean;
	/** A promise keeps it from being pressed again; what it throws is told. */
	onPress?: Press;
	href?: string;
	disabled?: boolean;
	submit?: boolean;
	/** What it is called when it has only an icon. */
	label?: string;
	/** It changes something: viewers can not press it. */
	changes?: boolean;
	pressed?: boolean;
	/** The name of the file that the address is saved as. */
	download?: string;
	/** What there is to know before it is pressed. */
	title?: string;
}

export function Button(p: ButtonProps) {
	const [busy, setBusy] = useState(false);
	const name = `button ${p.kind ?? ''} ${p.small ? 'small' : ''} ${p.children ? '' : 'icon'}`;
	const inside = (
		<>
			{p.icon && <Icon name={p.icon} size={p.small ? 14 : 16} />}
			{p.children}
		</>
	);
	const barred = p.changes && !mayChange();
	const title = barred
		? 'Viewers can only read'
		: (p.title ?? (p.children ? undefined : p.label));
	if (p.href) {
		return (
			<a class={name} href={p.href} aria-label={p.label} title={title} download={p.download}>
				{inside}
			</a>
		);
	}
	const press = async () => {
		const done = p.onPress?.();
		if (!(done instanceof Promise)) return;
		setBusy(true);
		try {
			await done;
		} catch (e) {
			toastError(e);
		} finally {
			setBusy(false);
		}
	};
	return (
		<button
			type={p.submit ? 'submit' : 'button'}
			class={name}
			disabled={p.disabled || busy || barred}
			aria-busy={busy}
			aria-label={p.label}
			aria-pressed={p.pressed}
			title={title}
			onClick={p.onPress && press}
		>
			{inside}
		</button>
	);
}

export type Kind = 'good' | 'warn' | 'bad' | 'accent' | '';

/** A state, by word and shape as well as by colour. */
export function Badge({
	kind = '',
	children,
	title,
}: {
	kind?: Kind;
	children: ComponentChildren;
	title?: string;
}) {
	return (
		<span class={`badge ${kind}`} title={title}>
			{children}
		</span>
	);
}

/** In this place's zone, with UTC for who points at it. */
export function Time({ at, long = false }: { at: string | null | undefined; long?: boolean }) {
	if (!at) return <span class="muted">–</span>;
	return (
		<time dateTime={at} title={`${new Date(at).toISOString()} (UTC)`}>
			{long ? dateTime(at) : clock(at)}
		</time>
	);
}

/** "3 min ago"; goes on by itself. */
export function Ago({ at }: { at: string | null | undefined }) {
	const [, turn] = useState(0);
	useEffect(() => {
		const each = setInterval(() => turn((n) => n + 1), 10_000);
		return () => clearInterval(each);
	}, []);
	if (!at) return <span class="muted">–</span>;
	return (
		<time dateTime={at} title={`${dateTime(at)} · ${new Date(at).toISOString()} (UTC)`}>
			{ago(at)}
		</time>
	);
}

export interface EmptyProps {
	icon?: IconName;
	title: string;
	/** The next step. */
	children?: ComponentChildren;
	action?: ComponentChildren;
}

export function Empty({ icon = 'empty', title, children, action }: EmptyProps) {
	return (
		<div class="empty">
			<Icon name={icon} size={26} />
			<strong>{title}</strong>
			{children && <p>{children}</p>}
			{action}
		</div>
	);
}

export function Note({
	kind = '',
	children,
}: {
	kind?: 'warn' | 'bad' | '';
	children: ComponentChildren;
}) {
	return (
		<div class={`note ${kind}`} role={kind === 'bad' ? 'alert' : undefined}>
			<Icon name={kind ? 'warn' : 'info'} />
			<div>{children}</div>
		</div>
	);
}

/** What went wrong, and what to do. */
export function Trouble({ error, retry }: { error: ApiError; retry?: () => void }) {
	return (
		<Note kind="bad">
			<div>{error.message}</div>
			{error.advice && <div class="muted">{error.advice}</div>}
			{retry && (
				<div class="buttons">
					<Button small icon="refresh" onPress={retry}>
						Try again
					</Button>
				</div>
			)}
		</Note>
	);
}

export function Skeleton({ height = 180 }: { height?: number }) {
	return (
		<div
			class="skeleton"
			style={{ '--height': `${height}px` }}
			role="status"
			aria-label="Loading"
		/>
	);
}

interface LoadedProps<T> {
	of: Loaded<T>;
	height?: number;
	children: (data: T) => JSX.Element | null;
}

/** Data when it is there; a sign of work before, and what went wrong else. */
export function WhenLoaded<T>({ of, height, children }: LoadedProps<T>) {
	return (
		<>
			{of.error && <Trouble error={of.error} retry={of.reload} />}
			{of.data !== undefined ? children(of.data) : !of.error && <Skeleton height={height} />}
		</>
	);
}

async function copyText(text: string): Promise<void> {
	if (navigator.clipboard) {
		await navigator.clipboard.writeText(text);
		return;
	}
	// Over plain HTTP from another machine there is no clipboard but the old one.
	const area = document.createElement('textarea');
	area.value = text;
	(document.querySelector('dialog[open]') ?? document.body).append(area);
	area.select();
	document.execCommand('copy');
	area.remove();
}

export function CopyButton({
	text,
	label = 'Copy',
	small = true,
}: {
	text: string;
	label?: string;
	small?: boolean;
}) {
	const [copied, setCopied] = useState(false);
	const copy = async () => {
		await copyText(text);
		setCopied(true);
		setTimeout(() => setCopied(false), 1800);
	};
	return (
		<Button small={small} icon={copied ? 'check' : 'copy'} onPress={copy}>
			<span aria-live="polite">{copied ? 'Copied' : label}</span>
		</Button>
	);
}

export function Code({
	text,
	max,
	label = 'Code',
}: {
	text: string;
	max?: number;
	label?: string;
}) {
	return (
		<div class="code" style={max ? { '--max': `${max}px` } : undefined}>
			<pre tabIndex={0} aria-label={label} role="region">
				{text}
			</pre>
			<CopyButton text={text} />
		</div>
	);
}

/** A secret that is shown this once. */
export function Secret({ value, children }: { value: string; children?: ComponentChildren }) {
	return (
		<div class="stack">
			<Note kind="warn">
				{children ??
					'This is shown only once. Copy it now, and keep it where secrets are kept.'}
			</Note>
			<Code text={value} label="Secret" />
		</div>
	);
}

interface CardProps {
	title?: ComponentChildren;
	actions?: ComponentChildren;
	/** Without distance around the content: for tables. */
	flush?: boolean;
	children: ComponentChildren;
}

export function Card({ title, actions, flush, children }: CardProps) {
	return (
		<section class="card">
			{title && (
				<header>
					<h2>{title}</h2>
					{actions}
				</header>
			)}
			{flush ? children : <div class="body">{children}</div>}
		</section>
	);
}

export interface FigureProps {
	label: string;
	value: ComponentChildren;
	sub?: ComponentChildren;
	title?: string;
}

export function Figures({ of }: { of: FigureProps[] }) {
	return (
		<dl class="figures">
			{of.map((f) => (
				<div class="figure" key={f.label} title={f.title}>
					<dt>{f.label}</dt>
					<dd>
						{f.value}
						<small>{f.sub ?? '\u00a0'}</small>
					</dd>
				</div>
			))}
		</dl>
	);
}

export function Pairs({ of }: { of: [string, ComponentChildren][] }) {
	return (
		<dl class="pairs">
			{of.map(([name, value]) => (
				<>
					<dt>{name}</dt>
					<dd>{value ?? <span class="muted">–</span>}</dd>
				</>
			))}
		</dl>
	);
}

interface PageProps {
	title: string;
	sub?: ComponentChildren;
	actions?: ComponentChildren;
	/** The list that this one belongs to. */
	from?: [href: string, name: string];
	children: ComponentChildren;
}

export function Page({ title, sub, actions, from, children }: PageProps) {
	useEffect(() => {
		document.title = `${title} · Conduit`;
	}, [title]);
	return (
		<div class="page">
			<div class="page-head">
				<div>
					{from && (
						<a class="crumb" href={from[0]}>
							← {from[1]}
						</a>
					)}
					<h1>{title}</h1>
					{sub && <p>{sub}</p>}
				</div>
				{actions && <div class="buttons">{actions}</div>}
			</div>
			{children}
		</div>
	);
}
