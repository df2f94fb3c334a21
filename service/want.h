/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the records want of a fabric's zones: "desired" of docs/ZONING.md, and who owns which WWPN. */
#pragma once

#include "service/core.h"

/* The target ports on @fabric that the guest is to reach: rows of db_targets. */
int svc_want_targets(struct svc *svc, const json_t *guest, const char *fabric, json_t **ret_targets,
	struct np_err *err);

/* Whose rules of names the zones of a fabric (a row of db_fabrics) keep to. */
const char *svc_want_vendor(const json_t *fabric);

enum svc_want_mode {
	SVC_WANT_GUEST,	  /* this guest's zones are there */
	SVC_WANT_NOTHING, /* this guest's zones are gone */
};

/* Of one guest: nothing else is changed by a plan made from it. */
int svc_want_guest(struct svc *svc, const char *guest_id, const char *fabric,
	enum svc_want_mode mode, json_t **ret_desired, struct np_err *err);

/* Of the whole fabric: all guests that are started or have zones there, and the recorded zones and aliases. */
int svc_want_all(struct svc *svc, const char *fabric, json_t **ret_desired, struct np_err *err);

/* {WWPN: GUEST UUID} of all vHBAs of the fabric, both sets. */
int svc_want_owners(struct svc *svc, const char *fabric, json_t **ret_owners, struct np_err *err);

/* [[WWPN in use, TARGET]...] that the guest needs on the fabric. */
int svc_want_pairs(struct svc *svc, const json_t *guest, const char *fabric, json_t **ret_pairs,
	struct np_err *err);
