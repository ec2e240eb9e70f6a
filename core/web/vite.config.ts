// vite.config.ts - how the app is built, and served while it is worked on.
// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// npm run dev: calls go to a running gateway. CONDUIT_ADMIN_URL says where.
const admin = process.env.CONDUIT_ADMIN_URL ?? 'http://127.0.0.1:5001';
const tokenFile = process.env.CONDUIT_ADMIN_TOKEN_FILE;
const headers = tokenFile
	? { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }
	: undefined;

export default defineConfig({
	base: '/',
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	build: {
		target: 'es2022',
		modulePreload: { polyfill: false },
		assetsInlineLimit: 0,
		reportCompressedSize: false,
	},
	server: {
		proxy: {
			'/admin': { target: admin, changeOrigin: true, headers },
			'/health': { target: admin, changeOrigin: true },
		},
	},
	test: { include: ['tests/**/*.test.ts'] },
});
