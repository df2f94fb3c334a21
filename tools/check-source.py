#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the shape of the source: who includes whom, sole includers, sizes, licence lines, calls that are not used.

Usage: check-source.py [ROOT]

Prints FILE:LINE: what is wrong, and exits with 1 if there is anything. Looks at the files alone, so it says the
same in a clone, in an unpacked tarball and before a commit.
"""
import os
import re
import sys

FOLDERS = ('base', 'fc', 'zoning', 'array', 'db', 'service', 'api', 'daemon', 'cli', 'hook', 'lab', 'tests',
           'tools', 'web', 'data', 'man', '.ci')

# Who may include whom. A folder, or one header.
MATRIX = {
    'base':    {'base'},
    'fc':      {'base', 'fc'},
    'zoning':  {'base', 'zoning'},
    'array':   {'base', 'array'},
    'db':      {'base', 'db'},
    'service': {'base', 'fc', 'zoning', 'array', 'db', 'service'},
    'api':     {'base', 'service', 'api'},
    'daemon':  {'base', 'fc', 'zoning', 'array', 'db', 'service', 'api', 'daemon'},
    'cli':     {'base', 'cli'},
    'hook':    {'base', 'hook', 'cli/client.h'},
    'lab':     {'base', 'lab'},
    'tests':   set(FOLDERS),
    'tools':   {'base'},
}

# System headers that only these files or folders may include.
SOLE = (
    (r'microhttpd\.h',              ('api/server.c', 'lab/http.c')),
    (r'sqlite3\.h',                 ('db/',)),
    (r'curl/.*',                    ('base/http.c',)),
    (r'gnutls/.*',                  ('base/digest.c',)),
    (r'ini\.h',                     ('base/conf.c',)),
    (r'sysfs/libsysfs\.h',          ('fc/sysfs.c',)),
    (r'netlink/.*',                 ('fc/event.c',)),
    (r'libxml/.*',                  ('hook/hook_libvirt.c', 'zoning/fos_error.c')),
    (r'popt\.h',                    ('cli/', 'daemon/', 'hook/', 'lab/')),
    (r'libsmartcols(/.*)?\.h',      ('cli/output.c',)),
    (r'(fuse3/)?fuse(_\w+)?\.h',    ('lab/',)),
    (r'cmocka\.h',                  ('tests/',)),
)

# Calls that have no place in C here, and what to do instead.
FORBIDDEN = (
    (r'(?:u|nano|clock_nano)?sleep', 'wait for the event, with a deadline'),
    (r'atoi|atol|atoll|atof',        'use a parse function that can fail'),
    (r'strcpy|strcat|stpcpy|sprintf|vsprintf|gets', 'use snprintf'),
    (r'system|popen',                'start a program with its argument list'),
    (r'tmpnam|tempnam|mktemp',       'use mkstemp or mkdtemp'),
)

FUNCTION_LINES_MAX = 80
FILE_LINES_MAX = 800
LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
LICENCE_WITHIN_LINES = 4

SIZED = ('.c', '.h', '.py', '.sh')
LICENSED = ('.c', '.h', '.py', '.sh', '.scd', '.sql', '.js', '.css', '.html', '.service', '.socket', '.rules',
            '.bash', '.supp')
LICENSED_NAMES = ('meson.build', 'meson_options.txt', 'Makefile', '.clang-format', '.clang-tidy', '.editorconfig')
# Inputs of tests: foreign text as it came.
DATA = ('tests/fuzz/corpus/', 'tests/fixtures/', 'tests/golden/')


def source_files(root):
    """Every file below the known folders and in the root, as paths relative to it."""
    for name in sorted(os.listdir(root)):
        path = os.path.join(root, name)
        if os.path.isfile(path):
            yield name
        elif name in FOLDERS:
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(f for f in folders if f != '__pycache__')
                for entry in sorted(names):
                    yield os.path.relpath(os.path.join(folder, entry), root)


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8', errors='replace') as file:
        return file.read()


def blank(text):
    """Comments, texts and characters of C as blanks; line ends stay."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def matches(path, places):
    return any(path == place or place.endswith('/') and path.startswith(place) for place in places)


