// pages/access/key_filter.ts - a filter by key: said by name, kept in the address by id.
// SPDX-License-Identifier: MIT
import { keyIdOf, keyNames, names, offerNames } from '../../lib/names';
import type { Filter } from '../../ui/filters';

export const keyFilter = (label: string): Filter => ({
	name: 'key',
	label,
	type: 'text',
	offers: keyNames(),
	onFocus: () => void offerNames(),
	toAddress: keyIdOf,
	fromAddress: (id) => names.value.get(id) || id,
});
