// scripts/pack.mjs - puts a .br and a .gz beside each file of dist that they make smaller, and
// fails when what the first page needs has become too big.
// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url).pathname;
const JS_MAX = 60 * 1024;
const CSS_MAX = 12 * 1024;
const WORTH = 0.9; // a file that stays above this part of its size is left as it is

function files(folder) {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		return statSync(path).isDirectory() ? files(path) : [path];
	});
}

function pack(path) {
	const text = readFileSync(path);
	const br = brotliCompressSync(text, {
		params: {
			[constants.BROTLI_PARAM_QUALITY]: 11,
			[constants.BROTLI_PARAM_SIZE_HINT]: text.length,
		},
	});
	const gz = gzipSync(text, { level: 9 });
	if (br.length < text.length * WORTH) writeFileSync(`${path}.br`, br);
	if (gz.length < text.length * WORTH) writeFileSync(`${path}.gz`, gz);
	return Math.min(br.length, text.length);
}

const sizes = new Map();
for (const path of files(DIST).filter((p) => !/\.(br|gz)$/.test(p))) {
	sizes.set(`/${path.slice(DIST.length)}`, pack(path));
}

const page = readFileSync(join(DIST, 'index.html'), 'utf8');
const first = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1]);
const sum = (end) =>
	first.filter((f) => f.endsWith(end)).reduce((n, f) => n + (sizes.get(f) ?? 0), 0);
const js = sum('.js');
const css = sum('.css');
const all = [...sizes.values()].reduce((a, b) => a + b, 0);
console.log(
	`first page: ${js} bytes of script, ${css} of style; ${sizes.size} files, ${all} bytes in all (brotli)`,
);
if (js > JS_MAX || css > CSS_MAX) {
	console.error(`too big: at most ${JS_MAX} bytes of script and ${CSS_MAX} of style`);
	process.exit(1);
}
