/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A town of two zones, and the ways round its rules that were found. */
#ifndef TEST_BYPASS_H
#define TEST_BYPASS_H

#include <stdlib.h>
#include <string.h>

#include "../../lib/bypass.h"
#include "../../lib/compile.h"
#include "../../lib/hostsnap.h"
#include "../../lib/nlsnapshot.h"
#include "fromtext.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

#define TOWN                                                                                       \
	"site = { name = \"t\"; };\n"                                                              \
	"zones = ( { name = \"a\"; kind = \"lgwan\"; segments = ( { name = \"a\"; interface = "    \
	"\"e0\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; } ); },\n"                         \
	"{ name = \"b\"; kind = \"internet\"; segments = ( { name = \"a\"; interface = \"e1\"; "   \
	"networks = [\"10.2.0.0/24\", \"fd00:2::/64\"]; } ); } );\n"                               \
	"hosts = ( { name = \"x\"; address = \"10.1.0.5\"; }, { name = \"y\"; address = "          \
	"\"10.2.0.5\"; } );\nservices = ( { name = \"s\"; tcp = 443; } );\n"                       \
	"paths = ( { name = \"P\"; from = \"x\"; to = \"y\"; service = \"s\"; reason = \"r\"; } "  \
	");\n"

static struct snapshot *snapshot;
static struct bypass_list list;

static inline void judge(void)
{
	bypass_clear(&list);
	ck_assert_int_eq(bypass_judge(snapshot, policy, &list), 0);
}

/* The whole host as it is now, by the way of a file. */
static inline void read_host(void)
{
	struct nlsock *route;
	struct snapshot *read;
	struct json json;

	ck_assert_int_eq(nlsock_open_route(&route), 0);
	ck_assert_int_eq(nlsnapshot_read(sock, route, &read), 0);
	nlsock_close(route);
	json_init(&json);
	snapshot_write(read, &json);
	snapshot_free(read);
	snapshot_free(snapshot);
	ck_assert_int_eq(snapshot_load(json.text, json.length, "s", diags, &snapshot), 0);
	json_clear(&json);
}

/* An item of that name that says so; NULL: there is none. */
static inline const struct bypass_item *find(const char *name, const char *what)
{
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i].name, name) == 0 && strstr(list.items[i].what, what))
			return &list.items[i];
	return NULL;
}

static inline void show(void)
{
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].state != BYPASS_OK)
			printf("%s: %s%s: %s\n", list.items[i].name,
				bypass_state_name(list.items[i].state),
				list.items[i].harmless ? ", harmless" : "", list.items[i].what);
}

static inline void expect(
	const char *name, const char *what, enum bypass_state state, bool harmless)
{
	const struct bypass_item *item = find(name, what);

	if (!item || item->state != state || item->harmless != harmless) {
		show();
		ck_abort_msg("%s: %s", name, what);
	}
	ck_assert_str_ne(item->sentence, "");
	if (!harmless && state != BYPASS_OK)
		ck_assert(!bypass_holds(&list));
}

static inline void expect_only(const char *name, enum bypass_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i].name, name) == 0) {
			count++;
			if (list.items[i].state != state)
				ck_abort_msg("%s: %s", name, list.items[i].what);
		}
	ck_assert_uint_gt(count, 0);
}

static inline void set_up(void)
{
	from_text_set_up();
	parse(TOWN);
}

static inline void tear_down(void)
{
	bypass_clear(&list);
	snapshot_free(snapshot);
	from_text_tear_down();
}

#endif
