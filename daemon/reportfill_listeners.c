/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of the gateway itself, and whether the policy knows them (R18). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/procsock.h"
#include "procowner.h"
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

/* Several sockets of one place are one listener. */
static bool begins_place(const struct procsocks *sockets, size_t i)
{
	return i == 0 || !procsock_is_same(&sockets->items[i - 1], &sockets->items[i]);
}

static void fill_one(
	struct report *report, const struct policy *policy, const struct procsock *socket)
{
	struct report_listeners *listeners = &report->listeners;
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

/* ---- whose they are ---- */

struct naming {
	struct report *report;
	const struct procsocks *sockets;
};

/* The same program may have it open in several processes. */
static void add_program(
	struct report *report, struct report_listener *item, const struct procowner *owner)
{
	const char *text = owner->program[0] != '\0'
				   ? report_print(report, "%s (%s)", owner->comm, owner->program)
				   : report_keep(report, owner->comm);

	if (!item->program)
		item->program = text;
	else if (!strstr(item->program, text))
		item->program = report_print(report, "%s, %s", item->program, text);
}

static void name_owner(uint64_t inode, const struct procowner *owner, void *data)
{
	const struct naming *naming = data;
	struct report_listeners *listeners = &naming->report->listeners;
	size_t places = 0;

	for (size_t i = 0; i < naming->sockets->count; i++) {
		places += begins_place(naming->sockets, i);
		if (naming->sockets->items[i].inode == inode && places <= listeners->count)
			add_program(naming->report, &listeners->items[places - 1], owner);
	}
}

static void fill(
	struct report *report, const struct policy *policy, const struct procsocks *sockets)
{
	struct naming naming = { report, sockets };
	bool whole = false;

	for (size_t i = 0; i < sockets->count; i++)
		if (begins_place(sockets, i))
			fill_one(report, policy, &sockets->items[i]);
	report->listeners.programs_read =
		procowner_each("/proc", name_owner, &naming, &whole) == 0 && whole;
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
