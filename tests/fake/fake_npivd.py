# SPDX-License-Identifier: LGPL-2.1-or-later
"""A scripted npivd for tests of its clients: HTTP/1.1 on a Unix socket.

Rows say what is answered: the first row that fits a call (and is not used up) answers it; a call that no row
fits gets 404. All calls are recorded. A row can hang: the request is read and never answered.
"""
import json
import os
import socketserver
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Call:
    method: str
    path: str
    query: dict
    body: object
    headers: dict


@dataclass
class Row:
    method: str
    path: str
    status: int = 200
    body: object = None  # or a function of the call
    headers: dict = field(default_factory=dict)
    times: int = -1      # how often it answers; -1: without end
    hang: bool = False


def problem(status, code, detail, **more):
    """The body of an error."""
    return {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code, **more}


def operation(number, state, done=0, total=3, step="vport_create", text="", error=None, **more):
    """An operation as the API shows it."""
    return {"id": number, "kind": "guest_start", "object": "guests/db01", "guest": "db01", "state": state,
            "progress": {"done": done, "total": total, "step": step, "text": text}, "steps": [],
            "error": error, "created": "2026-01-01T00:00:00.000Z", **more}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def address_string(self):
        return "unix"

    def _answer(self, status, body, headers):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            kind = "application/problem+json" if status >= 400 else "application/json"
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(content)

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length) if length else b""
        url = urlsplit(self.path)
        call = Call(self.command, unquote(url.path), {k: v[-1] for k, v in parse_qs(url.query).items()},
                    json.loads(text) if text else None, dict(self.headers))
        fake = self.server.fake
        row = fake.take(call)
        if row is None:
            self._answer(404, problem(404, "not-found", f"nothing at {call.path}"), {})
        elif row.hang:
            fake.closing.wait()
            self.close_connection = True
        else:
            status, body = row.status, row.body
            if callable(body):
                status, body = body(call)
            self._answer(status, body, row.headers)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


class FakeNpivd:
    """with FakeNpivd(path) as fake: fake.row("GET", "/v1/guests", body=...); ...; fake.calls"""

    def __init__(self, path):
        self.path = path
        self.rows = []
        self.calls = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(path, _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        os.unlink(self.path)

    def row(self, method, path, **more):
        self.rows.append(Row(method, path, **more))

    def items(self, path, items):
        self.row("GET", path, body={"items": items})

    def take(self, call):
        with self._lock:
            self.calls.append(call)
            for row in self.rows:
                if (row.method, row.path) == (call.method, call.path) and row.times != 0:
                    row.times -= 1
                    return row
        return None

    def last(self, method):
        """The last call with this method."""
        return [call for call in self.calls if call.method == method][-1]
