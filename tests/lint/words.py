"""What C code says: provider names, banned functions, banned words, typedefs.

SPDX-License-Identifier: MIT
"""
import re

from tree import at, like, table, under


def rows_of(kind):
    return [row[1:] for row in table('names.txt') if row[0] == kind]


def words_of(kind):
    return [word for row in rows_of(kind) for word in row]


def providers(tree):
    """Core names no provider outside of core/api; the web app names clients and their settings."""
    anywhere = re.compile('|'.join(words_of('provider-in-text')), re.I)
    code = re.compile(r'(?<![a-z])(%s)(?![a-z])' % '|'.join(words_of('provider-in-code')), re.I)
    for file in tree.files:
        if not under(file, ['core']) or under(file, ['core/api', 'core/web']):
            continue
        for n, line in tree.lines(file):
            m = anywhere.search(line)
            if m:
                yield at(file, n, "a provider's name: %s" % m[0])
        lines = tree.code_lines(file, strings=True) if tree.language(file) == 'c' \
            else tree.lines(file)
        for n, line in lines:
            m = code.search(line)
            if m:
                yield at(file, n, "a provider's name: %s" % m[0])


def functions(tree):
    """Banned functions are not called."""
    rows = {name: (where.split(','), but.split(','), ' '.join(instead))
            for name, where, but, *instead in table('banned.txt')}
    call = re.compile(r'(?<![\w.>])(%s)\s*\(' % '|'.join(rows))
    passed = re.compile(r'[(,=]\s*(malloc|calloc|realloc|free)\s*[,;)}]')
    for file in tree.c_files():
        for n, line in tree.code_lines(file):
            for m in list(call.finditer(line)) + list(passed.finditer(line)):
                where, but, instead = rows[m[1]]
                if under(file, where) and not under(file, but):
                    yield at(file, n, '%s is banned: use %s' % (m[1], instead))


def names(tree):
    """Names that we declare have no banned word."""
    banned = set(words_of('word'))
    foreign = words_of('foreign') + words_of('term')
    for file in tree.c_files():
        allowed = {row[0] for row in rows_of('allow') if under(file, row[1:])}
        seen = set()
        for n, line in tree.code_lines(file):
            for m in re.finditer(r'(?<![\w.>])[A-Za-z_]\w*', line):
                name = m[0]
                bad = banned & set(name.lower().split('_'))
                # A test's name is a sentence, and may say "do".
                sentence = bad == {'do'} and under(file, ['tests']) and name.count('_') > 2
                if not bad or name == 'do' or name in allowed | seen or sentence or \
                        like(name, foreign):
                    continue
                seen.add(name)
                yield at(file, n, "%s: '%s' says nothing; what is it?" % (name, bad.pop()))


def typedefs(tree):
    """No struct of core hides behind a typedef."""
    for file in tree.c_files('core'):
        code = tree.code(file)
        for m in re.finditer(r'\btypedef\s+(?:const\s+)?(?:struct|union)\b[^;{(]*[;{]', code):
            yield at(file, code.count('\n', 0, m.start()) + 1, 'a typedef of a struct')


def floats(tree):
    """Money knows no floating point."""
    for file in tree.c_files('core/ledger'):
        for n, line in tree.code_lines(file):
            m = re.search(r'\b(double|float)\b', line)
            if m:
                yield at(file, n, "%s: amounts and prices are integers" % m[0])


CHECKS = [providers, functions, names, typedefs, floats]
