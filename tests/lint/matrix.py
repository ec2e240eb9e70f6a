#!/usr/bin/env python3
"""tests/lint/matrix.py [--write] - docs/providers/features.tsv, what each provider can do and
which test shows it, and the tables that docs/providers/README.md makes of it.

A row is provider, feature, answer, tests (with ", " between), note; "-" is nothing.  A test is a
case of the provider's own folder t/, or a file under tests/ with the test's name in quotes.

SPDX-License-Identifier: MIT
"""
import os
import re
import sys

sys.dont_write_bytecode = True

from tree import HERE, Tree, at

TSV, PAGE = 'docs/providers/features.tsv', 'docs/providers/README.md'
BEGIN, END = '<!-- features: begin -->', '<!-- features: end -->'
COLUMNS = ['provider', 'feature', 'answer', 'test', 'note']
OPERATIONS = ['chat', 'completions', 'embeddings', 'images', 'image edits', 'speech',
              'transcriptions', 'translations', 'moderations', 'rerank']
FEATURES = ['streaming', 'tools', 'parallel tools', 'vision', 'audio', 'files', 'JSON schema',
            'reasoning', 'prompt cache', 'logprobs', 'own messages', 'own responses']
ANSWERS = ('yes', 'part', 'no')
HOSTS_PAGE = 'docs/providers/compatible.md'
HOSTS = 'plugins/provider_compatible/hosts.c'
FOOTNOTES = ('mock',)                             # a provider without an upstream
TEST = re.compile(r'([\w./-]+)(?: "([^"]+)")?(?:, |$)')


def providers(tree):
    folders = {f.split('/')[1] for f in tree.files if f.startswith('plugins/provider_')}
    return sorted(f[len('provider_'):] for f in folders if f[len('provider_'):] not in FOOTNOTES)


def rows(tree):
    """(line, its five cells) of each row."""
    for n, line in tree.lines(TSV)[1:]:
        if line:
            yield n, line.split('\t')


def tests_of(cell):
    """(file, name) of each test, or None if the cell is none."""
    if cell == '-':
        return []
    found = list(TEST.finditer(cell))
    return [m.groups() for m in found] if ''.join(m[0] for m in found) == cell else None


def is_there(tree, provider, file, name):
    if file not in tree.files:
        return False
    if not name:
        return bool(re.fullmatch(r'plugins/provider_%s/t/(requests/[^/]+\.json|[^/]+\.events)' %
                                 re.escape(provider), file))
    text = tree.text(file)
    if file.endswith('.case'):
        return '# case %s\n' % name in text
    return file.startswith('tests/') and ('"%s"' % name in text or '`%s`' % name in text or
                                          "'%s'" % name in text)


def wrong_cells(tree, cells):
    """Sentences about one row."""
    provider, _, answer, test, note = cells
    tests = tests_of(test)
    if answer not in ANSWERS:
        yield '"%s" is none of %s' % (answer, ', '.join(ANSWERS))
    if tests is None:
        return (yield 'tests are paths, or paths and quoted names, with ", " between')
    if answer != 'no' and not tests:
        yield 'says %s without a test' % answer
    if (answer == 'yes') != (note == '-'):
        yield 'a note says why it is not yes' if answer != 'yes' else 'yes needs no note'
    for file, name in tests:
        if not is_there(tree, provider, file, name):
            yield 'no such test: %s' % (file + (' "%s"' % name if name else ''))


def features(tree):
    """Each provider says what it can do, and names tests that are there."""
    wanted = [(p, f) for p in providers(tree) for f in OPERATIONS + FEATURES]
    seen = set()
    if TSV not in tree.files:
        return (yield at(TSV, 1, 'is not there'))
    if tree.lines(TSV)[0][1].split('\t') != COLUMNS:
        yield at(TSV, 1, 'the first line is: ' + ' '.join(COLUMNS))
    for n, cells in rows(tree):
        if len(cells) != len(COLUMNS):
            yield at(TSV, n, '%d columns, not %d' % (len(cells), len(COLUMNS)))
            continue
        key = cells[0], cells[1]
        if key not in wanted or key in seen:
            yield at(TSV, n, '%s, %s: %s' % (*key, 'twice' if key in seen else 'no such row'))
        seen.add(key)
        for sentence in wrong_cells(tree, cells):
            yield at(TSV, n, '%s, %s: %s' % (*key, sentence))
    for key in wanted:
        if key not in seen:
            yield at(TSV, 1, 'no row for %s, %s' % key)


