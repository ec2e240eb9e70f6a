// ui/csv.tsx - the newest rows of a list as a file.
// SPDX-License-Identifier: MIT
import { fileUrl } from '../lib/api';
import { count } from '../lib/format';
import { Button } from './basics';

/** As many rows as one call gives at most. */
export const CSV_MAX = 1000;

interface Props {
	path: string;
	query: Parameters<typeof fileUrl>[1];
	/** Of the file, and of what conduitctl lists. */
	name: string;
	/** There are more. */
	cut: boolean;
}

export function CsvButton({ path, query, name, cut }: Props) {
	return (
		<Button
			small
			icon="download"
			href={fileUrl(path, { ...query, limit: CSV_MAX, format: 'csv' })}
			download={`${name}.csv`}
			title={`The newest ${count(CSV_MAX)} at most; conduitctl ${name} list --limit N -o csv gives more`}
		>
			{cut ? `CSV of the newest ${count(CSV_MAX)}` : 'CSV'}
		</Button>
	);
}
