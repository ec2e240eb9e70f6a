// shell/frame.tsx - what stands around a page: where one can go, and who one is.
// SPDX-License-Identifier: MIT
import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { exec, useLocation } from 'preact-iso/router';
import { logout, session } from '../lib/api';
import { stream } from '../lib/events';
import { setTheme, type Theme, theme } from '../lib/theme';
import { type PageEntry, type PageProps, pages } from '../pages';
import { Badge, Button, Empty, Note, Page, Skeleton } from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { Icon, type IconName, Mark } from '../ui/icons';
import { Keyboard } from './keyboard';

const GROUPS = ['Observe', 'Access', 'Serve', 'System'] as const;
const BOTTOM = ['/', '/requests', '/usage', '/keys'];

interface Found {
	page: PageEntry;
	params: Record<string, string>;
}

export function findPage(path: string): Found | null {
	for (const page of pages) {
		for (const pattern of [page.path, ...(page.more ?? [])]) {
			const found = exec(path, pattern, { path, query: {}, params: {} });
			if (found) return { page, params: found.params };
		}
	}
	return null;
}

function useCurrent(path: string): (entry: string) => 'page' | undefined {
	const current = findPage(path)?.page.path;
	return (entry) => (entry === current ? 'page' : undefined);
}

function Nav() {
	const { path } = useLocation();
	const current = useCurrent(path);
	return (
		<nav class="nav" aria-label="Pages">
			{GROUPS.map((group) => (
				<div key={group}>
					<h2 id={`nav-${group}`}>{group}</h2>
					<ul aria-labelledby={`nav-${group}`}>
						{pages
							.filter((p) => p.group === group)
							.map((p) => (
								<li key={p.path}>
									<a
										href={p.path}
										aria-current={current(p.path)}
										onPointerEnter={() => void p.load()}
									>
										<Icon name={p.icon} />
										{p.name}
									</a>
								</li>
							))}
					</ul>
				</div>
			))}
		</nav>
	);
}

const THEMES: [Theme, string, IconName][] = [
	['system', 'Theme: as the system', 'system'],
	['light', 'Theme: light', 'sun'],
	['dark', 'Theme: dark', 'moon'],
];

function Foot() {
	const at = THEMES.findIndex(([t]) => t === theme.value);
	const [, label, icon] = THEMES[at];
	const live = stream.value.state;
	return (
		<div class="side-foot">
			<div>
				{live === 'open' ? (
					<Badge kind="good">Live</Badge>
				) : live === 'polling' ? (
					<Badge kind="warn">Polling</Badge>
				) : (
					<Badge>{live === 'closed' ? 'Idle' : 'Connecting'}</Badge>
				)}
				<span class="muted small">{session.value?.role === 'viewer' ? 'Viewer' : 'Admin'}</span>
			</div>
			<div>
				<Button
					kind="plain"
					small
					icon={icon}
					label={label}
					onPress={() => setTheme(THEMES[(at + 1) % THEMES.length][0])}
				/>
				<Button kind="plain" small icon="leave" onPress={logout}>
					Log out
				</Button>
			</div>
		</div>
	);
}

function Bottom() {
	const { path } = useLocation();
	const current = useCurrent(path);
	const [open, setOpen] = useState(false);
	useEffect(() => setOpen(false), [path]);
	return (
		<>
			<nav class="tabs-bottom" aria-label="Main pages">
				{pages
					.filter((p) => BOTTOM.includes(p.path))
					.map((p) => (
						<a key={p.path} href={p.path} aria-current={current(p.path)}>
							<Icon name={p.icon} size={18} />
							{p.name}
						</a>
					))}
				<button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
					<Icon name="more" size={18} />
					More
				</button>
			</nav>
			{open && (
				<Dialog title="All pages" onClose={() => setOpen(false)}>
					<Nav />
					<Foot />
				</Dialog>
			)}
		</>
	);
}

/** A page is loaded when it is gone to, or pointed at. */
function usePage(entry: PageEntry): ComponentType<PageProps> | undefined {
	const [loaded, setLoaded] = useState<{ entry: PageEntry; page: ComponentType<PageProps> }>();
	const [failed, setFailed] = useState<Error>();
	useEffect(() => {
		let gone = false;
		entry.load().then(
			(m) => !gone && setLoaded({ entry, page: m.default }),
			(e) => !gone && setFailed(e),
		);
		return () => {
			gone = true;
		};
	}, [entry]);
	if (failed) throw failed;
	return loaded?.entry === entry ? loaded.page : undefined;
}

function Shown({ found }: { found: Found }) {
	const View = usePage(found.page);
	if (View) return <View params={found.params} />;
	return (
		<Page title={found.page.name}>
			<Skeleton height={260} />
		</Page>
	);
}

/** A page that breaks takes nothing else along. */
function Guarded({ found }: { found: Found }) {
	const [error] = useErrorBoundary();
	if (!error) return <Shown found={found} />;
	return (
		<Page title={found.page.name}>
			<Note kind="bad">
				This page broke: {String((error as Error).message ?? error)}. It may be of another
				version than the gateway is now.
				<div class="buttons">
					<Button small icon="refresh" onPress={() => location.reload()}>
						Load it again
					</Button>
				</div>
			</Note>
		</Page>
	);
}

function Missing({ path }: { path: string }) {
	return (
		<Page title="Nothing here">
			<Empty
				title={`There is no page ${path}`}
				action={<Button href="/">Go to the overview</Button>}
			>
				The address may be wrong, or of another version.
			</Empty>
		</Page>
	);
}

export function Frame() {
	const { path } = useLocation();
	const main = useRef<HTMLElement>(null);
	const before = useRef(path);
	const found = findPage(path);
	// At once: later it would take the focus from what somebody has gone to since.
	useLayoutEffect(() => {
		if (before.current === path) return;
		before.current = path;
		scrollTo(0, 0);
		main.current?.focus({ preventScroll: true });
	}, [path]);
	return (
		<div class="shell">
			<a class="skip" href="#main">
				Skip to the page
			</a>
			<aside class="side">
				<a class="brand" href="/">
					<Mark />
					Conduit
				</a>
				<Nav />
				<Foot />
			</aside>
			<main class="main" id="main" ref={main} tabIndex={-1}>
				{found ? <Guarded key={found.page.path} found={found} /> : <Missing path={path} />}
			</main>
			<Bottom />
			<Keyboard />
		</div>
	);
}
