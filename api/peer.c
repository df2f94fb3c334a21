/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/peer.h"

#include <pwd.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define PASSWORD_FILE "/etc/passwd"

static bool find_name(uid_t uid, char name[static API_PRINCIPAL_MAX])
{
	np_auto(np_fclose) FILE *file = fopen(PASSWORD_FILE, "re");
	char buffer[1024];
	struct passwd entry, *found;

	while (file && fgetpwent_r(file, &entry, buffer, sizeof buffer, &found) == 0) {
		if (found->pw_uid != uid)
			continue;
		return snprintf(name, API_PRINCIPAL_MAX, "%s", found->pw_name) < API_PRINCIPAL_MAX;
	}
	return false;
}

void api_peer_name(int fd, char ret_name[static API_PRINCIPAL_MAX])
{
	struct ucred peer = { .uid = (uid_t)-1 };
	int family = AF_UNSPEC;
	socklen_t family_len = sizeof family, peer_len = sizeof peer;

	(void)snprintf(ret_name, API_PRINCIPAL_MAX, "unknown");
	/* On TCP the second call succeeds as well, with nonsense: ask for the family first. */
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &family_len) < 0 || family != AF_UNIX)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) < 0 || peer.uid == (uid_t)-1)
		return;
	if (peer.uid == 0)
		(void)snprintf(ret_name, API_PRINCIPAL_MAX, "root");
	else if (!find_name(peer.uid, ret_name))
		(void)snprintf(ret_name, API_PRINCIPAL_MAX, "uid:%u", peer.uid);
}
