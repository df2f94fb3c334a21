/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is at the other end of a Unix socket. */
#pragma once

#define API_PRINCIPAL_MAX 64

/*
 * "root", "alice" for users of the local password file, "uid:1000" for others: a directory service
 * could hold up the loop. "unknown" for what is not a Unix socket.
 */
void api_peer_name(int fd, char ret_name[static API_PRINCIPAL_MAX]);
