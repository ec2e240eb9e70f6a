// ui/icons.tsx - outlines of 16 by 16, drawn in the colour of the text.
// SPDX-License-Identifier: MIT

const PATHS = {
	overview: 'M2 13.5h12M3.5 11V8M6.5 11V4M9.5 11V6.5M12.5 11V2.5',
	requests: 'M2.5 4h11M2.5 8h11M2.5 12h7',
	usage: 'M8 2v6l4.5 3.5M14 8A6 6 0 1 1 8 2a6 6 0 0 1 6 6Z',
	keys: 'M7.2 8.8 13.5 2.5M11 5l2 2M8 10.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z',
	groups: 'M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4',
	providers: 'M3 3h10v4H3zM3 9h10v4H3zM5.5 5h.01M5.5 11h.01',
	models: 'M8 1.8 14 5v6l-6 3.2L2 11V5zM2 5l6 3.2L14 5M8 8.2v6',
	routes:
		'M3.5 12.5v-9M3.5 8h4c3 0 5-1.5 5-4.5M12.5 12.5c0-3-2-4.5-5-4.5M11 5l1.5-1.5L14 5M11 11l1.5 1.5L14 11',
	cache:
		'M13.5 4c0 1.1-2.5 2-5.5 2S2.5 5.1 2.5 4 5 2 8 2s5.5.9 5.5 2ZM2.5 4v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2',
	playground: 'M2.5 3.5h11v8h-6l-3 2.5v-2.5h-2zM5.5 6.5h5M5.5 8.7h3',
	plugins: 'M6 2v3M10 2v3M4 5h8v3a4 4 0 0 1-8 0zM8 12v2',
	audit: 'M3.5 2h6l3 3v9h-9zM9.5 2v3h3M6 8.5h4M6 11h4',
	settings: 'M2 4.5h6M11 4.5h3M2 11.5h3M8 11.5h6M9.5 2.8v3.4M6.5 9.8v3.4',
	start: 'M3.5 14V2.5M3.5 3h8.5l-2 2.7L12 8.5H3.5',
	search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM14 14l-3.4-3.4',
	close: 'M4 4l8 8M12 4l-8 8',
	check: 'M3 8.5 6.5 12 13 4.5',
	copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
	plus: 'M8 3v10M3 8h10',
	down: 'M4 6l4 4 4-4',
	right: 'M6 4l4 4-4 4',
	warn: 'M8 2 14.5 13.5h-13zM8 6.5v3.5M8 12h.01',
	info: 'M14 8A6 6 0 1 1 8 2a6 6 0 0 1 6 6ZM8 7.5V11M8 5h.01',
	pause: 'M5.5 3v10M10.5 3v10',
	play: 'M4.5 2.5 13 8l-8.5 5.5z',
	sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
	moon: 'M13.5 9.5A6 6 0 1 1 6.5 2.5a4.7 4.7 0 0 0 7 7Z',
	system: 'M2 3h12v8H2zM6 14h4M8 11v3',
	leave: 'M6 2.5H2.5v11H6M6.5 8H14M11 5l3 3-3 3',
	more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
	refresh: 'M13.5 3v3.5H10M13 6.5A5.5 5.5 0 1 0 13.5 9',
	download: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
	external: 'M6 3H3v10h10v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5',
	bolt: 'M9 1.5 3 9h4.5L7 14.5 13 7H8.5z',
	trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4',
	edit: 'M10.5 2.5l3 3-8 8h-3v-3z',
	empty: 'M2 9.5 4 3h8l2 6.5V13H2zM2 9.5h3.5L6.5 11h3l1-1.5H14',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
	return (
		<svg
			width={size}
			height={size}
			viewBox="0 0 16 16"
			fill="none"
			stroke="currentColor"
			stroke-width={name === 'more' ? 2.4 : 1.4}
			stroke-linecap="round"
			stroke-linejoin="round"
			aria-hidden="true"
		>
			<path d={PATHS[name]} />
		</svg>
	);
}

export function Mark({ size = 22 }: { size?: number }) {
	return (
		<svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
			<rect width="32" height="32" rx="8" fill="var(--accent-fill)" />
			<path
				d="M22.5 11.2A8 8 0 1 0 22.5 20.8"
				fill="none"
				stroke="#fff"
				stroke-width="3.2"
				stroke-linecap="round"
			/>
			<path d="M13 16h12.5" stroke="#9edcff" stroke-width="3.2" stroke-linecap="round" />
		</svg>
	);
}
