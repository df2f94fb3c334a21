/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every noun row, by the file that holds it. */
#pragma once

#include "cli/command.h"

extern const struct cli_noun cli_noun_status, cli_noun_doctor, cli_noun_api, cli_noun_completion,
	cli_noun_version, cli_noun_help;
extern const struct cli_noun cli_noun_guest, cli_noun_vport, cli_noun_pool, cli_noun_wwn,
	cli_noun_hba;
extern const struct cli_noun cli_noun_fabric, cli_noun_target, cli_noun_lun, cli_noun_mask,
	cli_noun_alias, cli_noun_zone, cli_noun_zoneset, cli_noun_plan, cli_noun_apply,
	cli_noun_profile;
extern const struct cli_noun cli_noun_op, cli_noun_event, cli_noun_db, cli_noun_hook;
