# SPDX-License-Identifier: LGPL-2.1-or-later
"""Malformed HTTP requests, one row each: what a client sends and how the server must take it.

The rule is REFUSED: one reply, 400, and the connection is closed. Every other expectation is a listed
exception with its reason; a set holds the statuses that will do, whether the connection closes or not. No
row may be answered with 200.
"""

REFUSED = "refused"
# libmicrohttpd 0.9.75 answers before it asks us, sometimes with the header block twice.
LIBRARY_TWICE = "library-twice"
# It closes without a word when the request line is none.
LIBRARY_CLOSES = "library-closes"
# It waits for more; the deadline closes the connection, with or without an answer.
WAITS = "waits"

HOST = b"Host: localhost\r\n"
JSON = b'{"name": "x"}'


def get(target, headers=HOST, method=b"GET", version=b"HTTP/1.1"):
    return method + b" " + target + b" " + version + b"\r\n" + headers + b"\r\n"


def post(headers, body=JSON, host=HOST):
    return b"POST /v1/guests HTTP/1.1\r\n" + host + headers + b"\r\n" + body


def length(text):
    return post(b"Content-Length: " + text + b"\r\n")


def chunks(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


def encoding(text):
    return post(b"Transfer-Encoding: " + text + b"\r\n", b"d\r\n" + JSON + b"\r\n0\r\n\r\n")


def with_header(line):
    return get(b"/v1", HOST + line + b"\r\n")


FRAMING = [
    ("two lengths", post(b"Content-Length: 13\r\nContent-Length: 5\r\n"), REFUSED),
    ("two equal lengths", post(b"Content-Length: 13\r\nContent-Length: 13\r\n"), REFUSED),
    ("two lengths in other case", post(b"Content-Length: 13\r\nCONTENT-length: 2\r\n"), REFUSED),
    ("two lengths, one empty", post(b"Content-Length: 13\r\nContent-Length:\r\n"), REFUSED),
    ("length and chunked", post(b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n"), REFUSED),
    ("chunked and length", post(b"Transfer-Encoding: chunked\r\nContent-Length: 13\r\n"), REFUSED),
    ("length 0 and chunked", post(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), REFUSED),
    ("chunked twice", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), REFUSED),
    ("chunked and identity", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), REFUSED),
    ("encoding xchunked", encoding(b"xchunked"), REFUSED),
    ("encoding xchunked and length", post(b"Transfer-Encoding: xchunked\r\nContent-Length: 13\r\n"), REFUSED),
    ("encoding gzip, chunked", encoding(b"gzip, chunked"), REFUSED),
    ("encoding chunked, chunked", encoding(b"chunked, chunked"), REFUSED),
    ("encoding chunked, identity", encoding(b"chunked, identity"), REFUSED),
    ("encoding chunked with a blank behind", encoding(b"chunked "), REFUSED),
    ("encoding chunked with a tab before", encoding(b"\x0bchunked"), REFUSED),
    ("encoding in quotes", encoding(b'"chunked"'), REFUSED),
    ("encoding identity", encoding(b"identity"), REFUSED),
    ("encoding empty", encoding(b""), REFUSED),
    ("encoding with NUL", encoding(b"chunked\0"), REFUSED),
    ("encoding with a parameter", encoding(b"chunked;q=1"), REFUSED),
    ("length +13", length(b"+13"), LIBRARY_TWICE),
    ("length -1", length(b"-1"), LIBRARY_TWICE),
    ("length 0x0d", length(b"0x0d"), LIBRARY_TWICE),
    ("length 99999999999999999999", length(b"9" * 20), LIBRARY_TWICE),
    ("length empty", length(b""), LIBRARY_TWICE),
    ("length 13,13", length(b"13,13"), LIBRARY_TWICE),
    ("length 13, 13", length(b"13, 13"), LIBRARY_TWICE),
    ("length 1 3", length(b"1 3"), LIBRARY_TWICE),
    ("length 13.0", length(b"13.0"), LIBRARY_TWICE),
    ("length 1e1", length(b"1e1"), LIBRARY_TWICE),
    ("length abc", length(b"abc"), LIBRARY_TWICE),
    ("length 13 with NUL", length(b"13\0"), LIBRARY_TWICE),
    ("length 13 and a blank", length(b"13 "), LIBRARY_TWICE),
    ("length of 19 digits", length(b"0" * 17 + b"13"), REFUSED),
    ("GET with a body", get(b"/v1", HOST + b"Content-Length: 13\r\n") + JSON, REFUSED),
    ("GET with chunks", get(b"/v1", HOST + b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", REFUSED),
    ("HEAD with a body", get(b"/v1", HOST + b"Content-Length: 13\r\n", b"HEAD") + JSON, REFUSED),
    ("DELETE with a body", get(b"/v1/pools/nothing", HOST + b"Content-Length: 13\r\n", b"DELETE") + JSON, REFUSED),
    ("DELETE with chunks", get(b"/v1/pools/nothing", HOST + b"Transfer-Encoding: chunked\r\n", b"DELETE"), REFUSED),
    ("OPTIONS with a body", get(b"/v1", HOST + b"Content-Length: 13\r\n", b"OPTIONS") + JSON, REFUSED),
    ("rescan with a body", get(b"/v1/system/rescan", HOST + b"Content-Length: 13\r\n", b"POST") + JSON, REFUSED),
    ("a second request as body of GET", get(b"/v1", HOST + b"Content-Length: 40\r\n") + get(b"/v1"), REFUSED),
    ("chunks over HTTP/1.0", b"POST /v1/guests HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("chunk size 0x1", chunks(b"0x1\r\n{\r\n0\r\n\r\n"), REFUSED),
    ("chunk size -1", chunks(b"-1\r\n{\r\n0\r\n\r\n"), REFUSED),
    ("chunk size +1", chunks(b"+1\r\n{\r\n0\r\n\r\n"), REFUSED),
    ("chunk size empty", chunks(b"\r\n{\r\n0\r\n\r\n"), REFUSED),
    ("chunk size g", chunks(b"g\r\n{\r\n0\r\n\r\n"), REFUSED),
    ("chunk size of 18 f", chunks(b"f" * 18 + b"\r\n{\r\n0\r\n\r\n"), {400, 413}),
    ("chunk without its end", chunks(b"2\r\n{}XX0\r\n\r\n"), REFUSED),
    ("chunk longer than its size", chunks(b"1\r\n{}\r\n0\r\n\r\n"), REFUSED),
]

# Well-formed HTTP with a wrong body: 400 as well, but where the request ends is beyond doubt.
BODIES = [
    ("no body at all", post(b"", b""), {400}),
    ("an empty chunked body", chunks(b"0\r\n\r\n"), {400}),
    ("a body that is no JSON", post(b"Content-Length: 4\r\n", b"{[}]"), {400}),
    ("a body that is a list", post(b"Content-Length: 2\r\n", b"[]"), {400}),
    ("a body with a member twice", post(b"Content-Length: 13\r\n", b'{"a":1,"a":2}'), {400}),
    ("a body with a NUL", post(b"Content-Length: 3\r\n", b"{\0}"), {400}),
    ("a body that is not UTF-8", post(b"Content-Length: 8\r\n", b'{"a\xff":1}'), {400}),
    ("a body nested 10000 times", post(b"Content-Length: 50004\r\n", b'{"a":' * 10000 + b"null"), {400}),
]

HOSTS = [
    ("no host", get(b"/v1", b""), LIBRARY_TWICE),
    ("no host with other headers", get(b"/v1", b"Accept: */*\r\n"), LIBRARY_TWICE),
    ("two hosts", get(b"/v1", b"Host: a\r\nHost: b\r\n"), REFUSED),
    ("two equal hosts", get(b"/v1", b"Host: a\r\nHost: a\r\n"), REFUSED),
    ("two hosts in other case", get(b"/v1", b"Host: a\r\nhOST: b\r\n"), REFUSED),
    ("host with NUL", get(b"/v1", b"Host: a\0b\r\n"), REFUSED),
    ("host with a path", get(b"/v1", b"Host: a/b\r\n"), REFUSED),
    ("host with a user", get(b"/v1", b"Host: u@a\r\n"), REFUSED),
    ("host with a blank", get(b"/v1", b"Host: a b\r\n"), REFUSED),
    ("host with a list", get(b"/v1", b"Host: a,b\r\n"), REFUSED),
    ("host with 8-bit bytes", get(b"/v1", b"Host: \xff\r\n"), REFUSED),
    ("blank before the colon", get(b"/v1", b"Host : a\r\n"), LIBRARY_TWICE),
    ("tab before the colon", get(b"/v1", b"Host\t: a\r\n"), LIBRARY_TWICE),
]

HEADERS = [
    ("header with NUL", with_header(b"X-A: a\0b"), REFUSED),
    ("header with NUL at its end", with_header(b"X-A: a\0"), REFUSED),
    ("header name with NUL", with_header(b"X\0A: a"), REFUSED),
    ("header with escape", with_header(b"X-A: \x1b[2J"), REFUSED),
    ("header with backspace", with_header(b"X-A: \x08"), REFUSED),
    ("header with DEL", with_header(b"X-A: \x7f"), REFUSED),
    ("header with vertical tab", with_header(b"X-A: a\x0bb"), REFUSED),
    ("header with form feed", with_header(b"X-A: a\x0cb"), REFUSED),
    ("header name with a blank", with_header(b"X A: a"), REFUSED),
    ("header name with a bracket", with_header(b"X(A): a"), REFUSED),
    ("header name with a quote", with_header(b'"X": a'), REFUSED),
    ("header name with 8-bit bytes", with_header(b"X\xe9: a"), REFUSED),
    ("header name with a control byte", with_header(b"X\x01: a"), REFUSED),
    ("header name with a slash", with_header(b"X/A: a"), REFUSED),
    ("header without a name", with_header(b": a"), REFUSED),
    ("header without a colon", with_header(b"X-A"), REFUSED),
    ("two idempotency keys", with_header(b"Idempotency-Key: a\r\nIdempotency-Key: b"), REFUSED),
    ("two If-Match", with_header(b'If-Match: "1"\r\nIf-Match: "2"'), REFUSED),
    ("two content types", with_header(b"Content-Type: a/b\r\nContent-Type: c/d"), REFUSED),
    ("two Expect", with_header(b"Expect: 100-continue\r\nExpect: 100-continue"), REFUSED),
    ("two Authorization", with_header(b"Authorization: a\r\nAuthorization: b"), REFUSED),
    ("65 headers", with_header(b"\r\n".join([b"A: b"] * 64)), {431}),
    ("5000 headers", with_header(b"\r\n".join([b"A: b"] * 5000)), {431}),
    ("a header of 64 KiB", with_header(b"A: " + b"b" * 65536), {431}),
    ("bare LF line ends", get(b"/v1").replace(b"\r\n", b"\n"), REFUSED),
    ("a folded header", with_header(b"X-A: a\r\n b"), REFUSED),
    ("a header folded with a tab", with_header(b"X-A: a\r\n\tb"), REFUSED),
]

LINES = [
    ("method G@T", get(b"/v1", method=b"G@T"), REFUSED),
    ("method with a bracket", get(b"/v1", method=b"G(T"), REFUSED),
    ("method with NUL", get(b"/v1", method=b"G\0T"), REFUSED),
    ("method GET with NUL behind", get(b"/v1", method=b"GET\0"), REFUSED),
    ("method with 8-bit bytes", get(b"/v1", method=b"G\xc9T"), REFUSED),
    ("method with a control byte", get(b"/v1", method=b"G\x01T"), REFUSED),
    ("method with a tab", get(b"/v1", method=b"GET\t"), REFUSED),
    ("method in quotes", get(b"/v1", method=b'"GET"'), REFUSED),
    ("method of 17 bytes", get(b"/v1", method=b"A" * 17), REFUSED),
    ("method of 10000 bytes", get(b"/v1", method=b"A" * 10000), REFUSED),
    ("method in lower case", get(b"/v1", method=b"get"), {405}),
    ("method of another protocol", get(b"/v1", method=b"PROPFIND"), {405}),
    ("CONNECT", get(b"localhost:80", method=b"CONNECT"), REFUSED),
    ("PRI of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    ("HTTP/9.9", get(b"/v1", version=b"HTTP/9.9"), {400, 505}),
    ("HTTP/1.2", get(b"/v1", version=b"HTTP/1.2"), {400, 505}),
    ("HTTP/0.9", get(b"/v1", version=b"HTTP/0.9"), {400, 505}),
    ("http/1.1", get(b"/v1", version=b"http/1.1"), {400, 505}),
    ("HTTP/1.1 with NUL", get(b"/v1", version=b"HTTP/1.1\0"), {400, 505}),
    ("HTTP/1.10", get(b"/v1", version=b"HTTP/1.10"), {400, 505}),
    ("no version", b"GET /v1\r\n" + HOST + b"\r\n", {400, 505}),
    ("no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n", {400, 505}),
    ("a method alone", b"GET\r\n" + HOST + b"\r\n", LIBRARY_CLOSES),
    ("two blanks before the target", b"GET  /v1 HTTP/1.1\r\n" + HOST + b"\r\n", REFUSED),
    ("two blanks before the version", b"GET /v1  HTTP/1.1\r\n" + HOST + b"\r\n", LIBRARY_CLOSES),
    ("a blank behind the version", b"GET /v1 HTTP/1.1 \r\n" + HOST + b"\r\n", {400, 505}),
    ("a blank before the method", b" GET /v1 HTTP/1.1\r\n" + HOST + b"\r\n", LIBRARY_CLOSES),
    ("tabs for blanks", b"GET\t/v1\tHTTP/1.1\r\n" + HOST + b"\r\n", LIBRARY_CLOSES),
    ("garbage with a line end", bytes(range(128, 256)) + b"\r\n\r\n", LIBRARY_CLOSES),
    ("garbage without a line end", bytes(range(128, 256)), WAITS),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 64, WAITS),
    ("half a request line", b"GET /v", WAITS),
    ("half a header", b"GET /v1 HTTP/1.1\r\nHo", WAITS),
    ("half a body", post(b"Content-Length: 100\r\n"), WAITS),
    ("half a chunk", chunks(b"20\r\n{"), WAITS),
]

TARGETS = [(repr(target)[2:-1][:60], get(target), REFUSED) for target in (
    b"v1", b"*", b"http://evil/v1", b"https://localhost/v1", b"//v1", b"///v1", b"//evil/v1", b"/v1//guests",
    b"/v1/guests//", b"/v1/./guests", b"/v1/../v1", b"/v1/guests/..", b"/../../etc/passwd", b"/v1/.",
    b"/v1/%2e%2e/%2fetc", b"/v1/%2e/guests", b"/v1/.%2e/v1", b"/v1/%2E%2E", b"/a%00b", b"/v1%00", b"/v1/%00",
    b"/v1%2Fguests", b"/v1%2fguests", b"/v1/guests/a%2Fb", b"/v1/guests/%2f", b"/a%zzb", b"/v1/%", b"/v1/%4",
    b"/v1/%4g", b"/v1/%g4", b"/v1/%-1", b"/v1/%0d%0aX:y", b"/v1/%0a", b"/v1/%7f", b"/v1/%1b",
    b"/v1/guests/%ff", b"/v1/guests/%c0%af", b"/v1/guests/%e0%80%af", b"/v1/guests/%ed%a0%80",
    b"/v1/guests/%f5%80%80%80", b"/v1/gu\x00ests", b"/v1\x00", b"/v1/gu\x01ests", b"/v1/\x7f", b"/v1/\xc3\xbc",
    b"/v1/\xff", b"/v1/\t", b"/v1#top", b'/v1/"', b"/v1/<a>", b"/v1/a\\b", b"/v1/a^b", b"/v1/a`b", b"/v1/{a}",
    b"/v1/a|b", b"/v1/guests?a=%00", b"/v1/guests?a=%zz", b"/v1/guests?a=%", b"/v1/guests?a=%0d%0a",
    b"/v1/guests?limit=1&limit=2", b"/v1/guests?limit=1&%6cimit=2", b"/v1/guests?=1", b"/v1/guests?&&",
    b"/v1/guests?a=\x00b", b"/v1/guests?a=\xff", b"/v1/guests?a=%ff", b"/v1/guests?a=1#b", b'/v1/guests?a="1"',
)]

SIZES = [
    ("a target of 5 KiB", get(b"/v1/" + b"a" * 5000), {414}),
    ("a target of 64 KiB", get(b"/" + b"a" * 65536), {414}),
    ("a query of 5 KiB", get(b"/v1/guests?a=" + b"a" * 5000), {414}),
    ("a segment of 257 bytes", get(b"/v1/" + b"a" * 257), {414}),
    ("33 parameters", get(b"/v1/guests?" + b"&".join(b"a%d=1" % i for i in range(33))), {414}),
    ("a body of 1 GB", length(b"1000000000"), {413}),
    ("a body of 1 MiB and a byte", length(b"1048577"), {413}),
]

ROWS = FRAMING + BODIES + HOSTS + HEADERS + LINES + TARGETS + SIZES
