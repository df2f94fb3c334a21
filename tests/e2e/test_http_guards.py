#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the API takes malformed, endless, slow and too many requests over its Unix socket.

    test_http_guards.py --server PROGRAM     starts PROGRAM SOCKET CONNECTIONS DEADLINE-MS itself
    test_http_guards.py --daemon NPIVD       only the corpus, against a daemon without HBAs
    test_http_guards.py --socket PATH        only the corpus, against a daemon that runs
"""

import argparse
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http_corpus as corpus  # noqa: E402

PATIENCE_S = 20
DEADLINE_MS = 1000
CONNECTIONS = 300
SERVER = None
DAEMON = None
SOCKET = None


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)  # without a time-out: one would turn a full backlog into an error
        self.socket.settimeout(PATIENCE_S)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """True unless the server has closed before it took all."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def read_all(self):
        """Everything until the server closes."""
        while self.fill():
            pass
        return self.buffer

    def reply(self, method="GET"):
        """The next reply: status, headers (lower case), body. None at the end."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                return None
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        size = int(headers.get("content-length", 0)) if method != "HEAD" else 0
        self.buffer = rest
        while len(self.buffer) < size:
            if not self.fill():
                raise EOFError("the reply ends early")
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return int(lines[0].split()[1]), headers, body

    def ask(self, request, method="GET"):
        self.send(request)
        return self.reply(method)


def put_state(guest, wait):
    body = b'{"desired": "ready"}'
    return b"PUT /v1/guests/%s/state?wait=%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (
        guest, wait, len(body), body)


class Server:
    """The API before a fake service, with short deadlines."""

    def __init__(self, connections=CONNECTIONS, deadline_ms=DEADLINE_MS):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "s")
        self.start([SERVER, self.path, str(connections), str(deadline_ms)])

    def start(self, command):
        self.process = subprocess.Popen(command)
        end = time.monotonic() + PATIENCE_S
        while not self.is_up():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("the server does not start")

    def is_up(self):
        try:
            with Client(self.path) as client:
                return client.ask(corpus.get(b"/v1/health/live"))[0] == 200
        except OSError:
            return False

    def stop(self):
        """Seconds that it took, and its exit status."""
        begin = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.folder.cleanup()
        return time.monotonic() - begin, status


class Daemon(Server):
    """The real one, on an empty device tree."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "s")
        os.makedirs(os.path.join(self.folder.name, "sys/class/fc_host"))
        self.start([DAEMON, "--config", "/dev/null", "--sysfs-root", os.path.join(self.folder.name, "sys"),
                    "--db", os.path.join(self.folder.name, "db"), "--socket", self.path])


class Corpus(unittest.TestCase):
    """Needs nothing but a socket."""

    @classmethod
    def setUpClass(cls):
        cls.server = Daemon() if DAEMON else Server() if SERVER else None
        cls.path = SOCKET or cls.server.path

    @classmethod
    def tearDownClass(cls):
        if cls.server and cls.server.stop()[1] != 0:
            raise AssertionError("the server did not end well")

    def check(self, expected, answer):
        statuses = [int(status) for status in re.findall(rb"HTTP/1\.\d (\d{3}) ", answer)]
        if expected == corpus.WAITS:
            self.assertTrue(len(statuses) <= 1 and 200 not in statuses, answer)
        elif expected == corpus.LIBRARY_CLOSES:
            self.assertEqual(answer, b"")
        elif expected == corpus.LIBRARY_TWICE:
            self.assertIn(len(statuses), (1, 2), answer)
            self.assertTrue(set(statuses) <= {400, 413}, answer)
        else:
            self.assertEqual(len(statuses), 1, answer)
            self.assertIn(statuses[0], {400} if expected == corpus.REFUSED else expected, answer)

    def test_malformed_requests_are_refused_and_closed(self):
        """A request behind the malformed one is never answered: the refusal is the last word."""
        self.assertGreaterEqual(len(corpus.ROWS), 100)
        for name, request, expected in corpus.ROWS:
            if expected == corpus.WAITS or isinstance(expected, set):
                continue
            for behind in (b"", corpus.get(b"/v1")):
                with self.subTest(name, behind=behind), Client(self.path) as client:
                    client.send(request + behind)
                    self.check(expected, client.read_all())

    def test_other_statuses_are_the_listed_ones(self):
        for name, request, expected in corpus.ROWS:
            if not isinstance(expected, set):
                continue
            with self.subTest(name), Client(self.path) as client:
                client.send(request)
                while b"\r\n\r\n" not in client.buffer and client.fill():
                    pass
                self.check(expected, client.buffer)

    def test_wrong_bodies_do_not_end_the_connection(self):
        with Client(self.path) as client:
            for name, request, _ in corpus.BODIES:
                with self.subTest(name):
                    self.assertEqual(client.ask(request)[0], 400)
                    self.assertEqual(client.ask(corpus.get(b"/v1"))[0], 200)

    def test_our_refusals_are_problems(self):
        for name, request, expected in corpus.TARGETS:
            with self.subTest(name), Client(self.path) as client:
                status, headers, body = client.ask(request)
                self.assertEqual(headers["content-type"], "application/problem+json")
                self.assertEqual(headers["connection"].lower(), "close")
                self.assertEqual(json.loads(body)["status"], status)

    def test_half_requests_end_at_the_deadline(self):
        if not SERVER:
            self.skipTest("the deadlines of a real daemon are too long to wait for")
        clients = [(row, Client(self.path)) for row in corpus.ROWS if row[2] == corpus.WAITS]
        for (_, request, _), client in clients:
            client.send(request)
        for (name, _, expected), client in clients:
            with self.subTest(name), client:
                self.check(expected, client.read_all())

    def test_other_methods_are_told_what_there_is(self):
        for name, request, expected in corpus.ROWS:
            if expected != {405}:
                continue
            with self.subTest(name), Client(self.path) as client:
                status, headers, _ = client.ask(request)
                self.assertEqual((status, headers["allow"]), (405, "GET, HEAD"))


