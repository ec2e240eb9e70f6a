#!/usr/bin/env python3
"""tests/support/zones.py - what Python's zoneinfo says about days, weeks and months around every
change of some time zones; the unit tests of core/ledger are held against it.

usage: python3 tests/support/zones.py       writes tests/unit/ledger/zones/expected.txt, and
       copies the zones' TZif files beside it: the tests do not depend on which release of the
       time zone database a machine has.

Lines of expected.txt, times in seconds:
    zone NAME RULE      RULE is 1 if the foot of its file alone says the same of all its rows
    TIME OFFSET DAY-START DAY-END WEEK-START WEEK-END MONTH-START MONTH-END     (UTC)

SPDX-License-Identifier: MIT
"""
import datetime
import io
import os
import shutil
import zoneinfo

SOURCE = '/usr/share/zoneinfo'
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(os.path.dirname(HERE), 'unit', 'ledger', 'zones')
UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
YEARS = [range(2024, 2031), range(2040, 2041), range(2100, 2101)]
ZONES = {                                  # and years that only they are looked at in
    'Africa/Cairo': [], 'Africa/Casablanca': [], 'America/Havana': [], 'America/New_York': [],
    'America/Nuuk': [], 'America/Santiago': [], 'America/St_Johns': [range(2010, 2012)],
    'America/Asuncion': [], 'Antarctica/Troll': [], 'Asia/Almaty': [], 'Asia/Beirut': [],
    'Asia/Jerusalem': [], 'Asia/Kolkata': [], 'Australia/Lord_Howe': [], 'Europe/Dublin': [],
    'Europe/London': [], 'Pacific/Apia': [range(2011, 2012)], 'Pacific/Chatham': [],
}


def offset(zone, t):
    return int(datetime.datetime.fromtimestamp(t, zone).utcoffset().total_seconds())


def date(zone, t):
    return datetime.datetime.fromtimestamp(t, zone).date()


def seconds(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def changes(zone, years):
    """Looks at every half hour, then between two that differ."""
    t, end = seconds(datetime.date(years[0], 1, 1)), seconds(datetime.date(years[-1] + 1, 1, 1))
    found = []
    while t < end:
        low, high = t, t + 1800
        if offset(zone, low) != offset(zone, high):
            while high - low > 1:
                middle = (low + high) // 2
                if offset(zone, middle) == offset(zone, low):
                    low = middle
                else:
                    high = middle
            found.append(high)
        t += 1800
    return found


def first_instant(zone, day, memory={}):
    """The first minute whose local date is that day or a later one: all are tried in turn."""
    key = (zone, day)            # keeps the zone: its place is not used again
    if key not in memory:
        t = seconds(day) - 27 * 3600
        while date(zone, t) < day:
            t += 60
        memory[key] = t
    return memory[key]


def spans(zone, t):
    day = date(zone, t)
    while t >= first_instant(zone, day + DAY):          # clocks went back over midnight
        day += DAY
    monday = day - day.weekday() * DAY
    first = day.replace(day=1)
    next_first = (first + 31 * DAY).replace(day=1)
    for start, end in (day, day + DAY), (monday, monday + 7 * DAY), (first, next_first):
        yield first_instant(zone, start)
        yield first_instant(zone, end)


def foot_only(tzif):
    """The same zone without its table."""
    foot = tzif[tzif.rindex(b'\n', 0, len(tzif) - 1):]
    counts = b''.join(n.to_bytes(4, 'big') for n in (0, 0, 0, 0, 1, 4))
    half = b'TZif2' + bytes(15) + counts + bytes(6) + b'UTC\0'
    return zoneinfo.ZoneInfo.from_file(io.BytesIO(half + half + foot))


def rows(zone, years):
    found = []
    for some in years:
        times = [t for change in changes(zone, some) for t in (change - 1, change)]
        if len(some) > 1:
            times += [seconds(datetime.date(some[0], 3, 1)) + 45296]
        found += [[t, offset(zone, t), *spans(zone, t)] for t in times]
    return found


def main():
    lines = []
    for name, more in ZONES.items():
        path = os.path.join(SOURCE, name)
        with open(path, 'rb') as f:
            tzif = f.read()
        zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(tzif))
        table = rows(zone, YEARS + more)
        rule = not more and rows(foot_only(tzif), YEARS) == table
        lines.append('zone %s %d' % (name, rule))
        lines += [' '.join(map(str, row)) for row in table]
        os.makedirs(os.path.dirname(os.path.join(OUT, name)), exist_ok=True)
        shutil.copyfile(path, os.path.join(OUT, name))
    with open(os.path.join(OUT, 'expected.txt'), 'w', encoding='ascii') as f:
        f.write('# written by tests/support/zones.py, which says what the columns are\n')
        f.write('\n'.join(lines) + '\n')


main()
