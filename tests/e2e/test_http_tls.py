#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The HTTP client trusts a server that an authority or a pinned key proves to be the right one, and no other."""

import base64
import hashlib
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

PROBE = ""
SECRET = "s3cr3t-of-the-switch"


def make_certificate(folder, name, *args):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                    "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", *args], check=True, capture_output=True)


def make_signed(folder, name, authority, end):
    """A certificate of that authority until that time."""
    with open(f"{folder}/ca.conf", "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=us\n[us]\ndatabase={folder}/index\nserial={folder}/serial\nnew_certs_dir={folder}\n"
                   "default_md=sha256\npolicy=all\nx509_extensions=leaf\n[all]\ncommonName=supplied\n"
                   "[leaf]\nsubjectAltName=IP:127.0.0.1\n")
    for path, text in (("index", ""), ("serial", "01\n")):
        with open(f"{folder}/{path}", "w", encoding="ascii") as file:
            file.write(text)
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key",
                    "-out", f"{folder}/{name}.csr"], check=True, capture_output=True)
    subprocess.run(["openssl", "ca", "-batch", "-notext", "-config", f"{folder}/ca.conf", "-cert", f"{folder}/{authority}.pem",
                    "-keyfile", f"{folder}/{authority}.key", "-startdate", "20200101000000Z", "-enddate", end,
                    "-in", f"{folder}/{name}.csr", "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)


def pin_of(path):
    public = subprocess.run(["openssl", "x509", "-in", path, "-pubkey", "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, check=True, capture_output=True).stdout
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_GET(self):
        Handler.seen.append(dict(self.headers))
        self.send_response(302 if self.server.redirects else 200)
        self.send_header("Authorization", "Custom_Basic abc")
        self.send_header("Set-Cookie", "nxapi_auth=xyz; Secure; Path=/")
        self.send_header("Location", "https://127.0.0.1:9/elsewhere")
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"<a/>")

    def log_message(self, *args):
        pass


class Trust(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="npivd-tls-")
        make_certificate(cls.folder, "right", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1")
        make_certificate(cls.folder, "elsewhere", "-days", "2", "-addext", "subjectAltName=DNS:switch-b")
        make_certificate(cls.folder, "other", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1")

        make_signed(cls.folder, "signed", "right", "20990101000000Z")
        make_signed(cls.folder, "expired", "right", "20200201000000Z")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def serve(self, name, redirects=False):
        Handler.seen.clear()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.redirects = redirects
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.folder}/{name}.pem", f"{self.folder}/{name}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"https://127.0.0.1:{server.server_address[1]}"

    def probe(self, *args):
        environment = {**os.environ, "https_proxy": "http://127.0.0.1:9"}
        text = subprocess.run([PROBE, *args], check=True, capture_output=True, text=True, timeout=30, env=environment).stdout
        self.assertNotIn(SECRET, text)
        return text

    def test_certificate_of_an_authority_is_taken(self):
        self.assertIn("200 kept=Custom_Basic abc text=<a/>", self.probe(self.serve("right"), f"ca={self.folder}/right.pem"))

    def test_certificate_that_nobody_signed_is_refused(self):
        self.assertIn("peer", self.probe(self.serve("right"), "basic"))
        self.assertEqual(Handler.seen, [], "nothing was sent")

    def test_certificate_of_another_authority_is_refused(self):
        self.assertIn("peer", self.probe(self.serve("right"), f"ca={self.folder}/other.pem", "basic"))
        self.assertEqual(Handler.seen, [])

    def test_certificate_of_another_name_is_refused(self):
        self.assertIn("peer", self.probe(self.serve("elsewhere"), f"ca={self.folder}/elsewhere.pem", "basic"))
        self.assertEqual(Handler.seen, [])

    def test_certificate_whose_time_is_over_is_refused(self):
        self.assertIn("200", self.probe(self.serve("signed"), f"ca={self.folder}/right.pem"))
        self.assertIn("peer", self.probe(self.serve("expired"), f"ca={self.folder}/right.pem", "basic"))
        self.assertEqual(Handler.seen, [])

    def test_pinned_key_alone_proves_the_server(self):
        self.assertIn("200", self.probe(self.serve("elsewhere"), "pin=" + pin_of(f"{self.folder}/elsewhere.pem")))

    def test_other_key_than_the_pinned_is_refused(self):
        self.assertIn("peer", self.probe(self.serve("right"), "pin=" + pin_of(f"{self.folder}/other.pem"), "basic"))
        self.assertEqual(Handler.seen, [])

    def test_pin_and_authority_must_both_hold(self):
        pin = "pin=" + pin_of(f"{self.folder}/other.pem")
        self.assertIn("peer", self.probe(self.serve("right"), f"ca={self.folder}/right.pem", pin))

    def test_pin_that_is_none_is_refused(self):
        self.assertIn("invalid", self.probe(self.serve("right"), "pin=md5//xyz"))

    def test_secret_is_sent_only_when_asked_and_the_cookie_comes_back(self):
        url = self.serve("right")
        self.probe(url, f"ca={self.folder}/right.pem")
        self.assertEqual([headers.get("Authorization") for headers in Handler.seen], [None, None])
        self.assertEqual([headers.get("Cookie") for headers in Handler.seen], [None, "nxapi_auth=xyz"])
        self.probe(url, f"ca={self.folder}/right.pem", "basic")
        self.assertTrue(Handler.seen[-1]["Authorization"].startswith("Basic "))

    def test_redirect_is_not_followed(self):
        self.assertIn("302", self.probe(self.serve("right", redirects=True), f"ca={self.folder}/right.pem"))


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("skipped: openssl is not installed")
        sys.exit(77)
    PROBE = sys.argv.pop(1)
    unittest.main(verbosity=2)