@unittest.skipUnless("--server" in sys.argv, "needs a server of its own")
class Load(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.path = self.server.path

    def tearDown(self):
        took, status = self.server.stop()
        self.assertEqual(status, 0)
        self.assertLess(took, 5)

    def alive(self):
        with Client(self.path) as client:
            self.assertEqual(client.ask(corpus.get(b"/v1"))[0], 200)

    def test_principal_is_the_user_at_the_other_end(self):
        with Client(self.path) as client:
            _, _, body = client.ask(corpus.get(b"/v1"))
        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = "uid:%d" % os.getuid()
        self.assertEqual(json.loads(body)["principal"], name)

    def test_thousand_pipelined_requests_are_answered_in_order(self):
        requests = b"".join(corpus.get(b"/v1/guests/g%d" % i) for i in range(1000))
        with Client(self.path) as client:
            client.send(requests)
            for i in range(1000):
                status, _, body = client.reply()
                self.assertEqual((status, json.loads(body)["key"]), (200, "g%d" % i))

    def test_pipelining_goes_on_behind_an_error(self):
        with Client(self.path) as client:
            client.send(corpus.get(b"/v1/nothing") + corpus.get(b"/v1", method=b"DELETE") + corpus.get(b"/v1"))
            self.assertEqual([client.reply()[0] for _ in range(3)], [404, 405, 200])

    def test_head_has_no_body(self):
        with Client(self.path) as client:
            status, headers, _ = client.ask(corpus.get(b"/v1", method=b"HEAD"), "HEAD")
            self.assertEqual(status, 200)
            self.assertGreater(int(headers["content-length"]), 0)
            self.assertEqual(client.ask(corpus.get(b"/v1/health/live"))[0], 200)

    def test_expect_is_answered_before_the_body(self):
        with Client(self.path) as client:
            client.send(corpus.post(b"Expect: 100-continue\r\nContent-Length: 13\r\n", b""))
            self.assertEqual(client.reply()[0], 100)
            self.assertEqual(client.ask(corpus.JSON)[0], 201)

    def test_body_in_chunks_is_put_together(self):
        with Client(self.path) as client:
            _, _, body = client.ask(corpus.chunks(b"5\r\n{\"nam\r\n8;x=y\r\ne\": \"x\"}\r\n0\r\nTrailer: t\r\n\r\n"))
            self.assertEqual(json.loads(body)["body"], {"name": "x"})

    def test_body_of_the_largest_size_is_taken(self):
        body = json.dumps({"name": "x" * ((1 << 20) - 13)}).encode()
        with Client(self.path) as client:
            status, _, _ = client.ask(corpus.post(b"Content-Length: %d\r\n" % len(body), body))
            self.assertEqual((status, len(body)), (201, (1 << 20) - 1))

    def test_chunks_without_end_are_refused_soon(self):
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        with Client(self.path) as client:
            sent = 0
            client.send(corpus.chunks(b""))
            while client.send(chunk) and sent < 64 << 20:
                sent += len(chunk)
            self.assertLess(sent, 3 << 20)
            self.assertEqual(client.reply()[0], 413)
            self.assertIsNone(client.reply())

    def dribble(self, first, byte):
        """Seconds until the server closes on a client that sends a byte now and then."""
        begin = time.monotonic()
        with Client(self.path) as client:
            client.send(first)
            client.socket.settimeout(0.1)
            while time.monotonic() < begin + PATIENCE_S and client.send(byte):
                try:
                    if not client.fill():
                        break
                except socket.timeout:
                    pass
        return time.monotonic() - begin

    def test_slow_header_is_cut_off(self):
        took = self.dribble(b"GET /v1 HTTP/1.1\r\nX: ", b"a")
        self.assertLess(took, 2 * DEADLINE_MS / 1000 + 5)
        self.alive()

    def test_slow_body_is_cut_off(self):
        took = self.dribble(corpus.post(b"Content-Length: 1000\r\n", b""), b" ")
        self.assertLess(took, 2 * DEADLINE_MS / 1000 + 5)
        self.alive()

    def test_slow_request_line_is_cut_off(self):
        took = self.dribble(b"", b"G")
        self.assertLess(took, 2 * DEADLINE_MS / 1000 + 5)
        self.alive()

    def test_client_that_takes_no_replies_is_cut_off(self):
        requests = corpus.get(b"/v1/guests/" + b"x" * 200) * 4000
        with Client(self.path) as client:
            client.socket.settimeout(PATIENCE_S)
            self.assertFalse(client.send(requests))
        self.alive()

    def test_waiting_requests_hold_up_nobody(self):
        waiting = [Client(self.path) for _ in range(200)]
        for client in waiting:
            client.send(put_state(b"never", 30))
        begin = time.monotonic()
        for _ in range(100):
            self.alive()
        self.assertLess(time.monotonic() - begin, 5)
        for client in waiting:
            client.socket.close()

    def test_wait_ends_with_the_operation(self):
        clients = [Client(self.path) for _ in range(100)]
        for client in clients:
            client.send(put_state(b"db01", 10))
        for client in clients:
            with client:
                status, _, body = client.reply()
                self.assertEqual((status, json.loads(body)["state"]), (200, "DONE"))

    def test_more_waits_than_there_is_room_for_are_answered_at_once(self):
        clients = [Client(self.path) for _ in range(270)]
        for client in clients:
            client.send(put_state(b"never", 30))
        with Client(self.path) as client:
            self.assertEqual(client.ask(put_state(b"never", 30))[0], 202)
        for client in clients:
            client.socket.close()

    def test_clients_that_leave_make_room_for_waits(self):
        for _ in range(3):
            clients = [Client(self.path) for _ in range(200)]
            for client in clients:
                client.send(put_state(b"never", 30))
            self.alive()
            for client in clients:
                client.socket.close()
        end = time.monotonic() + PATIENCE_S
        with Client(self.path) as client:
            while client.ask(put_state(b"db01", 5))[0] != 200:
                self.assertLess(time.monotonic(), end)

    def test_full_house_opens_again(self):
        idle = [Client(self.path) for _ in range(CONNECTIONS)]
        self.alive()
        for client in idle:
            client.socket.close()

    def test_stop_answers_what_waits(self):
        clients = [Client(self.path) for _ in range(100)]
        for client in clients:
            client.send(put_state(b"never", 30))
        half = Client(self.path)
        half.send(b"GET /v1 HT")
        self.alive()
        took, status = self.server.stop()
        self.assertEqual(status, 0)
        self.assertLess(took, 5)
        for client in clients:
            with client:
                reply = client.reply()
                self.assertEqual(reply[0], 503)
                self.assertEqual(json.loads(reply[2])["detail"], "npivd is stopping")
        half.socket.close()


def main():
    global SERVER, DAEMON, SOCKET
    parser = argparse.ArgumentParser()
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--server")
    where.add_argument("--daemon")
    where.add_argument("--socket")
    options, rest = parser.parse_known_args()
    SERVER, DAEMON, SOCKET = options.server, options.daemon, options.socket
    unittest.main(argv=[sys.argv[0]] + rest)


if __name__ == "__main__":
    main()
