"""What compilers and parsers say: small functions, headers that stand alone, files that parse.

SPDX-License-Identifier: MIT
"""
import ast
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tree import at, like, table

TIDY = 'clang-tidy-14'
TIDY_OPTIONS = {
    'readability-function-size.LineThreshold': 60,
    'readability-function-size.StatementThreshold': 10000,
    'readability-function-size.NestingThreshold': 3,
    'readability-function-size.ParameterThreshold': 6,
    'readability-function-cognitive-complexity.Threshold': 20,
    'readability-function-cognitive-complexity.DescribeBasicIncrements': 'false',
}
FILES_A_RUN = 12
SAID = re.compile(r'(?P<file>[^:\s][^:]*):(?P<line>\d+):\d+: (?P<kind>error|warning|note): (?P<text>.*)')


def in_parallel(function, items):
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return list(pool.map(function, items))


def places(tree):
    """Macros that the build gives on the command line, with any value."""
    build = ''.join(tree.text(f) for f in ('Makefile.am', 'configure.ac') if f in tree.files)
    given = sorted(set(re.findall(r"-D([A-Z][A-Z_0-9]*)='", build)) | {'PACKAGE_VERSION'})
    return ['-D%s="/there"' % name for name in given]


def folders(tree):
    return ['-I' + tree.path(d) for d in ('core', 'sdk/include', 'sdk', 'tests', 'plugins')]


def tidy(tree, files):
    options = ', '.join('{key: %s, value: %s}' % pair for pair in TIDY_OPTIONS.items())
    done = subprocess.run(
        [TIDY, '--quiet', '--header-filter=.*',
         '--checks=-*,readability-function-size,readability-function-cognitive-complexity',
         '--config={CheckOptions: [%s]}' % options, *files,
         '--', '-std=c11', '-D_GNU_SOURCE', *places(tree), *folders(tree)],
        cwd=tree.root, capture_output=True, text=True, check=False)
    return done.stdout


def functions(tree):
    """Functions have at most 60 lines, 3 levels, 6 parameters, complexity 20."""
    files = [f for f in tree.c_files('core', 'plugins', 'sdk', 'tests') if f.endswith('.c')]
    groups = [files[i:i + FILES_A_RUN] for i in range(0, len(files), FILES_A_RUN)]
    found = {}
    for said in in_parallel(lambda g: tidy(tree, g), groups):
        last = None
        for line in said.split('\n'):
            m = SAID.match(line)
            if not m:
                continue
            if m['kind'] == 'note':
                if last and 'threshold' in m['text']:
                    found[last].append(m['text'])
                continue
            last = (os.path.relpath(os.path.join(tree.root, m['file']), tree.root),
                    int(m['line']), re.sub(r' \[[\w,.-]+\]$', '', m['text']))
            found.setdefault(last, [])
    for (file, line, text), notes in sorted(found.items()):
        yield at(file, line, ': '.join([text] + sorted(set(notes))))


def alone(tree, header, compiler, *flags):
    language = 'c++' if '++' in compiler else 'c'
    done = subprocess.run(
        [compiler, '-x', language, '-fsyntax-only', '-Wall', '-Wextra', '-Werror', *flags, '-'],
        input='#include "%s"\n' % header, cwd=tree.root, capture_output=True, text=True,
        check=False)
    m = re.search(r'error: .*', done.stderr)
    return None if done.returncode == 0 else m[0] if m else done.stderr.strip()[:200]


def doors(tree):
    """Each door of core compiles alone."""
    listed = [row[0] for row in table('doors.txt')]
    headers = [f[len('core/'):] for f in tree.c_files('core')
               if f.endswith('.h') and like(f[len('core/'):], listed)]
    said = in_parallel(lambda h: alone(tree, h, 'gcc', '-std=c11', '-D_GNU_SOURCE',
                                       *folders(tree)[:2]), headers)
    for header, why in zip(headers, said):
        if why:
            yield at('core/' + header, 1, 'alone: ' + why)


def sdk(tree):
    """Each header of the SDK compiles alone as C11 and C++17, without padding."""
    headers = [f[len('sdk/include/'):] for f in tree.c_files('sdk/include')]
    include = '-I' + tree.path('sdk/include')
    # easy.h fills structs by their first members; the rest of a struct is zero in both languages.
    ways = [('gcc', '-std=c11', '-pedantic', '-Wpadded', include),
            ('g++', '-std=c++17', '-Wpadded', '-Wno-missing-field-initializers', include)]
    jobs = [(h, way) for h in headers for way in ways]
    for (header, way), why in zip(jobs, in_parallel(
            lambda job: alone(tree, job[0], *job[1]), jobs)):
        if why:
            yield at('sdk/include/' + header, 1, 'alone, %s: %s' % (way[1][5:], why))


def shells(tree):
    """Shell scripts parse."""
    for file in tree.files:
        if tree.language(file) != 'shell':
            continue
        done = subprocess.run(['bash', '-n', tree.path(file)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            m = re.search(r'line (\d+): (.*)', done.stderr)
            yield at(file, int(m[1]) if m else 1, m[2] if m else done.stderr.strip())


def pythons(tree):
    """Python files compile, and have no tabs."""
    for file in tree.files:
        if tree.language(file) != 'python':
            continue
        try:
            ast.parse(tree.bytes(file), file)
        except SyntaxError as e:
            yield at(file, e.lineno or 1, e.msg)
        for n, line in tree.lines(file):
            if '\t' in line[:len(line) - len(line.lstrip())]:
                yield at(file, n, 'indented by a tab')


def jsons(tree):
    """JSON files parse."""
    for file in tree.files:
        if not file.endswith('.json'):
            continue
        try:
            json.loads(tree.bytes(file))
        except ValueError as e:
            yield at(file, getattr(e, 'lineno', 1), str(e))


CHECKS = [functions, doors, sdk, shells, pythons, jsons]
