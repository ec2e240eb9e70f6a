// scripts/biome.mjs - runs the formatter and linter by the program that this machine can run; its
// usual package asks for programs of all machines, which not every registry has.
// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const place = import.meta.resolve(`@biomejs/cli-linux-${process.arch}/biome`);
const args = [...process.argv.slice(2), 'src', 'scripts', 'tests', 'vite.config.ts'];
process.exit(spawnSync(fileURLToPath(place), args, { stdio: 'inherit' }).status ?? 1);
