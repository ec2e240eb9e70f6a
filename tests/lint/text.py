"""What lines look like, and what text says.

SPDX-License-Identifier: MIT
"""
import os
import re
import subprocess
import sys

from tree import HERE, at

LINES_MAX, COLUMNS_MAX, BYTES_MAX = 600, 96, 1 << 20
SPDX = 'SPDX-License-Identifier: MIT'
LANGUAGES = ('c', 'python', 'shell', 'js', 'make', 'm4', 'cfg', 'man')
GENERATED = re.compile(r'^config\.(h|h\.in|log|status)$|(^|/)(configure~?|Makefile\.in|aclocal\.m4|'
                       r'autom4te\.cache|build-aux|__pycache__|node_modules|dist|CMakeFiles)(/|$)|'
                       r'\.(o|a|so|la|lo|pyc|gcda|gcno|orig|rej|swp)$|~$|(^|/)core\.\d+$')


def lengths(tree):
    """Files have at most 600 lines."""
    for file in tree.files:
        if tree.language(file) in ('c', 'python', 'shell', 'js') and not tree.is_recorded(file):
            n = tree.bytes(file).count(b'\n')
            if n > LINES_MAX:
                yield at(file, LINES_MAX + 1, '%d lines, at most %d' % (n, LINES_MAX))


def widths(tree):
    """Lines of C have at most 96 columns; rows of text that a test feeds are as long as it is."""
    for file in tree.c_files():
        for n, line in tree.lines(file):
            if file.startswith('tests/unit/') and '"' in line:
                continue
            width = len(line.expandtabs(8))
            if width > COLUMNS_MAX:
                yield at(file, n, '%d columns, at most %d' % (width, COLUMNS_MAX))


def indents(tree):
    """C is indented by tabs; spaces only align what goes on from the line before."""
    for file in tree.c_files():
        depth, comment, goes_on = 0, False, False
        for (n, line), (_, code) in zip(tree.lines(file), tree.code_lines(file)):
            in_comment, comment = comment, in_open_comment(line, comment)
            if line.startswith(' ') and depth == 0 and not in_comment and not goes_on:
                yield at(file, n, 'indented by spaces')
            if re.match(r'\t* +\t', line):
                yield at(file, n, 'a tab behind spaces')
            depth += sum(code.count(c) for c in '([') - sum(code.count(c) for c in ')]')
            if code.strip():
                goes_on = not re.search(r'[;{}]\s*$', code) and not code.startswith('#')
                goes_on = goes_on or code.rstrip().endswith('\\')
            if code.startswith('}'):
                depth = 0


def in_open_comment(line, before):
    """Whether a comment is open at the end of the line."""
    opened, closed = line.rfind('/*'), line.rfind('*/')
    if opened < 0 and closed < 0:
        return before
    return opened > closed


def endings(tree):
    """No line ends in white space, no file without a line end or with carriage returns."""
    for file in tree.files:
        data = tree.bytes(file)
        if tree.is_recorded(file) or b'\0' in data or not data:
            continue
        if file.startswith('tests/fuzz/corpus/'):
            continue
        for n, line in enumerate(data.split(b'\n'), 1):
            if line.endswith((b' ', b'\t')) and not file.endswith('.case'):
                yield at(file, n, 'white space at the end of the line')
            if b'\r' in line:
                yield at(file, n, 'a carriage return')
        if not data.endswith(b'\n'):
            yield at(file, data.count(b'\n') + 1, 'no line end at the end of the file')
        if data.endswith(b'\n\n'):
            yield at(file, data.count(b'\n'), 'an empty line at the end of the file')


def licences(tree):
    """Each source file has its SPDX line."""
    for file in tree.files:
        if tree.language(file) in LANGUAGES and not tree.is_recorded(file) and \
                SPDX not in '\n'.join(tree.text(file).split('\n')[:30]):
            yield at(file, 1, 'no line "%s"' % SPDX)


def sizes(tree):
    """No file is above 1 MiB."""
    for file in tree.files:
        size = os.path.getsize(tree.path(file))
        if size > BYTES_MAX:
            yield at(file, 1, '%d bytes, at most %d' % (size, BYTES_MAX))


def generated(tree):
    """Git tracks nothing that is generated."""
    for file in tree.tracked:
        if GENERATED.search(file) and not file.startswith('tests/fossils/'):
            yield at(file, 1, 'is generated, and tracked')


def patterns(kind):
    with open(os.path.join(HERE, 'text.txt'), encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f if line.startswith(kind + '\t')]
    return [(re.compile(rx), sentence) for _, rx, sentence in rows]


def search(tree, kind):
    for file in tree.files:
        if tree.is_recorded(file) or file.startswith('tests/lint/') or \
                b'\0' in tree.bytes(file):
            continue
        for n, line in tree.lines(file):
            for rx, sentence in patterns_of[kind]:
                m = rx.search(line)
                if m:
                    yield at(file, n, '%s: %s' % (m[0], sentence))


def marks(tree):
    """Nothing is marked as unfinished."""
    return search(tree, 'mark')


def places(tree):
    """No path of one machine, no address of a registry."""
    return search(tree, 'place')


def authors(tree):
    """Text speaks of the project, not of its authors."""
    return search(tree, 'author')


def catalogue(tree):
    """etc/models.json is what etc/make-models makes of it."""
    script, file = tree.path('etc/make-models'), tree.path('etc/models.json')
    if 'etc/models.json' not in tree.files:
        return
    done = subprocess.run([sys.executable, script, file, '--output', file, '--check'],
                          capture_output=True, text=True)
    if done.returncode:
        yield at('etc/models.json', 1, (done.stderr or done.stdout).strip().replace('\n', '; ')[:400])


patterns_of = {kind: patterns(kind) for kind in ('mark', 'place', 'author')}
CHECKS = [lengths, widths, indents, endings, licences, sizes, generated, marks, places, authors,
          catalogue]
