// pages/access/ask_key.ts - the key in whose name something is asked: said by its name or id.
// SPDX-License-Identifier: MIT
import { useState } from 'preact/hooks';
import { keyIdOf, keyNames, names, offered, offerNames } from '../../lib/names';

export interface AskKey {
	/** Empty: nobody has said one. The name, as long as it is not known whose it is. */
	id: string;
	/** The same, once it is known. */
	find: () => Promise<string>;
	text: string;
	/** The name of the only one there is: it is meant where nothing is said. */
	hint: string;
	set: (text: string) => void;
	offers: string[];
	/** Somebody is about to ask: which keys there are is worth to be known. */
	onFocus: () => void;
}

// One key is nobody's choice.
const only = () => (offered.value?.length === 1 ? offered.value[0] : '');

export function useAskKey(first = ''): AskKey {
	const [text, set] = useState(first);
	const id = () => keyIdOf(text.trim()) || only();
	return {
		id: id(),
		find: () => offerNames().then(id),
		text,
		hint: only() && (names.value.get(only()) ?? ''),
		set,
		offers: keyNames(),
		onFocus: () => void offerNames(),
	};
}
