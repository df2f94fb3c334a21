#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints data/npivd.conf: every option of npivd with its default, commented out.
# Usage: example-conf.sh NPIVD
set -eu

cat <<'TEXT'
# SPDX-License-Identifier: LGPL-2.1-or-later
# npivd's configuration, /etc/npivd/npivd.conf. Every option stands here with its default; take the '#' away to change
# it. Files in npivd.conf.d/ are read after this one, in the order of their names. npivd --print-config shows what
# holds; npivd.conf(5) tells more. Changes of paths and of the host's name need a restart, all others a reload.

TEXT
"$1" --config /dev/null --print-config | sed -e 's/^host = .*/host = /' -e '/^[^#[]/s/^/#/' -e 's/ $//'
