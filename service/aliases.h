/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each alias of a fabric named when it was last right. An alias that moves is told of until somebody takes it back or
 * adopts it, however often npivd looks or is started again.
 */
#pragma once

#include "service/fabric.h"

/* {"defined": {"aliases", "zones"}} to compare the switch with; NULL: nothing is known yet. A new object. */
json_t *svc_aliases_before(struct svc_fabric *fabric);

/* After a look: what the switch has is right, but for the aliases in @findings. */
int svc_aliases_looked(struct svc_fabric *fabric, const json_t *findings, struct np_err *err);

/* What the switch has by this name is right. */
int svc_aliases_accept(struct svc_fabric *fabric, const char *name, struct np_err *err);

/* These changes were made or taken back by npivd: what the switch has of them is right. */
int svc_aliases_changed(struct svc_fabric *fabric, const json_t *changes, struct np_err *err);
