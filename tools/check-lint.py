#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs one of the tools that read C over all of the project's C files.

Usage: check-lint.py clang-format|cppcheck|clang-tidy SOURCE_DIR BUILD_DIR

Exits with 77 (skipped) when the tool is not installed. clang-tidy takes seconds a file: a file that passed is not
looked at again until it, a header of the project, its command or the settings change (BUILD_DIR/lint).
"""
import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import sys

FOLDERS = ('base', 'fc', 'zoning', 'array', 'db', 'service', 'api', 'daemon', 'cli', 'hook', 'lab', 'tests', 'tools')
SKIPPED = 77

# What cppcheck does not see for itself, and who does.
CPPCHECK_SUPPRESSED = (
    'memleak', 'resourceLeak',         # it does not know the cleanup attribute; the sanitizer's tests do
    'uninitvar',                       # nor that rc == 0 means a set out-parameter; clang's analyzer does
    'readdirCalled', 'getgrnamCalled', # there are no threads
    'preprocessorErrorDirective',      # it tries the build without the defines of meson
    'missingIncludeSystem',
)


def c_files(source):
    for folder in FOLDERS:
        for path, folders, names in os.walk(os.path.join(source, folder)):
            folders.sort()
            yield from (os.path.join(path, name) for name in sorted(names) if name.endswith(('.c', '.h')))


def compile_commands(source, build):
    """File -> command of each C file of the project."""
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as file:
        rows = json.load(file)
    inside = os.path.realpath(source) + os.sep
    commands = {os.path.realpath(os.path.join(row['directory'], row['file'])): row['command'] for row in rows}
    return {path: command for path, command in sorted(commands.items())
            if path.startswith(inside) and os.path.exists(path)}


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)


def clang_format(source, _build):
    done = run(['clang-format', '--dry-run', '-Werror', '--ferror-limit=5', *c_files(source)])
    print(done.stdout, end='')
    return done.returncode


def cppcheck(source, build):
    cache = os.path.join(build, 'lint', 'cppcheck')
    os.makedirs(cache, exist_ok=True)
    done = run(['cppcheck', '--quiet', '--enable=warning,portability,performance', '--inline-suppr',
                '--error-exitcode=1', '--std=c11', '--library=posix', '--library=gnu',
                '--library=' + os.path.join(source, 'tools', 'cppcheck.cfg'),
                '--project=' + os.path.join(build, 'compile_commands.json'), '--cppcheck-build-dir=' + cache,
                '-j', str(os.cpu_count()), '--template={file}:{line}: {message} [{id}]',
                *('--suppress=' + name for name in CPPCHECK_SUPPRESSED)])
    print(done.stdout, end='')
    return done.returncode


def settings_digest(source):
    """Of all that every file's verdict rests on."""
    digest = hashlib.sha256(run(['clang-tidy', '--version']).stdout.encode())
    settings = [os.path.join(source, '.clang-tidy'), os.path.join(source, 'tools', 'analyzer.h')]
    for path in [*settings, *(path for path in c_files(source) if path.endswith('.h'))]:
        with open(path, 'rb') as file:
            digest.update(file.read())
    return digest


def analyzer_arguments(source, path):
    """base/err.c defines what the header redefines."""
    if path.endswith(os.path.join('base', 'err.c')):
        return []
    return ['--extra-arg=-include' + os.path.join(source, 'tools', 'analyzer.h')]


def tidy_file(path, command, settings, source, build):
    """What clang-tidy has against the file; empty when nothing."""
    digest = settings.copy()
    digest.update(command.encode())
    with open(path, 'rb') as file:
        digest.update(file.read())
    stamp = os.path.join(build, 'lint', 'clang-tidy', digest.hexdigest())
    if os.path.exists(stamp):
        return ''
    done = run(['clang-tidy', '--quiet', '-p', build, *analyzer_arguments(source, path), path])
    if done.returncode == 0:
        with open(stamp, 'w', encoding='utf-8') as file:
            file.write(path + '\n')
        return ''
    return ''.join(line for line in done.stdout.splitlines(True) if not line.endswith(' generated.\n'))


def clang_tidy(source, build):
    os.makedirs(os.path.join(build, 'lint', 'clang-tidy'), exist_ok=True)
    settings = settings_digest(source)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(tidy_file, path, command, settings, source, build)
                for path, command in compile_commands(source, build).items()]
        for job in jobs:
            if job.result():
                failed = True
                print(job.result(), end='')
    return 1 if failed else 0


TOOLS = {'clang-format': clang_format, 'cppcheck': cppcheck, 'clang-tidy': clang_tidy}


def main(arguments):
    if len(arguments) != 3 or arguments[0] not in TOOLS:
        print(__doc__, file=sys.stderr)
        return 2
    tool, source, build = arguments
    if not shutil.which(tool):
        print(f'{tool} is not installed: apt install {tool}')
        return SKIPPED
    return TOOLS[tool](os.path.abspath(source), os.path.abspath(build))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
