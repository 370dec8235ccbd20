/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostsnap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

static const char *const part_names[HOSTSNAP_PARTS] = {
	[HOSTSNAP_LINKS] = "links",
	[HOSTSNAP_ELSEWHERE] = "elsewhere",
	[HOSTSNAP_ADDRESSES] = "addresses",
	[HOSTSNAP_ROUTES] = "routes",
	[HOSTSNAP_RULES] = "rules",
	[HOSTSNAP_SWITCHES] = "switches",
	[HOSTSNAP_PROXIES] = "proxies",
	[HOSTSNAP_TRAFFIC] = "traffic",
	[HOSTSNAP_XFRM] = "xfrm",
	[HOSTSNAP_IPVS] = "ipvs",
	[HOSTSNAP_XTABLES] = "xtables",
	[HOSTSNAP_HOOKS] = "hooks",
	[HOSTSNAP_BPF] = "bpf",
	[HOSTSNAP_PACKETS] = "packets",
	[HOSTSNAP_KERNEL] = "kernel",
};

const char *hostsnap_part_name(enum hostsnap_part part)
{
	return part_names[part];
}

int hostsnap_new(struct hostsnap **ret_snap)
{
	struct hostsnap *snap = calloc(1, sizeof(*snap));

	if (!snap)
		return -ENOMEM;
	host_init(&snap->host);
	for (unsigned int i = 0; i < HOSTSNAP_PARTS; i++)
		snap->parts[i].error = -ENODATA;
	*ret_snap = snap;
	return 0;
}

static void clear_fact(struct hostsnap_fact *fact)
{
	free(fact->subject);
	free(fact->name);
	free(fact->value);
}

void hostsnap_free(struct hostsnap *snap)
{
	if (!snap)
		return;
	for (unsigned int i = 0; i < HOSTSNAP_PARTS; i++) {
		for (size_t k = 0; k < snap->parts[i].count; k++)
			clear_fact(&snap->parts[i].list[k]);
		free(snap->parts[i].list);
	}
	host_clear(&snap->host);
	free(snap);
}

/* One more, all zero. 0, -E2BIG, -ENOMEM. */
static int grow(struct hostsnap_facts *facts, struct hostsnap_fact **ret_fact)
{
	if (facts->count >= HOSTSNAP_FACTS_MAX)
		return -E2BIG;
	void *list = array_reserve(facts->list, sizeof(*facts->list), facts->count, &facts->room);

	if (!list)
		return -ENOMEM;
	facts->list = list;
	*ret_fact = &facts->list[facts->count++];
	**ret_fact = (struct hostsnap_fact){ 0 };
	return 0;
}

int hostsnap_add(struct hostsnap *snap, enum hostsnap_part part, const char *subject,
	const char *name, const char *value)
{
	struct hostsnap_facts *facts = &snap->parts[part];
	struct hostsnap_fact *fact;
	int r = grow(facts, &fact);

	if (r < 0)
		return r;
	fact->subject = strdup(subject);
	fact->name = strdup(name);
	fact->value = strdup(value);
	if (fact->subject && fact->name && fact->value)
		return 0;
	clear_fact(fact);
	facts->count--;
	return -ENOMEM;
}

const char *hostsnap_value(
	const struct hostsnap *snap, enum hostsnap_part part, const char *subject, const char *name)
{
	const struct hostsnap_facts *facts = &snap->parts[part];

	for (size_t i = 0; facts->error == 0 && i < facts->count; i++)
		if (strcmp(facts->list[i].subject, subject) == 0 &&
			strcmp(facts->list[i].name, name) == 0)
			return facts->list[i].value;
	return NULL;
}

void hostsnap_forget(struct hostsnap *snap, enum hostsnap_part part)
{
	struct hostsnap_facts *facts = &snap->parts[part];

	for (size_t i = 0; i < facts->count; i++)
		clear_fact(&facts->list[i]);
	facts->count = 0;
}
