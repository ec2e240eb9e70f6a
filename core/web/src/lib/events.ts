// lib/events.ts - the event stream: one for all of the app, for the topics that pages look at.
// SPDX-License-Identifier: MIT
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError, ask, session } from './api';
import { closed, FIRST_WAIT_MS, reduceStream, type Stream, type StreamEvent } from './stream';

export type Topic = 'stats' | 'requests' | 'health' | 'changes';
type Listener = (data: unknown) => void;

export const stream = signal<Stream>(closed);
const listeners = new Map<Topic, Set<Listener>>();
const gaps = new Map<Topic, Set<() => void>>();
let source: EventSource | null = null;
let topics = '';
let timer = 0;

function turn(e: StreamEvent): void {
	stream.value = reduceStream(stream.value, e, Math.random());
}

function wanted(): string {
	return [...listeners.keys()]
		.filter((t) => listeners.get(t)?.size)
		.sort()
		.join(',');
}

function deliver(topic: Topic, e: MessageEvent<string>): void {
	turn({ type: 'event', id: e.lastEventId });
	const data: unknown = JSON.parse(e.data);
	for (const listener of listeners.get(topic) ?? []) listener(data);
}

/** Some events of these topics are missing: who listens to them asks the lists. */
function tellGap(e: MessageEvent<string>): void {
	const { topics } = JSON.parse(e.data) as { topics: Topic[] };
	for (const topic of topics) for (const listener of gaps.get(topic) ?? []) listener();
}

function stop(): void {
	source?.close();
	source = null;
	clearTimeout(timer);
}

// An EventSource does not say why it failed. A session that is over must not be tried forever.
async function afterFailure(refused: boolean): Promise<void> {
	stop();
	turn({ type: 'failed', refused });
	timer = window.setTimeout(open, stream.value.waitMs);
	if (stream.value.failures > 1) return;
	try {
		await ask('/admin/v1/session', { quiet: true });
	} catch (e) {
		if (e instanceof ApiError && e.status === 401) session.value = null;
	}
}

function open(): void {
	stop();
	topics = wanted();
	if (!topics || !session.value) {
		turn({ type: 'close' });
		return;
	}
	turn({ type: 'open' });
	const resume = stream.value.last
		? `&last_event_id=${encodeURIComponent(stream.value.last)}`
		: '';
	const s = new EventSource(`/admin/v1/events?topics=${topics}${resume}`);
	source = s;
	s.onopen = () => turn({ type: 'opened' });
	s.onerror = () => void afterFailure(s.readyState === EventSource.CLOSED);
	s.addEventListener('gap', tellGap);
	for (const topic of topics.split(',') as Topic[]) {
		s.addEventListener(topic, (e) => deliver(topic, e as MessageEvent<string>));
	}
}

// Pages come and go in one moment: the stream is opened anew once they have.
let queued = false;
function renew(): void {
	if (queued) return;
	queued = true;
	queueMicrotask(() => {
		queued = false;
		if (wanted() !== topics || !source) {
			stream.value = { ...stream.value, last: '' }; // its history, too, for who is new
			open();
		}
	});
}

/** Tells listener of each event of the topic while the component is there. */
export function useEvents<T>(topic: Topic, listener: (data: T) => void, on = true): void {
	const newest = useRef(listener);
	newest.current = listener;
	useEffect(() => {
		if (!on) return;
		const tell: Listener = (data) => newest.current(data as T);
		const set = listeners.get(topic) ?? new Set();
		listeners.set(topic, set.add(tell));
		renew();
		return () => {
			set.delete(tell);
			renew();
		};
	}, [topic, on]);
}

/** Tells listener when events of the topic were missed, on a page that has them by useEvents. */
export function useGaps(topic: Topic, listener: () => void): void {
	const newest = useRef(listener);
	newest.current = listener;
	useEffect(() => {
		const tell = () => newest.current();
		const set = gaps.get(topic) ?? new Set();
		gaps.set(topic, set.add(tell));
		return () => void set.delete(tell);
	}, [topic]);
}

/** Calls poll every everyMs while the stream can not be had: nothing on a page stands still. */
export function usePolling(poll: () => void, everyMs = 5000): void {
	const newest = useRef(poll);
	newest.current = poll;
	const on = stream.value.state === 'polling';
	useEffect(() => {
		if (!on) return;
		const each = setInterval(
			() => document.hidden || newest.current(),
			Math.max(everyMs, FIRST_WAIT_MS),
		);
		return () => clearInterval(each);
	}, [on, everyMs]);
}

/** Loads again what a page shows of keys and groups when one of them is changed, and every everyMs,
 * because what they spend comes with no event. */
export function useFresh(reload: () => void, everyMs: number, listens = true): void {
	const newest = useRef(reload);
	newest.current = reload;
	useEvents('changes', reload, listens);
	usePolling(reload);
	useEffect(() => {
		const each = setInterval(() => document.hidden || newest.current(), everyMs);
		return () => clearInterval(each);
	}, [everyMs]);
}
