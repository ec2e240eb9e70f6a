// pages/index.ts - the table of pages: the navigation, the keys and the addresses are made of it.
// SPDX-License-Identifier: MIT
import type { ComponentType } from 'preact';
import type { IconName } from '../ui/icons';

export interface PageProps {
	/** The pieces of the address that a pattern names. */
	params: Record<string, string>;
}

export interface PageEntry {
	path: string;
	/** Other patterns of its own, such as the address of one thing of a list. */
	more?: string[];
	name: string;
	group: 'Observe' | 'Access' | 'Serve' | 'System';
	icon: IconName;
	/** What is typed after 'g'. */
	key: string;
	load: () => Promise<{ default: ComponentType<PageProps> }>;
}

export const pages: PageEntry[] = [
	{
		path: '/',
		name: 'Overview',
		group: 'Observe',
		icon: 'overview',
		key: 'o',
		load: () => import('./overview'),
	},
	{
		path: '/requests',
		more: ['/requests/:id'],
		name: 'Requests',
		group: 'Observe',
		icon: 'requests',
		key: 'r',
		load: () => import('./requests'),
	},
	{
		path: '/usage',
		name: 'Usage',
		group: 'Observe',
		icon: 'usage',
		key: 'u',
		load: () => import('./usage'),
	},
	{
		path: '/keys',
		more: ['/keys/:id'],
		name: 'Keys',
		group: 'Access',
		icon: 'keys',
		key: 'k',
		load: () => import('./keys'),
	},
	{
		path: '/groups',
		more: ['/groups/:id'],
		name: 'Groups and budgets',
		group: 'Access',
		icon: 'groups',
		key: 'b',
		load: () => import('./groups'),
	},
	{
		path: '/providers',
		more: ['/providers/:id'],
		name: 'Providers',
		group: 'Serve',
		icon: 'providers',
		key: 'p',
		load: () => import('./providers'),
	},
	{
		path: '/models',
		more: ['/models/:id*'],
		name: 'Models and prices',
		group: 'Serve',
		icon: 'models',
		key: 'm',
		load: () => import('./models'),
	},
	{
		path: '/routes',
		name: 'Routes',
		group: 'Serve',
		icon: 'routes',
		key: 't',
		load: () => import('./routes'),
	},
	{
		path: '/cache',
		name: 'Cache',
		group: 'Serve',
		icon: 'cache',
		key: 'c',
		load: () => import('./cache'),
	},
	{
		path: '/playground',
		name: 'Playground',
		group: 'Serve',
		icon: 'playground',
		key: 'y',
		load: () => import('./playground'),
	},
	{
		path: '/plugins',
		name: 'Plugins',
		group: 'System',
		icon: 'plugins',
		key: 'l',
		load: () => import('./plugins'),
	},
	{
		path: '/audit',
		name: 'Audit',
		group: 'System',
		icon: 'audit',
		key: 'a',
		load: () => import('./audit'),
	},
	{
		path: '/settings',
		name: 'Settings',
		group: 'System',
		icon: 'settings',
		key: 's',
		load: () => import('./settings'),
	},
	{
		path: '/start',
		name: 'First steps',
		group: 'System',
		icon: 'start',
		key: 'f',
		load: () => import('./start'),
	},
];
