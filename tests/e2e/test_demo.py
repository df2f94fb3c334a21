# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab/demo.sh, what make demo runs: it shows the main job, and leaves nothing behind however it ends."""
import argparse
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = ""
DEMO = ""
SKIP = 77
DEMO_S = 60  # what is promised
END_S = 30


def processes_of(folder):
    """Processes whose command line names the folder."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if folder.encode() in file.read():
                    found.append(path)
        except OSError:
            pass
    return found


class Demo(unittest.TestCase):
    def setUp(self):
        self.output = tempfile.NamedTemporaryFile(mode="r", prefix="npivd-demo-test-")
        self.addCleanup(self.output.close)
        self.process = None
        self.addCleanup(self.end)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def spawn(self, **env):
        with open(self.output.name, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen([DEMO, BUILD], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            env={**os.environ, "KEEP": "", **env}, start_new_session=True)

    def text(self):
        with open(self.output.name, encoding="utf-8") as file:
            return file.read()

    def wait(self, seconds):
        """The exit code; the test is skipped when the demo cannot run here."""
        code = self.process.wait(seconds)
        if code == SKIP:
            self.skipTest(self.text().strip())
        return code

    def folder(self):
        return re.search(r"/tmp/npivd-demo\.\w+", self.text()).group(0)

    def assert_nothing_is_left(self):
        folder = self.folder()
        self.assertFalse(os.path.exists(folder))
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            self.assertNotIn(folder, mounts.read())
        deadline = time.monotonic() + END_S
        while processes_of(folder):
            self.assertLess(time.monotonic(), deadline, processes_of(folder))
            time.sleep(0.05)

    def test_demo_shows_the_main_job_and_leaves_nothing(self):
        self.spawn()
        self.assertEqual(self.wait(DEMO_S), 0, self.text())
        for words in ("$ npivctl pool create default --first", "$ npivd-hook test start begin", "guest test is ready",
                      "vport-0:0-0/vport_state:Active", "no vports", "make demo KEEP=1"):
            self.assertIn(words, self.text())
        self.assertEqual(len(re.findall(r"^\w{16} test +[AB] +Active +yes .* ours$", self.text(), re.M)), 2)
        self.assertEqual(len(re.findall(r" [AB]-lun[01]-\w{16} -> /dev/sd", self.text())), 4)
        self.assert_nothing_is_left()

    def test_demo_leaves_nothing_when_it_is_interrupted(self):
        self.spawn()
        deadline = time.monotonic() + DEMO_S
        while "The guest starts" not in self.text() and self.process.poll() is None:
            self.assertLess(time.monotonic(), deadline, self.text())
            time.sleep(0.05)
        os.killpg(self.process.pid, signal.SIGINT)
        self.assertEqual(self.wait(END_S), 130, self.text())
        self.assert_nothing_is_left()

    def test_demo_keeps_running_when_asked_and_ends_by_its_own_stop(self):
        self.spawn(KEEP="1")
        code = self.wait(DEMO_S)
        stop = os.path.join(self.folder(), "stop")
        self.addCleanup(lambda: os.path.exists(stop) and subprocess.run([stop], check=False))
        self.assertEqual(code, 0, self.text())

        status = subprocess.run([os.path.join(self.folder(), "bin", "npivctl")], text=True, capture_output=True,
                                timeout=END_S, check=False)
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertIn("npivd ", status.stdout)

        self.assertEqual(subprocess.run([stop], timeout=END_S, check=False).returncode, 0)
        self.assert_nothing_is_left()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--demo", required=True)
    options, rest = parser.parse_known_args()
    BUILD, DEMO = os.path.abspath(options.build), os.path.abspath(options.demo)
    if not os.access("/dev/fuse", os.W_OK):
        print("SKIP: /dev/fuse may not be opened")
        sys.exit(SKIP)
    unittest.main(argv=[sys.argv[0], *rest])
