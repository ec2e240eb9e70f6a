"""The files that lint looks at, their text, their code without comments and strings, and lint's
tables.

SPDX-License-Identifier: MIT
"""
import fnmatch
import functools
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
MARKS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)')


def table(name):
    """The rows of a table of lint: lists of words."""
    with open(os.path.join(HERE, name), encoding='utf-8') as f:
        return [line.split() for line in f if line.strip() and not line.startswith('#')]


def under(path, places):
    """Whether path is one of the places, or in one; . is everywhere."""
    return any(p == '.' or path == p or path.startswith(p + '/') for p in places)


def like(name, patterns):
    return any(fnmatch.fnmatchcase(name, p) for p in patterns)


def at(path, line, sentence):
    return '%s:%d: %s' % (path, line, sentence)


class Tree:
    """root's files: what git tracks and what is new, not what it ignores."""

    def __init__(self, root):
        self.root = root
        listed = self._git('--cached', '--others', '--exclude-standard')
        self.tracked = self._git('--cached')
        if listed is None:
            listed = self._walk()
            self.tracked = listed
        self.files = [f for f in listed if os.path.isfile(self.path(f))]

    def _git(self, *which):
        try:
            done = subprocess.run(['git', '-c', 'safe.directory=*', '-C', self.root, 'ls-files',
                                   '-z', *which], capture_output=True, check=False)
        except FileNotFoundError:
            return None
        if done.returncode != 0:
            return None
        return sorted(set(done.stdout.decode().split('\0')) - {''})

    def _walk(self):
        with open(self.path('.gitignore'), encoding='utf-8') as f:
            ignored = [line.strip().strip('/') for line in f if line.strip()] + ['.git']
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [d for d in folders if not like(d, ignored)]
            found += [os.path.relpath(os.path.join(folder, n), self.root)
                      for n in names if not like(n, ignored)]
        return sorted(found)

    def path(self, file):
        return os.path.join(self.root, file)

    @functools.lru_cache(maxsize=None)
    def bytes(self, file):
        with open(self.path(file), 'rb') as f:
            return f.read()

    def text(self, file):
        return self.bytes(file).decode('utf-8', 'replace')

    def lines(self, file):
        return list(enumerate(self.text(file).split('\n'), 1))

    @functools.lru_cache(maxsize=None)
    def code(self, file, strings=False):
        """C without comments, and without what strings and characters hold; places are kept."""
        def blank(m):
            if m[0][0] != '/' and strings:
                return m[0]
            return re.sub(r'[^\n]', ' ', m[0])

        text = re.sub(r'(?m)^([ \t]*#[ \t]*include)[^\n]*', r'\1', self.text(file))
        return MARKS.sub(blank, text)

    def code_lines(self, file, strings=False):
        return list(enumerate(self.code(file, strings).split('\n'), 1))

    def includes(self, file):
        """(line, '"' or '<', header) of each include that is not in a comment."""
        text = re.sub(r'(?s)/\*.*?\*/', lambda m: re.sub(r'[^\n]', ' ', m[0]), self.text(file))
        for n, line in enumerate(text.split('\n'), 1):
            m = INCLUDE.match(line)
            if m:
                yield n, m[1], m[2]

    def c_files(self, *places):
        return [f for f in self.files if f.endswith(('.c', '.h')) and under(f, places or ['.'])]

    def is_recorded(self, file):
        """Answers of others, kept byte by byte."""
        return bool(re.match(r'(plugins/[^/]+|sdk/template)/t/', file)) or (
            under(file, ['tests/fixtures', 'tests/fossils']) and not self.language(file))

    @functools.lru_cache(maxsize=None)
    def language(self, file):
        """c, python, shell, js, make, m4, cfg, man; '' is for everything else."""
        base = os.path.basename(file)
        for language, patterns in {
                'c': ['*.c', '*.h'], 'python': ['*.py'], 'shell': ['*.sh'],
                'js': ['*.mjs', '*.js', '*.ts', '*.tsx', '*.css'],
                'make': ['Makefile', '*.am', '*.mk'], 'm4': ['*.ac', '*.m4'],
                'cfg': ['*.cfg', '*.service.in', '*.pc.in', '*.supp', '*.yml', '*.yaml'],
                'man': ['*.[1-8]']}.items():
            if like(base, patterns):
                return language
        first = self.bytes(file)[:64].split(b'\n')[0]
        if first.startswith(b'#!'):
            if b'python' in first:
                return 'python'
            if first.rstrip().endswith(b'sh'):
                return 'shell'
        return ''
