/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HBAs as the record and the kernel have them together: labels, room, choice. */
#pragma once

#include "fc/value.h"
#include "service/core.h"

/* The fabric's label: the setting, else the fabric that lists this fabric name; "" when unknown. */
void svc_hba_fabric(struct svc *svc, const struct fc_hba *hba, char label[static NP_NAME_MAX]);

/*
 * Bind vHBAs of one guest (@vhbas: all its rows of db_vhbas) to the best HBA, in the record and in the row: @vhba, or
 * each whose HBA cannot be there. svc_place has the rules; -NP_CAPACITY when there is none.
 */
int svc_hba_bind(struct svc *svc, const json_t *vhbas, json_t *vhba, struct np_err *err);
int svc_hba_bind_all(struct svc *svc, json_t *vhbas, struct np_err *err);

/* Binds a vHBA to this HBA, in the record and in the row. */
int svc_hba_bind_to(struct svc *svc, json_t *vhba, uint64_t hba, struct np_err *err);

/* The kernel shows it now: keeps that in the record. */
int svc_hba_note_seen(struct svc *svc, uint64_t wwpn, struct np_err *err);
