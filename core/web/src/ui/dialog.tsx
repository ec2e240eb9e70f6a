// ui/dialog.tsx - what is asked in front of a page.
// SPDX-License-Identifier: MIT
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './basics';

interface DialogProps {
	title: string;
	onClose: () => void;
	width?: number;
	/** Neither Escape nor a click beside it closes it: there is something to be lost. */
	firm?: boolean;
	children: ComponentChildren;
}

export function Dialog({ title, onClose, width, firm, children }: DialogProps) {
	const box = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const before = document.activeElement as HTMLElement | null;
		box.current?.showModal();
		return () => before?.focus?.();
	}, []);
	return (
		<dialog
			ref={box}
			class="dialog"
			aria-labelledby={id}
			style={width ? { '--width': `${width}px` } : undefined}
			onCancel={(e) => {
				e.preventDefault();
				if (!firm) onClose();
			}}
			onClick={(e) => e.target === box.current && !firm && onClose()}
		>
			<header>
				<h2 id={id}>{title}</h2>
				<Button kind="plain" small icon="close" label="Close" onPress={onClose} />
			</header>
			<div class="content">{children}</div>
		</dialog>
	);
}

interface ConfirmProps {
	title: string;
	/** What will happen. */
	children: ComponentChildren;
	/** The word on the button that does it. */
	action: string;
	danger?: boolean;
	onConfirm: () => Promise<unknown>;
	onClose: () => void;
}

export function Confirm({ title, children, action, danger, onConfirm, onClose }: ConfirmProps) {
	const run = async () => {
		await onConfirm();
		onClose();
	};
	return (
		<Dialog title={title} onClose={onClose} width={440}>
			<div>{children}</div>
			<div class="actions">
				<Button onPress={onClose}>Cancel</Button>
				<Button kind={danger ? 'danger' : 'primary'} onPress={run}>
					{action}
				</Button>
			</div>
		</Dialog>
	);
}
