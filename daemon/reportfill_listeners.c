/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of the gateway itself, and whether the policy knows them (R18). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "../lib/procsock.h"
#include "reportfill.h"

static const struct {
	const char *file;
	uint8_t protocol;
	enum addr_family family;
} files[] = {
	{ "/proc/net/tcp", IPPROTO_TCP, ADDR_IPV4 },
	{ "/proc/net/tcp6", IPPROTO_TCP, ADDR_IPV6 },
	{ "/proc/net/udp", IPPROTO_UDP, ADDR_IPV4 },
	{ "/proc/net/udp6", IPPROTO_UDP, ADDR_IPV6 },
};

/* All of a file that says nothing of its size. */
static int read_file(const char *name, char **ret_text, size_t *ret_length)
{
	FILE *file = fopen(name, "re");
	size_t room = 0, length = 0, got = 1;
	char *text = NULL;
	int r = file ? 0 : -errno;

	while (r == 0 && got > 0) {
		if (length == room) {
			char *grown = realloc(text, room += 1 << 16);

			if (!grown) {
				r = -ENOMEM;
				break;
			}
			text = grown;
		}
		got = fread(text + length, 1, room - length, file);
		length += got;
		if (got == 0 && ferror(file))
			r = -EIO;
	}
	if (file)
		fclose(file);
	if (r < 0)
		free(text);
	*ret_text = r < 0 ? NULL : text;
	*ret_length = length;
	return r;
}

/* A host without IPv6 has no files of it. */
static int read_sockets(struct procsocks *sockets)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t length;
		char *text;
		int r = read_file(files[i].file, &text, &length);

		if (r == -ENOENT && files[i].family == ADDR_IPV6)
			continue;
		if (r == 0)
			r = procsock_read(
				text, length, files[i].protocol, files[i].family, sockets);
		free(text);
		if (r < 0)
			return r;
	}
	procsock_sort(sockets);
	return 0;
}

static bool serves(const struct policy_service *service, const struct procsock *socket)
{
	for (size_t i = 0; i < service->entry_count; i++) {
		const struct policy_service_entry *entry = &service->entries[i];

		if (entry->protocol == socket->protocol &&
			(entry->whole || (entry->ports.first <= socket->port &&
						 socket->port <= entry->ports.last)))
			return true;
	}
	return service->any;
}

static bool is_declared(const struct policy *policy, const struct procsock *socket)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		for (size_t k = 0; path->direction == PATH_INPUT && k < path->service_count; k++)
			if (serves(&policy->services[path->services[k]], socket))
				return true;
	}
	return false;
}

static void fill(
	struct report *report, const struct policy *policy, const struct procsocks *sockets)
{
	struct report_listeners *listeners = &report->listeners;

	for (size_t i = 0; i < sockets->count; i++) {
		const struct procsock *socket = &sockets->items[i];
		struct report_listener *item =
			report_add(report, &listeners->items, &listeners->count, sizeof(*item));
		char address[ADDR_TEXT_MAX];

		if (!item)
			return;
		addr_format(socket->addr.family, socket->addr.bytes, address);
		item->protocol = socket->protocol == IPPROTO_TCP ? "tcp" : "udp";
		item->address = report_keep(report, address);
		item->port = socket->port;
		item->declared = is_declared(policy, socket);
	}
}

void reportfill_listeners(struct report *report, const struct reportfacts *facts)
{
	struct procsocks sockets = { .items = NULL };
	int r;

	if (!facts->live) {
		report_unread(
			report, &report->listeners.source, _("a snapshot does not tell of them"));
		return;
	}
	r = read_sockets(&sockets);
	if (r < 0) {
		report_unread(report, &report->listeners.source, errtext(r));
	} else {
		fill(report, facts->policy, &sockets);
		report_read(&report->listeners.source, 0);
	}
	procsock_clear(&sockets);
}
