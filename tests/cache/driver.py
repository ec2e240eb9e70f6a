"""tests/cache/drive from Python: operations go in, answers come out, as they come.
SPDX-License-Identifier: MIT
"""
import hashlib
import json
import subprocess
import threading
import time

OK, LIMIT, ABORTED, ABSENT = 0, -6, -5, -8
DEADLINE_MS, DEADLINE = 5, "5ms"                # as it is when nobody says otherwise
ANSWER_MAX_S = 10


class Answer:
    def __init__(self):
        self.event = threading.Event()
        self.status = self.bytes = self.sum = self.ms = None

    def came(self, status, size, digest, us):
        self.status, self.bytes, self.sum, self.ms = int(status), int(size), digest, int(us) / 1000
        self.event.set()

    def wait(self):
        assert self.event.wait(ANSWER_MAX_S), "an operation was never answered"
        return self


def value_of(seed, size):
    return (seed * (size // len(seed) + 1))[:size].encode()


def sum_of(seed, size):
    return hashlib.sha256(value_of(seed, size)).hexdigest()


def key_of(key):
    return hashlib.sha256(key.encode()).hexdigest()


class Drive:
    def __init__(self, program, plugin, workers=1, **options):
        self.process = subprocess.Popen(
            [program, plugin, "redis", json.dumps(options), str(workers)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.answers, self.log, self.last = {}, [], 0
        self.lock = threading.Lock()
        self.readers = [threading.Thread(target=f, daemon=True) for f in (self.hear, self.note)]
        for r in self.readers:
            r.start()

    def hear(self):
        for line in self.process.stdout:
            number, *rest = line.split()
            with self.lock:
                answer = self.answers.pop(int(number))
            answer.came(*rest)

    def note(self):
        for line in self.process.stderr:
            if "blocked its thread" not in line:       # a machine with other work than this
                self.log.append(line.rstrip())

    def send(self, worker, *words):
        answer = Answer()
        with self.lock:
            self.last += 1
            number = self.last
            self.answers[number] = answer
        self.process.stdin.write(" ".join(map(str, (number, worker, *words))) + "\n")
        self.process.stdin.flush()
        return answer

    def get(self, key, worker=0):
        return self.send(worker, "get", key)

    def put(self, key, seed, size=100, ttl_s=60, worker=0):
        return self.send(worker, "put", key, ttl_s, size, seed)

    def drop(self, key, worker=0):
        return self.send(worker, "drop", key).wait().status

    def clear(self):
        return self.send(0, "clear").wait().status

    def refused_and_failures(self):
        a = self.send(0, "stats").wait()
        return int(a.sum), round(a.ms * 1000)

    def has(self, key, seed, size=100, worker=0):
        """A miss is False; anything but the right value ends the test."""
        a = self.get(key, worker).wait()
        assert a.status in (OK, ABSENT), f"get ended with {a.status}"
        assert a.status == ABSENT or a.sum == sum_of(seed, size), f"a wrong value for {key}"
        return a.status == OK

    def comes(self, seconds=10, key="probe", worker=0):
        """Until a put is kept and found."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.put(key, "probe", worker=worker).wait().status == OK and \
                    self.has(key, "probe", worker=worker):
                return self
            time.sleep(0.02)
        raise AssertionError(f"no entry was kept for {seconds} s: {self.log[-3:]}")

    def said(self, *words):
        return [line for line in list(self.log) if all(w in line for w in words)]

    def steadily(self, seconds, rate=200, keys=50):
        """Gets at a rate; their answers."""
        answers = []
        start = time.monotonic()
        while (gone := time.monotonic() - start) < seconds:
            while len(answers) < gone * rate:
                answers.append(self.get(f"steady{len(answers) % keys}"))
            time.sleep(0.002)
        return [a.wait() for a in answers]

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        status = self.process.wait(20)
        for r in self.readers:
            r.join(5)
        assert status == 0, f"the driver ended with {status}: {self.log[-30:]}"
        assert not self.answers, f"{len(self.answers)} operations were never answered"


def quick(answers, slow_part=0.02, slack=1.0, deadline_ms=DEADLINE_MS):
    """All ended about when the deadline says; a busy machine may be late now and then."""
    times = sorted(a.ms for a in answers)
    late = times[int(len(times) * (1 - slow_part)) - 1]
    assert late <= (deadline_ms + 10) * slack, f"p98 of {len(times)} gets is {late} ms"
    assert times[-1] <= (deadline_ms + 200) * slack, f"a get took {times[-1]} ms"
