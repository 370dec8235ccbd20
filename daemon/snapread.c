/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapread.h"

#include <errno.h>

#include "../lib/nlsnapshot.h"

static int read_kernel(struct snapshot **ret_snapshot)
{
	struct nlsock *socket = NULL, *route = NULL;
	int r = nlsock_open(&socket);

	if (r == 0)
		r = nlsock_open_route(&route);
	if (r == 0)
		r = nlsnapshot_read(socket, route, ret_snapshot);
	nlsock_close(route);
	nlsock_close(socket);
	return r;
}

int snapread(char **ret_text, size_t *ret_length)
{
	struct snapshot *snapshot = NULL;
	struct json json;
	int r = read_kernel(&snapshot);

	if (r < 0)
		return r;
	json_init(&json);
	snapshot_write(snapshot, &json);
	json_newline(&json);
	snapshot_free(snapshot);
	if (json.failed) {
		json_clear(&json);
		return -ENOMEM;
	}
	*ret_text = json.text;
	*ret_length = json.length;
	return 0;
}
