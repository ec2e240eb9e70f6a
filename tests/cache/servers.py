"""Real servers for the tests of cache backends: redis-server in folders and on ports of its own.
SPDX-License-Identifier: MIT
"""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from gateway import free_port

START_MAX_S = 10


def until(true, seconds=START_MAX_S, what="it"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come in {seconds} s")


class Server:
    """One redis-server.  words: more of its configuration; auth: how our own calls log in."""

    def __init__(self, *words, auth=(), port=None, tls=False):
        self.dir = tempfile.mkdtemp(prefix="conduit-redis-")
        self.port = port or free_port()      # its bus port of a cluster, 10000 above, exists, too
        self.socket = os.path.join(self.dir, "socket")
        self.auth, self.words, self.process, self.stopped = list(auth), list(words), None, False
        ports = ["--port", "0", "--tls-port", str(self.port)] if tls else ["--port", str(self.port)]
        self.words = [*ports, "--unixsocket", self.socket, "--save", "", "--appendonly", "no",
                      "--bind", "127.0.0.1", "--dir", self.dir, "--enable-debug-command", "yes",
                      "--loglevel", "warning", *self.words]
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(["redis-server", *self.words], stdout=subprocess.DEVNULL,
                                        stdin=subprocess.DEVNULL)
        until(lambda: "PONG" in self.cli("PING", check=False), what="redis-server")

    def cli(self, *words, check=True, stdin=None):
        done = subprocess.run(["redis-cli", "-s", self.socket, *self.auth, *words], input=stdin,
                              capture_output=True, text=True, timeout=30, check=False)
        if check and (done.returncode or done.stderr.strip()):
            raise AssertionError(f"redis-cli {words}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Cluster:
    """Three masters, and one replica of the first."""

    def __init__(self):
        self.nodes = [self.node() for _ in range(4)]
        first = self.nodes[0]
        for i, n in enumerate(self.nodes[:3]):
            n.cli("CLUSTER", "SET-CONFIG-EPOCH", str(i + 1))
            n.cli("CLUSTER", "ADDSLOTSRANGE", str(i * 16384 // 3), str((i + 1) * 16384 // 3 - 1))
        for n in self.nodes[1:]:
            first.cli("CLUSTER", "MEET", "127.0.0.1", str(n.port))
        until(lambda: all(n.cli("CLUSTER", "NODES").count("connected") == 4
                          for n in self.nodes), what="a cluster")
        self.nodes[3].cli("CLUSTER", "REPLICATE", first.cli("CLUSTER", "MYID"))
        until(lambda: all("cluster_state:ok" in n.cli("CLUSTER", "INFO") for n in self.nodes),
              what="a whole cluster")

    @staticmethod
    def node():
        return Server("--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
                      "--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0",
                      "--cluster-config-file", "nodes.conf")

    def of_slot(self, slot):
        return self.nodes[min(slot * 3 // 16384, 2)]

    def close(self):
        for n in self.nodes:
            n.close()


class Proxy:
    """Passes bytes on to a server, each chunk later by delay_s."""

    def __init__(self, port):
        self.target, self.delay_s = port, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.links = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self.links += [client, server]
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, source, sink):
        try:
            while chunk := source.recv(65536):
                if self.delay_s:
                    time.sleep(self.delay_s)
                sink.sendall(chunk)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        for s in self.links:
            s.close()


class Impostor:
    """Speaks to each connection by a function of its own: speak(socket)."""

    def __init__(self, speak):
        self.speak, self.calls = speak, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            self.speak(client)
        except OSError:
            pass
        client.close()

    def close(self):
        self.listener.close()
