// lib/load.ts - the data of a page: asked for once per address, dropped when the page is left.
// SPDX-License-Identifier: MIT
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, ask, type Call } from './api';
import { learnNames } from './names';

export interface Loaded<T> {
	/** The newest that came; it stays while newer data is under way. */
	data: T | undefined;
	version: string | null;
	error: ApiError | undefined;
	loading: boolean;
	reload(): void;
	/** Puts what a change answered in place of it. */
	put(data: T, version?: string | null): void;
}

/** path null: nothing to ask yet. */
export function useLoad<T>(
	path: string | null,
	query?: Call['query'],
	quiet = false,
): Loaded<T> {
	const [state, setState] = useState<{
		data?: T;
		version: string | null;
		error?: ApiError;
		at: string | null;
	}>({
		version: null,
		at: null,
	});
	const [turn, setTurn] = useState(0);
	const asked = path === null ? null : path + JSON.stringify(query ?? {});
	const newest = useRef(query);
	newest.current = query;

	useEffect(() => {
		if (path === null) return;
		const stop = new AbortController();
		const call = { query: newest.current, signal: stop.signal, quiet: quiet && turn > 0 };
		ask<T>(path, call).then(
			(a) => {
				learnNames(a.data);
				setState({ data: a.data, version: a.version, at: `${asked}${turn}` });
			},
			(error) => {
				if (!stop.signal.aborted) setState((s) => ({ ...s, error, at: `${asked}${turn}` }));
			},
		);
		return () => stop.abort();
	}, [asked, turn]);

	return {
		data: state.data,
		version: state.version,
		error: state.error,
		loading: path !== null && state.at !== `${asked}${turn}`,
		reload: useCallback(() => setTurn((n) => n + 1), []),
		put: useCallback(
			(data: T, version: string | null = null) =>
				setState((s) => ({ ...s, data, version, error: undefined })),
			[],
		),
	};
}