def link(test, text):
    file, name = test
    return '[%s](../../%s%s)' % (text, file, ' "%s"' % name if name else '')


def cell(cells):
    """The first test behind the answer, the others behind numbers."""
    answer, tests = cells[2], tests_of(cells[3]) or []
    if not tests:
        return answer
    more = [link(t, str(i)) for i, t in enumerate(tests[1:], 2)]
    return ' '.join([link(tests[0], answer)] + more)


def table(title, names, who, answers):
    yield '| %s | %s |' % (title, ' | '.join('[%s](%s.md)' % (p, p) for p in who))
    yield '|---' * (len(who) + 1) + '|'
    for name in names:
        yield '| %s | %s |' % (name, ' | '.join(cell(answers[p, name]) for p in who))


def notes(who, answers):
    """What "part" and "no" mean: a line a provider, equal words once."""
    for p in who:
        told = {}
        for name in OPERATIONS + FEATURES:
            if answers[p, name][2] != 'yes':
                told.setdefault(answers[p, name][4], []).append(name)
        yield '- **%s**. %s' % (p, ' '.join('_%s_: %s.' % (', '.join(names), note)
                                            for note, names in told.items()))


def hosts(tree):
    """(name, address) of each host that provider_compatible knows."""
    return re.findall(r'\.name = "(\w+)",\s*\.base_url = "([^"]+)"', tree.text(HOSTS))


def known(tree):
    return ('The hosts that [compatible](compatible.md) knows by name: %s.' %
            ', '.join(name for name, _ in hosts(tree)))


def made(tree):
    """What stands between the two marks."""
    answers, who = {(c[0], c[1]): c for _, c in rows(tree)}, providers(tree)
    return '\n'.join([BEGIN, '', *table('operation', OPERATIONS, who, answers), '',
                      *table('in chats', FEATURES, who, answers), '',
                      *notes(who, answers), '', known(tree), '', END])


def split(page):
    """The page's text before, between and after the marks, which belong to what is between."""
    before, mark, rest = page.partition(BEGIN)
    between, _, after = rest.partition(END)
    return before, mark + between + END, after


def page(tree):
    """docs/providers/README.md is what tests/lint/matrix.py --write makes of features.tsv."""
    if PAGE not in tree.files or next(features(tree), None):
        return
    if BEGIN not in tree.text(PAGE) or END not in tree.text(PAGE):
        yield at(PAGE, 1, 'lacks the marks %s and %s' % (BEGIN, END))
    elif split(tree.text(PAGE))[1] != made(tree):
        yield at(PAGE, 1, 'is not what tests/lint/matrix.py --write makes of it')


def addresses(tree):
    """docs/providers/compatible.md has every host with its address, and each provider a page."""
    for name, base_url in hosts(tree) if HOSTS in tree.files else []:
        if '| `%s` | `%s` |' % (name, base_url) not in tree.text(HOSTS_PAGE):
            yield at(HOSTS_PAGE, 1, 'no row for %s at %s' % (name, base_url))
    for p in providers(tree) + list(FOOTNOTES):
        if 'docs/providers/%s.md' % p not in tree.files:
            yield at('plugins/provider_' + p, 1, 'has no page in docs/providers')


CHECKS = [features, page, addresses]


def main():
    tree = Tree(os.path.dirname(os.path.dirname(HERE)))
    wrong = list(features(tree))
    for violation in wrong:
        print(violation)
    if not wrong and sys.argv[1:] == ['--write']:
        before, _, after = split(tree.text(PAGE))
        with open(tree.path(PAGE), 'w', encoding='utf-8') as f:
            f.write(before + made(tree) + after)
        return 0
    wrong += list(page(tree))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
