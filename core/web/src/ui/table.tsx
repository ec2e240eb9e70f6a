// ui/table.tsx - tables. Of long ones only the rows that are seen are there.
// SPDX-License-Identifier: MIT
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { ROW, seenRows } from '../lib/series';

export interface Column<T> {
	id: string;
	head: string;
	cell: (row: T) => ComponentChildren;
	/** A CSS width; without one it takes what is left. */
	width?: string;
	/** Where there is little room. */
	narrow?: string;
	/** Numbers stand at the end. */
	end?: boolean;
	/** Left out when there is little room: 'mid' below 640 px, 'wide' below 900 px. */
	from?: 'mid' | 'wide';
	/** What the whole of it says, when it may be cut. */
	title?: (row: T) => string | undefined;
	/** Makes the column one to order by. */
	order?: (a: T, b: T) => number;
}

export interface TableProps<T> {
	caption: string;
	columns: Column<T>[];
	rows: T[];
	rowKey: (row: T) => string;
	/** Where a row leads, if anywhere. The first column has the link, for keyboards. */
	href?: (row: T) => string | undefined;
	empty: ComponentChildren;
	/** The last row, such as a sum. */
	foot?: Record<string, ComponentChildren>;
	/** Rows that have just come in. */
	fresh?: (row: T) => boolean;
	/** Stands below, such as a button for older ones. */
	more?: ComponentChildren;
}

const VIRTUAL_FROM = 120;

function useSeen(
	body: RefObject<HTMLTableSectionElement | null>,
	count: number,
): [number, number] {
	const [seen, setSeen] = useState<[number, number]>([0, VIRTUAL_FROM]);
	const on = count > VIRTUAL_FROM;
	useLayoutEffect(() => {
		if (!on) return;
		const look = () => {
			const at = body.current?.getBoundingClientRect().top ?? 0;
			const [a, b] = seenRows(at, innerHeight, count);
			setSeen((s) => (s[0] === a && s[1] === b ? s : [a, b]));
		};
		look();
		addEventListener('scroll', look, { passive: true, capture: true });
		addEventListener('resize', look);
		return () => {
			removeEventListener('scroll', look, { capture: true });
			removeEventListener('resize', look);
		};
	}, [on, count, body]);
	return on ? seen : [0, count];
}

// One cell: to span columns that are left out would make them columns again.
const Gap = ({ rows }: { rows: number }) =>
	rows > 0 ? (
		<tr class="gap" aria-hidden="true">
			<td style={{ height: `${rows * ROW}px` }} />
		</tr>
	) : null;

const classOf = <T,>(c: Column<T>) => `${c.from ?? ''} ${c.end ? 'end' : ''}`;

interface Order {
	id: string;
	down: boolean;
}

function Heads<T>({
	columns,
	order,
	onOrder,
}: {
	columns: Column<T>[];
	order: Order | null;
	onOrder: (id: string) => void;
}) {
	return (
		<tr>
			{columns.map((c) => {
				const mine = order?.id === c.id ? (order.down ? 'descending' : 'ascending') : undefined;
				const arrow = mine ? (mine === 'ascending' ? ' ↑' : ' ↓') : '';
				return (
					<th
						key={c.id}
						scope="col"
						class={classOf(c)}
						aria-sort={mine}
						style={{ '--w': c.width, '--n': c.narrow ?? c.width }}
					>
						{c.order ? (
							<button type="button" onClick={() => onOrder(c.id)}>
								{c.head + arrow}
							</button>
						) : (
							c.head
						)}
					</th>
				);
			})}
		</tr>
	);
}

export function Table<T>(p: TableProps<T>) {
	const body = useRef<HTMLTableSectionElement>(null);
	const [order, setOrder] = useState<Order | null>(null);
	const { route } = useLocation();
	const by = p.columns.find((c) => c.id === order?.id)?.order;
	const rows = by ? [...p.rows].sort((a, b) => (order?.down ? by(b, a) : by(a, b))) : p.rows;
	const [first, last] = useSeen(body, rows.length);

	const onOrder = (id: string) =>
		setOrder((o) => (o?.id !== id ? { id, down: true } : o.down ? { id, down: false } : null));
	const open = (e: MouseEvent, row: T) => {
		const on = e.target as HTMLElement;
		const to = p.href?.(row);
		if (!to || on.closest('a,button,input') || getSelection()?.toString()) return;
		if (e.metaKey || e.ctrlKey) window.open(to);
		else route(to);
	};
	if (rows.length === 0) return <div class="table-box">{p.empty}</div>;
	return (
		<div class="table-box">
			<table class="table" aria-rowcount={rows.length + 1}>
				<caption class="hidden-text">{p.caption}</caption>
				<thead>
					<Heads columns={p.columns} order={order} onOrder={onOrder} />
				</thead>
				<tbody ref={body}>
					<Gap rows={first} />
					{rows.slice(first, last).map((row) => {
						const to = p.href?.(row);
						return (
							<tr
								key={p.rowKey(row)}
								class={`${to ? 'link' : ''} ${p.fresh?.(row) ? 'fresh' : ''}`}
								onClick={to ? (e) => open(e, row) : undefined}
							>
								{p.columns.map((c, i) => (
									<td key={c.id} class={classOf(c)} title={c.title?.(row)}>
										{i === 0 && to ? <a href={to}>{c.cell(row)}</a> : c.cell(row)}
									</td>
								))}
							</tr>
						);
					})}
					<Gap rows={rows.length - last} />
				</tbody>
				{p.foot && (
					<tfoot>
						<tr>
							{p.columns.map((c) => (
								<td key={c.id} class={classOf(c)}>
									{p.foot?.[c.id]}
								</td>
							))}
						</tr>
					</tfoot>
				)}
			</table>
			{p.more && <div class="table-more">{p.more}</div>}
		</div>
	);
}
