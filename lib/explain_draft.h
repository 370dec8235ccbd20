/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A path that does not stand in the configuration yet, with all that it needs there: as a path to
 * be judged, and as text. Internal to explain. */
#ifndef HEDATE_EXPLAIN_DRAFT_H
#define HEDATE_EXPLAIN_DRAFT_H

#include "conf_insert.h"
#include "explain_change.h"

#define DRAFT_FROM 0
#define DRAFT_TO   1

enum draft_specified {
	DRAFT_NOT_SPECIFIED,
	DRAFT_PUBLIC_BODY,
	DRAFT_ATTESTED,
};

/* An end: a host that there is, one to be declared, or an address. */
struct draft_end {
	bool gateway;
	struct addr addr;
	const struct policy_host *host; /* that has the address, or NULL */
	bool wants_mac;
	bool next_hop; /* it is behind a router */
	enum host_role wants_role;
	char name[POLICY_NAME_MAX + 1]; /* as the path names it */
};

struct draft {
	const struct explain *explain;
	struct calendar_date today;
	enum path_direction direction;
	char name[POLICY_NAME_MAX + 1];
	struct draft_end ends[2];
	const struct policy_service *service; /* that says just this, or NULL */
	char service_name[POLICY_NAME_MAX + 1];
	enum sanitize sanitize;
	enum draft_specified specified;
	bool breakout;
	char breakout_name[POLICY_NAME_MAX + 1]; /* "" or that of a new one */
	bool replace_mac;			 /* no path: only the source's MAC is another one */
};

void draft_init(struct draft *draft, const struct explain *explain, struct calendar_date today);
/* An end needs a host in the configuration; it gets a name when it has none. */
void draft_want(struct draft *draft, int index, bool mac, enum host_role role);

/* The policy with what the draft declares, and its path; what they share with the policy is
 * borrowed. draft_shadow_clear() frees the rest. */
struct draft_shadow {
	struct policy policy;
	struct policy_path path;
	struct policy_host *hosts;	 /* owned */
	struct policy_service *services; /* owned */
	struct policy_service_entry entry;
	char attested_on[CALENDAR_TEXT_MAX];
};
/* 0, -EINVAL: an end is in no segment; -ENOMEM. */
int draft_shadow(const struct draft *draft, struct draft_shadow *ret_shadow);
void draft_shadow_clear(struct draft_shadow *shadow);

/* The name of an end, once it is a host; else its address. */
const char *draft_end_text(const struct draft_end *end, char text[ADDR_TEXT_MAX]);
/* Has it to be a host of the configuration? */
bool draft_wants_host(const struct draft_end *end);
/* The zone that the peer of residents' data is in. */
size_t draft_other_zone(const struct draft *draft);
/* A service as "tcp = 443", and a name for it. */
void draft_service_value(
	const struct policy_service_entry *entry, char *text, size_t size, char *name, size_t room);

/* explain_write.c: put it into the text, and what is shown of it into change. 0; -EINVAL, -ENOENT,
 * -ENOMEM. */
int draft_write(const struct draft *draft, struct conf_draft *text, struct explain_change *change);

#endif