def check_rooted(root, path, name):
    folder = path.split('/')[0]
    top = name.split('/')[0]
    if '/' not in name or top not in MATRIX or not os.path.exists(os.path.join(root, name)):
        return f'"{name}" is no file from the root: write "folder/file.h"'
    allowed = MATRIX.get(folder, set())
    if top not in allowed and name not in allowed:
        return f'{folder} may not include "{name}": only {", ".join(sorted(allowed)) or "nothing"}'
    return None


def check_system(path, name):
    for header, places in SOLE:
        if re.fullmatch(header, name) and not matches(path, places):
            return f'<{name}> belongs to {", ".join(places)} alone'
    return None


def check_includes(root, path, text):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', text, re.M):
        kind, name = match.groups()
        problem = check_rooted(root, path, name) if kind == '"' else check_system(path, name)
        if problem:
            yield line_of(text, match.start()), problem


def closing(code, start):
    """The offset of the brace that closes the one at @start."""
    depth = 0
    for match in re.compile(r'[{}]').finditer(code, start):
        depth += 1 if match.group() == '{' else -1
        if depth == 0:
            return match.start()
    return len(code) - 1


def without_directives(code):
    """Preprocessor lines, continued ones too, as blanks."""
    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m.group()), code, flags=re.M)


def functions(code):
    """(offset of the signature, of the opening and of the closing brace) of each function."""
    at = 0
    while (opening := code.find('{', at)) >= 0:
        end = closing(code, opening)
        if code[at:opening].rstrip().endswith(')'):
            head = max(code.rfind(';', at, opening), at - 1) + 1
            yield head + len(code[head:opening]) - len(code[head:opening].lstrip()), opening, end
        at = end + 1


def table_lines(code, opening, end):
    """Lines that initialisers of tables take inside a function."""
    lines = 0
    at = opening + 1
    while match := re.compile(r'=\s*\{').search(code, at, end):
        close = closing(code, match.end() - 1)
        lines += code.count('\n', match.end(), close)
        at = close + 1
    return lines


def check_functions(code):
    code = without_directives(code)
    for start, opening, end in functions(code):
        lines = code.count('\n', start, end) + 1 - table_lines(code, opening, end)
        if lines > FUNCTION_LINES_MAX:
            name = re.search(r'(\w+)\s*\(', code[start:opening])
            yield (line_of(code, start),
                   f'function {name.group(1) if name else "?"} has {lines} lines, over {FUNCTION_LINES_MAX}')


def check_calls(code):
    for calls, instead in FORBIDDEN:
        for match in re.finditer(rf'(?<![\w.>])({calls})\s*\(', code):
            yield line_of(code, match.start()), f'{match.group(1)}() is not used here: {instead}'


def check_forward(code):
    for match in re.finditer(r'^static\b[^={};]*\)\s*;', code, re.M):
        yield line_of(code, match.start()), 'a static function is defined before its use, not declared'


def check_size(path, text):
    lines = text.count('\n')
    if path.endswith(SIZED) and lines >= FILE_LINES_MAX:
        yield FILE_LINES_MAX, f'the file has {lines} lines, {FILE_LINES_MAX} or more'


def check_licence(path, text):
    wanted = (path.endswith(LICENSED) or os.path.basename(path) in LICENSED_NAMES or text.startswith('#!'))
    if wanted and LICENCE not in '\n'.join(text.split('\n')[:LICENCE_WITHIN_LINES]):
        yield 1, f'no line "{LICENCE}" at the top'


def check_file(root, path):
    text = read(root, path)
    if path.startswith(DATA) and not path.endswith(('.c', '.py', 'meson.build')):
        return
    yield from check_licence(path, text)
    yield from check_size(path, text)
    if path.endswith(('.c', '.h')):
        code = blank(text)
        yield from check_includes(root, path, text)
        yield from check_functions(code)
        yield from check_calls(code)
        yield from check_forward(code)


def main(arguments):
    root = arguments[0] if arguments else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    problems = [(path, line, problem) for path in source_files(root) for line, problem in check_file(root, path)]
    for path, line, problem in problems:
        print(f'{path}:{line}: {problem}')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
