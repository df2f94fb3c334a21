#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/check-source.py against small trees in a temporary folder: each rule finds its breach and nothing else."""
import contextlib
import importlib.util
import io
import os
import tempfile
import unittest

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tools', 'check-source.py')
SPEC = importlib.util.spec_from_file_location('check_source', CHECKER)
check_source = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_source)

LICENCE = '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n'
HASH_LICENCE = '# SPDX-License-Identifier: LGPL-2.1-or-later\n'


def function(lines, name='work'):
    """A function of @lines lines, from the signature to the closing brace."""
    return f'int {name}(void)\n{{\n' + '\tstep();\n' * (lines - 3) + '}\n'


class CheckSource(unittest.TestCase):
    def findings(self, tree):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {'base/err.h': LICENCE, 'fc/scan.h': LICENCE, 'cli/client.h': LICENCE,
                               'cli/output.h': LICENCE, **tree}.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
                    file.write(text)
            with contextlib.redirect_stdout(io.StringIO()) as output:
                status = check_source.main([root])
            found = output.getvalue().splitlines()
            self.assertEqual(status, 1 if found else 0)
            return found

    def assert_found(self, path, text, line, words):
        found = self.findings({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f'{path}:{line}: '), found)
        self.assertIn(words, found[0])

    def assert_clean(self, path, text):
        self.assertEqual(self.findings({path: text}), [])

    def test_good_tree_has_no_findings(self):
        self.assert_clean('fc/scan.c', LICENCE + '#include "fc/scan.h"\n#include "base/err.h"\n\n'
                          '#include <stdio.h>\n\n' + function(80))

    def test_finds_an_include_against_the_arrow(self):
        self.assert_found('base/err.c', LICENCE + '#include "fc/scan.h"\n', 2, 'base may not include "fc/scan.h"')

    def test_finds_an_include_among_siblings(self):
        self.assert_found('db/ops.c', LICENCE + '\n# include "fc/scan.h"\n', 3, 'db may not include')

    def test_finds_an_include_that_is_not_rooted(self):
        self.assert_found('fc/scan.c', LICENCE + '#include "scan.h"\n', 2, 'no file from the root')

    def test_finds_an_include_that_does_not_exist(self):
        self.assert_found('fc/scan.c', LICENCE + '#include "fc/gone.h"\n', 2, 'no file from the root')

    def test_hook_may_include_the_client_of_the_cli(self):
        self.assert_clean('hook/main.c', LICENCE + '#include "cli/client.h"\n')

    def test_finds_a_hook_that_includes_more_of_the_cli(self):
        self.assert_found('hook/main.c', LICENCE + '#include "cli/output.h"\n', 2, 'hook may not include')

    def test_tests_may_include_all_of_it(self):
        self.assert_clean('tests/unit/test_x.c', LICENCE + '#include "fc/scan.h"\n#include "cli/output.h"\n')

    def test_finds_each_foreign_header_in_a_wrong_place(self):
        for header in ('microhttpd.h', 'sqlite3.h', 'curl/curl.h', 'ini.h', 'sysfs/libsysfs.h',
                       'netlink/netlink.h', 'libxml/parser.h', 'popt.h', 'libsmartcols.h',
                       'libsmartcols/libsmartcols.h', 'fuse_lowlevel.h', 'cmocka.h'):
            with self.subTest(header):
                self.assert_found('service/x.c', LICENCE + f'#include <{header}>\n', 2, f'<{header}> belongs to')

    def test_takes_each_foreign_header_in_its_place(self):
        for path, header in (('api/server.c', 'microhttpd.h'), ('db/any.c', 'sqlite3.h'),
                             ('base/http.c', 'curl/curl.h'), ('base/conf.c', 'ini.h'),
                             ('fc/sysfs.c', 'sysfs/libsysfs.h'), ('fc/event.c', 'netlink/netlink.h'),
                             ('hook/hook_libvirt.c', 'libxml/parser.h'), ('cli/main.c', 'popt.h'),
                             ('cli/output.c', 'libsmartcols.h'), ('lab/fs.c', 'fuse_lowlevel.h')):
            with self.subTest(path):
                self.assert_clean(path, LICENCE + f'#include <{header}>\n')

    def test_finds_a_function_of_81_lines(self):
        self.assert_found('fc/scan.c', LICENCE + '\n' + function(81), 3, 'function work has 81 lines')

    def test_counts_a_signature_of_several_lines(self):
        text = LICENCE + function(80).replace('work(void)', 'work(int a,\n\tint b)')
        self.assert_found('fc/scan.c', text, 2, 'function work has 81 lines')

    def test_does_not_count_a_table_in_a_function(self):
        table = '\tstatic const int rows[] = {\n' + '\t\t1,\n' * 90 + '\t};\n'
        self.assert_clean('fc/scan.c', LICENCE + 'int work(void)\n{\n' + table + '\treturn rows[0];\n}\n')

    def test_does_not_count_a_table_of_a_file(self):
        self.assert_clean('fc/scan.c', LICENCE + 'static const int rows[] = {\n' + '\t1,\n' * 90 + '};\n')

    def test_braces_in_texts_and_macros_confuse_nothing(self):
        text = (LICENCE + '#define OPEN(x) \\\n\tif (x) {\n\n' + "int a(void)\n{\n\treturn '{' + \"{\"[0]; /* { */\n}\n"
                + function(81))
        self.assert_found('fc/scan.c', text, 9, 'function work has 81 lines')

    def test_finds_a_file_of_800_lines(self):
        for path, licence in (('fc/scan.c', LICENCE), ('tests/e2e/test_x.py', HASH_LICENCE)):
            with self.subTest(path):
                self.assert_found(path, licence + '\n' * 799, 800, 'the file has 800 lines')
                self.assert_clean(path, licence + '\n' * 798)

    def test_finds_a_file_without_a_licence_line(self):
        for path in ('fc/scan.c', 'fc/scan.h', 'fc/meson.build', 'tools/x.py', 'tools/x.sh', 'man/x.8.scd',
                     'data/x.service', 'data/x.rules', 'data/x.js'):
            with self.subTest(path):
                self.assert_found(path, '\n', 1, 'SPDX-License-Identifier')

    def test_finds_a_script_without_a_suffix_and_a_licence_line(self):
        self.assert_found('tools/x', '#!/bin/sh\n', 1, 'SPDX-License-Identifier')

    def test_the_licence_line_is_at_the_top(self):
        self.assert_found('fc/scan.c', '\n' * 10 + LICENCE, 1, 'SPDX-License-Identifier')

    def test_inputs_of_tests_need_no_licence_line(self):
        self.assert_clean('tests/golden/conf/x.js', '')
        self.assert_clean('tests/fuzz/corpus/conf/x.h', '#include "gone.h"\n')

    def test_finds_each_call_that_is_not_used(self):
        for call in ('sleep', 'usleep', 'nanosleep', 'atoi', 'strcpy', 'strcat', 'sprintf', 'system', 'mktemp'):
            with self.subTest(call):
                text = LICENCE + f'int a(void)\n{{\n\t{call}(x);\n\treturn 0;\n}}\n'
                self.assert_found('fc/scan.c', text, 4, f'{call}() is not used here')

    def test_words_that_hold_a_call_or_speak_of_it_are_fine(self):
        self.assert_clean('fc/scan.c', LICENCE + '/* sleep(1) */\nint a(void)\n{\n\tx->system(1);\n\tfile_system(1);\n'
                          '\tsnprintf("sleep(1)");\n\treturn 0;\n}\n')

    def test_finds_a_static_forward_declaration(self):
        self.assert_found('fc/scan.c', LICENCE + 'static int\nwork(int a,\n\tint b);\n', 2, 'defined before its use')

    def test_names_every_finding(self):
        found = self.findings({'fc/a.c': '#include "a.h"\n', 'fc/b.c': LICENCE + '#include <popt.h>\n'})
        self.assertEqual([line.split(': ')[0] for line in found], ['fc/a.c:1', 'fc/a.c:1', 'fc/b.c:2'])

    def test_other_folders_are_not_looked_at(self):
        self.assert_clean('build/x.c', 'sleep(1);\n')


if __name__ == '__main__':
    unittest.main()
