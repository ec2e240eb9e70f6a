// shell/login.tsx - a token for a session.
// SPDX-License-Identifier: MIT
import { useEffect } from 'preact/hooks';
import { login } from '../lib/api';
import { Button, Note } from '../ui/basics';
import { TextField, useForm } from '../ui/fields';
import { Mark } from '../ui/icons';

export function Login() {
	const form = useForm({ token: '' }, [], ({ token }) => login(token.trim()));
	useEffect(() => {
		document.title = 'Log in · Conduit';
	}, []);
	return (
		<main class="login">
			<form onSubmit={form.submit}>
				<div class="brand">
					<Mark size={28} />
					<h1>Conduit</h1>
				</div>
				<TextField
					label="Admin token"
					type="password"
					value={form.values.token}
					onValue={(v) => form.set('token', v)}
					autoFocus
					autoComplete="current-password"
					hint={
						<>
							It is in the file <code>admin.token</code> of the state folder, unless the
							configuration or <code>CONDUIT_MASTER_KEY</code> says another one.
						</>
					}
				/>
				{form.problem && (
					<Note kind="bad">
						{form.problem.status === 401
							? 'This is not the token.'
							: `${form.problem.message} ${form.problem.advice}`}
					</Note>
				)}
				<Button kind="primary" submit disabled={form.busy || !form.values.token.trim()}>
					{form.busy ? 'Logging in…' : 'Log in'}
				</Button>
			</form>
		</main>
	);
}
