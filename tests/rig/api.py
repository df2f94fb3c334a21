# SPDX-License-Identifier: LGPL-2.1-or-later
"""The REST API for the scenarios: api.py SOCKET METHOD PATH [BODY or -] [EXPRESSION].

Prints the answer, or the value of the Python expression in which o is the answer; with a list one
item a line. Exit code 1: the status is 400 or more. Imports little: Python starts slowly in an
emulated machine.
"""
import json
import socket
import sys


def request(method, path, body=None):
    data = b"" if body is None else json.dumps(body).encode()
    kind = b"Content-Type: application/json\r\n" if data else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: npivd\r\nContent-Length: {len(data)}\r\n"
    return head.encode() + kind + b"\r\n" + data


def split(buffer):
    """(status, body, rest) of the first reply in buffer, or None while it is not whole."""
    head, mark, rest = buffer.partition(b"\r\n\r\n")
    if not mark:
        return None
    lines = head.lower().split(b"\r\n")
    lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
    length = lengths[0] if lengths else 0
    if len(rest) < length:
        return None
    status = int(head.split(b" ", 2)[1])
    return status, json.loads(rest[:length]) if length else None, rest[length:]


def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock


def call(sock, method, path, body=None):
    sock.sendall(request(method, path, body))
    buffer = b""
    while not (reply := split(buffer)):
        data = sock.recv(65536)
        if not data:
            raise ConnectionError(f"{method} {path}: npivd closed the connection")
        buffer += data
    return reply[0], reply[1]


def main(argv):
    path, method, target = argv[1:4]
    body = json.loads(argv[4]) if len(argv) > 4 and argv[4] != "-" else None
    status, answer = call(connect(path), method, target, body)
    if status >= 400:
        print(json.dumps(answer), file=sys.stderr)
        return 1
    value = eval(argv[5], {"o": answer}) if len(argv) > 5 else answer
    if isinstance(value, list):
        for item in value:
            print(item)
    else:
        print(json.dumps(value) if isinstance(value, (dict, bool)) else value)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv))
    except OSError as error:
        sys.exit(f"api.py: {error}")
