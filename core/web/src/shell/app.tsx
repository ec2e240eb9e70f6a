// shell/app.tsx - who is not logged in sees the login, who is sees a page in its frame.
// SPDX-License-Identifier: MIT

import { useEffect, useState } from 'preact/hooks';
import { LocationProvider } from 'preact-iso/router';
import { findSession, session, unreachable, working } from '../lib/api';
import { stream } from '../lib/events';
import { clock } from '../lib/format';
import { dropToast, toasts } from '../lib/toast';
import { Button } from '../ui/basics';
import { Icon } from '../ui/icons';
import { Frame } from './frame';
import { Login } from './login';

const RETRY_MS = 3000;

export function App() {
	return (
		<LocationProvider>
			{working.value > 0 && <Working />}
			<Lost />
			<Inside />
			<Toasts />
		</LocationProvider>
	);
}

/** Quick answers need no sign: it comes after a moment. */
function Working() {
	const [shown, show] = useState(false);
	useEffect(() => {
		const timer = setTimeout(() => show(true), 180);
		return () => clearTimeout(timer);
	}, []);
	return shown ? <div class="working" role="progressbar" aria-label="Loading" /> : null;
}

function Inside() {
	const who = session.value;
	const [turn, again] = useState(0);
	useEffect(() => {
		if (session.value !== undefined) return;
		let timer = 0;
		findSession().catch(() => {
			timer = window.setTimeout(() => again((n) => n + 1), RETRY_MS);
		});
		return () => clearTimeout(timer);
	}, [turn]);
	if (who === undefined) return null;
	return who ? <Frame /> : <Login />;
}

/** The connection is gone: says so, and since when; goes away by itself. */
function Lost() {
	const since = unreachable.value;
	useEffect(() => {
		if (!since) return;
		const each = setInterval(() => void findSession().catch(() => {}), RETRY_MS);
		return () => clearInterval(each);
	}, [since]);
	if (!since && (stream.value.state !== 'waiting' || stream.value.failures < 2)) return null;
	return (
		<div class="banner" role="alert">
			<Icon name="warn" />
			<span>
				<strong>Connection lost.</strong> Trying again.
				{since && ` What you see is of ${clock(since)}.`}
			</span>
			<Button small onPress={() => findSession().catch(() => {})}>
				Try now
			</Button>
		</div>
	);
}

function Toasts() {
	return (
		<ul class="toasts" aria-live="polite">
			{toasts.value.map((t) => (
				<li key={t.id} class={`toast ${t.kind}`}>
					<span>{t.text}</span>
					<Button
						kind="plain"
						small
						icon="close"
						label="Put away"
						onPress={() => dropToast(t.id)}
					/>
				</li>
			))}
		</ul>
	);
}
