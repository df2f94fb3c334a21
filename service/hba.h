/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HBAs as the record and the kernel have them together: labels, room, choice. */
#pragma once

#include "fc/value.h"
#include "service/core.h"

/* The fabric's label: the setting, else the fabric that lists this fabric name; "" when unknown. */
void svc_hba_fabric(struct svc *svc, const struct fc_hba *hba, char label[static NP_NAME_MAX]);

/* Chooses the HBA for a vHBA (row of db_vhbas); svc_place has the rules. */
int svc_hba_choose(struct svc *svc, const json_t *vhba, uint64_t *ret_hba, struct np_err *err);

/* The kernel shows it now: keeps that in the record. */
int svc_hba_note_seen(struct svc *svc, uint64_t wwpn, struct np_err *err);
