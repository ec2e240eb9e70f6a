// tests/effective.test.ts - reading the text of the configuration in effect.
// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { levelsText, settingsOf } from '../src/lib/effective';

const TEXT = `server = {
	listen = ( {
		address = "127.0.0.1";  # a.cfg:1
		port = 5900;  # a.cfg:1
	}, {
		address = "::1";  # a.cfg:2
	} );  # a.cfg:1
	max_body = "10MiB";  # default
};  # a.cfg:1
models = ( {
	name = "big";  # a.cfg:7
	aliases = [ "gpt-*", "b;  # c" ];  # a.cfg:7
	targets = ( {
		provider = "main";  # a.cfg:8
	} );  # a.cfg:8
}, {
	targets = ( );  # a.cfg:9
} );  # a.cfg:6
`;

test('values have their path, their text and their place', () => {
	expect(settingsOf(TEXT).map((s) => [s.path, s.value, s.from])).toEqual([
		['server.listen[0].address', '"127.0.0.1"', 'a.cfg:1'],
		['server.listen[0].port', '5900', 'a.cfg:1'],
		['server.listen[1].address', '"::1"', 'a.cfg:2'],
		['server.max_body', '"10MiB"', 'default'],
		['models[big].name', '"big"', 'a.cfg:7'],
		['models[big].aliases', '[ "gpt-*", "b;  # c" ]', 'a.cfg:7'],
		['models[big].targets[0].provider', '"main"', 'a.cfg:8'],
		['models[1].targets', '( )', 'a.cfg:9'],
	]);
});

test('levels are told by the one that most have, and those that differ', () => {
	expect(levelsText({ app: 'info', http: 'info', router: 'debug' })).toBe('info,router=debug');
	expect(levelsText({ app: 'warn' })).toBe('warn');
});
