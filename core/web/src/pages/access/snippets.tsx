// pages/access/snippets.tsx - a key in the words of each client.
// SPDX-License-Identifier: MIT
import { useState } from 'preact/hooks';
import type { AccessKey } from '../../lib/access';
import { allowed } from '../../lib/access';
import { CLIENTS, snippets } from '../../lib/clients';
import { plain } from '../../lib/format';
import { useLoad } from '../../lib/load';
import type { List, Model, Status } from '../../lib/types';
import { Button, Code, Secret, WhenLoaded } from '../../ui/basics';
import { Dialog } from '../../ui/dialog';
import { SelectField } from '../../ui/fields';
import { clientUrl } from '../start';

export interface Made {
	key: AccessKey;
	secret: string;
}

interface SnippetsProps {
	/** Without one there is a place for it. */
	secret?: string;
	/** What the key may ask; empty: all. */
	models: string[];
}

export function Snippets({ secret, models }: SnippetsProps) {
	const status = useLoad<Status>('/admin/v1/status');
	const known = useLoad<List<Model>>('/admin/v1/models');
	const [client, setClient] = useState('curl');
	const [chosen, setChosen] = useState('');
	return (
		<div class="stack">
			{secret && <Secret value={secret} />}
			<WhenLoaded of={status} height={120}>
				{(s) => {
					const offers = allowed(
						(known.data?.data ?? []).map((m) => m.id),
						models,
					);
					const model = offers.includes(chosen) ? chosen : (offers[0] ?? 'MODEL');
					const fill = { url: clientUrl(s), key: secret ?? 'YOUR_KEY', model };
					return (
						<>
							<div class="form-row">
								<SelectField
									label="Client"
									value={client}
									onValue={setClient}
									options={CLIENTS}
								/>
								<SelectField
									label="Model"
									value={model}
									onValue={setChosen}
									options={(offers.length ? offers : [model]).map((m) => [m, m])}
								/>
							</div>
							{snippets(client, fill).map((one) => (
								<div class="stack" key={one.where}>
									<h3>{one.where}</h3>
									<Code text={one.text} label={one.where} />
								</div>
							))}
						</>
					);
				}}
			</WhenLoaded>
		</div>
	);
}

/** The secret, once, and what to do with it. */
export function ShowSecret({ made, onClose }: { made: Made; onClose: () => void }) {
	return (
		<Dialog
			title={`The key ${plain(made.key.name, 40) || made.key.id}`}
			onClose={onClose}
			width={720}
			firm
		>
			<Snippets secret={made.secret} models={made.key.models} />
			<div class="actions">
				<Button kind="primary" onPress={onClose}>
					I have kept it
				</Button>
			</div>
		</Dialog>
	);
}
