#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody else's eyes on our CT frames: tshark must read what fc/ct.c asks and what the tests' switch answers.

Usage: test_ct_tshark.py CT_FRAMES   (CT_FRAMES prints the frames). Exit 77: tshark is not installed.
"""
import os
import shutil
import subprocess
import sys
import tempfile

# What tshark must say of each question, in the order of enum fc_ct_query, and of its answer. It has the names of GZD
# and GZM at another place than those of GZS, so these two are known by their codes alone.
WANTED = (
    (('Opcode: GPN_FT (0x0172)', 'FC-4 Type: FCP (0x08)'),             ('MSG_ACC', 'Port Identifier: 01.01.01')),
    (('Opcode: GID_PT (0x01a1)', 'Port Type: Nx_Port (0x7f)'),         ('MSG_RJT', 'Cmd Not Supported (0x0b)')),
    (('Opcode: GPN_ID (0x0112)', 'Port Identifier: 01.01.01'),         ('MSG_ACC', '21:00:aa:bb:cc:dd:00:01')),
    (('Opcode: GNN_ID (0x0113)', 'Port Identifier: 01.01.01'),         ('MSG_ACC', '21:00:aa:bb:cc:dd:00:01')),
    (('Opcode: GSPN_ID (0x0118)', 'Port Identifier: 01.01.01'),        ('MSG_RJT',)),
    (('Opcode: GFF_ID (0x011f)', 'Port Identifier: 01.01.01'),         ('MSG_RJT',)),
    (('Opcode: Get Capabilities (0x0100)',),                           ('Hard Zones: Supported',
                                                                        'ZoneSet Database: Available')),
    (('Opcode: Get Enforcement State (0x0111)',),                      ('Hard Zone Set: Enforced',)),
    (('Opcode: Get Zone Set List (0x0112)',),                          ('MSG_RJT',)),
    (('Opcode: Get Zone List (0x0113)',),                              ('MSG_RJT',)),
    (('Opcode: Get Zone Member List (0x0114)',),                       ('MSG_RJT',)),
    (('Opcode: Get Active Zone Set (0x0115)',),                        ('Zone Set Name: fabric_a', 'Number of Zones: 2',
                                                                        'Zone Name: db01_array', 'Zone Name: tape',
                                                                        '50:01:04:f0:00:00:00:01')),
    (('Opcode: Get Zone Set (0x0116)', 'Zone Set Name: fabric_a1'),    ('Zone Set Name: fabric_a', 'Zone Name: tape')),
)


def dissect(program, folder):
    """The text of each frame."""
    capture = os.path.join(folder, 'ct.pcap')
    dump = subprocess.run([program], check=True, capture_output=True).stdout
    subprocess.run(['text2pcap', '-q', '-l', '224', '-', capture], input=dump, check=True)
    env = dict(os.environ, HOME=folder, LC_ALL='C.UTF-8')
    text = subprocess.run(['tshark', '-r', capture, '-V'], check=True, capture_output=True, text=True, env=env).stdout
    return text.split('\nFrame ')


def main(argv):
    if not shutil.which('tshark') or not shutil.which('text2pcap'):
        print('SKIP: tshark is not installed')
        return 77
    with tempfile.TemporaryDirectory() as folder:
        frames = dissect(argv[1], folder)
    wanted = [texts for pair in WANTED for texts in pair]
    problems = [f'{len(frames)} frames, not {len(wanted)}'] if len(frames) != len(wanted) else []
    for number, (frame, texts) in enumerate(zip(frames, wanted), 1):
        problems += [f'frame {number}: no "{text}"' for text in texts if text not in frame]
        if 'Malformed' in frame:
            problems.append(f'frame {number} is malformed')
    for problem in problems:
        print(problem)
    print(f'{len(frames)} frames, {len(problems)} problems')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
