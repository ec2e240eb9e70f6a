"""Who may include whom: layers, doors, library fences, and what plugins see.

SPDX-License-Identifier: MIT
"""
import os

from tree import at, like, table, under


def room_of(file):
    parts = file.split('/')
    return parts[1] if len(parts) > 2 else 'app'


def layers(tree):
    """Rooms of core include only what layers.txt allows."""
    allowed = {row[0].rstrip(':'): row[1:] for row in table('layers.txt')}
    for file in tree.c_files('core'):
        room = room_of(file)
        if room not in allowed:
            yield at(file, 1, 'layers.txt does not know room %s' % room)
            continue
        for line, kind, header in tree.includes(file):
            if kind == '<' and '/' not in header:
                continue
            if kind == '"' and not tree_has(tree, header) and not header.startswith('conduit/'):
                yield at(file, line, 'there is no core/%s; say <room>/<file>.h' % header)
            other = header.split('/')[0] if '/' in header else 'app'
            known = other in allowed or other == 'conduit'
            if known and other != room and not under(header, allowed[room]):
                yield at(file, line, '%s may not include %s' % (room, header))


def tree_has(tree, header):
    return '..' not in header and os.path.isfile(tree.path('core/' + header))


def doors(tree):
    """Rooms of core are entered by their doors."""
    listed = [row[0] for row in table('doors.txt')]
    for file in tree.c_files('core', 'plugins', 'sdk'):
        room = room_of(file) if file.startswith('core/') else None
        for line, _, header in tree.includes(file):
            other = room_of('core/' + header)
            if other in (room, 'app') or not tree_has(tree, header) or like(header, listed):
                continue
            yield at(file, line, '%s is private to core/%s: doors.txt does not list it'
                     % (header, other))


def fences(tree):
    """Libraries stay behind their fences."""
    rows = [row for row in table('fences.txt') if row[0] != 'libc']
    for file in tree.c_files():
        for line, _, header in tree.includes(file):
            for pattern, *places in rows:
                free = file.startswith('tests/') and 'tests' not in places
                if like(header, [pattern]) and not free and not under(file, places):
                    yield at(file, line, '%s is for %s only' % (header, ', '.join(places)))


def shares(tree, file, header):
    """Code under plugins/lib_NAME, in itself or in a plugin whose file `uses` names it."""
    folder, lib = os.path.dirname(tree.path(file)), header.split('/')[0]
    listed = os.path.join(folder, 'uses')
    uses = open(listed).read().split() if os.path.isfile(listed) else []
    return lib.startswith('lib_') and lib in [os.path.basename(folder), *uses] and \
        os.path.isfile(tree.path('plugins/' + header))


def plugins(tree):
    """Plugins and the SDK include the SDK, their own files and libc."""
    rows = table('fences.txt')
    libc = [h for row in rows if row[0] == 'libc' for h in row[1:]]
    for file in tree.c_files('plugins', 'sdk'):
        if under(file, ['sdk/check']):          # a program of the gateway's own rooms
            continue
        for line, kind, header in tree.includes(file):
            fenced = [row for row in rows if like(header, row[:1]) and under(file, row[1:])]
            own = os.path.isfile(os.path.join(os.path.dirname(tree.path(file)), header))
            sdk = os.path.isfile(tree.path('sdk/include/' + header))
            if sdk or fenced or (kind == '"' and own) or (kind == '<' and like(header, libc)):
                continue
            if kind == '"' and shares(tree, file, header):
                continue
            yield at(file, line, '%s is neither the SDK, nor a file of its folder, nor libc'
                     % header)


def tables(tree):
    """The tables of this check name what is there."""
    headers = [f[len('core/'):] for f in tree.c_files('core') if f.endswith('.h')]
    rooms = {room_of(f) for f in tree.c_files('core')}
    for row in table('doors.txt'):
        if not any(like(h, row) for h in headers):
            yield 'tests/lint/doors.txt:1: no header of core is %s' % row[0]
    for row in table('layers.txt'):
        room = row[0].rstrip(':')
        if len(row) != len(set(row)):
            yield 'tests/lint/layers.txt:1: %s names a room twice' % room
    for room in rooms - {row[0].rstrip(':') for row in table('layers.txt')}:
        yield 'tests/lint/layers.txt:1: core/%s is missing' % room


CHECKS = [layers, doors, fences, plugins, tables]
