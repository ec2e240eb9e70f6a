// shell/keyboard.tsx - '/' searches, 'g' and a letter goes somewhere, '?' tells.
// SPDX-License-Identifier: MIT

import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { pages } from '../pages';
import { Dialog } from '../ui/dialog';

const SECOND_MS = 1200;
const ARRIVES_MS = 3000;

function typing(e: KeyboardEvent): boolean {
	const on = e.target as HTMLElement;
	return on.closest?.('input,textarea,select,[contenteditable],dialog') !== null;
}

const searchField = () => document.querySelector<HTMLInputElement>('[data-search]');

/** Goes to the field of a page that is on its way; gives what stops waiting for it. */
function searchSoon(): () => void {
	const watch = new MutationObserver(() => {
		const field = searchField();
		if (!field) return;
		stop();
		field.focus();
	});
	const timer = setTimeout(() => stop(), ARRIVES_MS);
	const stop = () => {
		watch.disconnect();
		clearTimeout(timer);
	};
	watch.observe(document.body, { childList: true, subtree: true });
	return stop;
}

export function Keyboard() {
	const { route } = useLocation();
	const [help, setHelp] = useState(false);
	const waiting = useRef(0);
	const soon = useRef(() => {});
	useEffect(() => {
		const onKey = (e: KeyboardEvent) => {
			if (e.ctrlKey || e.metaKey || e.altKey || typing(e)) return;
			soon.current(); // another key: the wish is another one
			const second = Date.now() - waiting.current < SECOND_MS;
			waiting.current = 0;
			if (second) {
				const page = pages.find((p) => p.key === e.key);
				if (!page) return;
				e.preventDefault();
				route(page.path);
			} else if (e.key === 'g') waiting.current = Date.now();
			else if (e.key === '?') setHelp(true);
			else if (e.key === '/') {
				e.preventDefault();
				const field = searchField();
				if (field) field.focus();
				else if (document.querySelector('.skeleton')) soon.current = searchSoon();
				else setHelp(true);
			}
		};
		addEventListener('keydown', onKey);
		return () => removeEventListener('keydown', onKey);
	}, [route]);
	useEffect(() => () => soon.current(), []);
	if (!help) return null;
	return (
		<Dialog title="Keys" onClose={() => setHelp(false)} width={420}>
			<dl class="pairs">
				<dt>
					<kbd>/</kbd>
				</dt>
				<dd>Search on this page</dd>
				{pages.map((p) => (
					<>
						<dt>
							<kbd>g</kbd> <kbd>{p.key}</kbd>
						</dt>
						<dd>{p.name}</dd>
					</>
				))}
				<dt>
					<kbd>Esc</kbd>
				</dt>
				<dd>Close what is open</dd>
			</dl>
		</Dialog>
	);
}
