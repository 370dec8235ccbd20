/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A first configuration: the interfaces, networks and routes of a host and a few answers → text
 * that conf.h reads. What is not answered stays blocked. Pure: where the facts come from, and how
 * the questions are asked, is others' affair (hostnet.h, initask.h).
 *
 *	setup_add_interface() ... facts → setup_set() ... answers → setup_settle() → setup_write()
 */
#ifndef HEDATE_SETUP_H
#define HEDATE_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "addrset.h"
#include "diag.h"
#include "policy.h"

#define SETUP_INTERFACES_MAX 256 /* as many as a policy has segments */
#define SETUP_SSH_MAX	     8	 /* addresses that ssh comes from */

/* A network behind a router on the interface; of length 0: everything that nothing else has. */
struct setup_route {
	struct addr_prefix prefix;
	uint32_t metric;
};

struct setup_interface {
	char name[POLICY_IFNAME_MAX + 1];
	bool up;
	/* From the host. */
	struct addr_prefix *networks; /* owned; of its own addresses */
	size_t network_count;
	struct setup_route *routes; /* owned */
	size_t route_count;
	/* Answered. Texts are UTF-8, "" when not given. */
	bool used; /* else it stays blocked */
	enum zone_kind kind;
	char label[POLICY_LABEL_MAX + 1];
	char owner[POLICY_LABEL_MAX + 1]; /* of the networks behind it */
	char permission[POLICY_LABEL_MAX + 1], survey[POLICY_LABEL_MAX + 1];
	enum line_type line;
	char encryption[POLICY_LABEL_MAX + 1];
	/* From setup_settle(). */
	struct addrset on_link[ADDR_FAMILIES], remote[ADDR_FAMILIES];
	bool rest[ADDR_FAMILIES];	   /* everything else is behind it */
	bool rest_left_out[ADDR_FAMILIES]; /* it is, but not in a zone of kind internet */
	bool remote_left_out;		   /* whose it is was not answered, and a profile asks */
	bool taken;			   /* blocked: its networks are those of another */
};

struct setup {
	char site[POLICY_NAME_MAX + 1];
	char label[POLICY_LABEL_MAX + 1];
	char profile[POLICY_NAME_MAX + 1], model[POLICY_NAME_MAX + 1]; /* or "" */
	struct addr ssh[SETUP_SSH_MAX];
	size_t ssh_count;
	uint16_t ssh_port; /* of the gateway */
	struct setup_interface *interfaces;
	size_t interface_count;
};

void setup_init(struct setup *setup);
void setup_clear(struct setup *setup);

/* ---- facts ---- */

/* Valid until the next one is added. NULL: out of memory, or too many. */
struct setup_interface *setup_add_interface(struct setup *setup, const char *name, bool up);
struct setup_interface *setup_find_interface(const struct setup *setup, const char *name);
/* One that is there already, or that no host of a segment can have, is left out. 0, or -ENOMEM. */
int setup_add_network(struct setup_interface *interface, const struct addr_prefix *prefix);
int setup_add_route(struct setup_interface *interface, const struct setup_route *route);
/* The interface that packets to this address leave by, NULL for none. */
struct setup_interface *setup_way_to(const struct setup *setup, const struct addr *addr);

/* ---- answers ---- */

/*
 * Answer one question. interface is NULL for those of the whole site. Keys, and what they take:
 *	site, profile, model	a name; the last two may be ""
 *	label			text, of the site or an interface
 *	ssh			addresses with commas, or "none"
 *	interface		a kind of zone, or "none"
 *	owner, permission, survey, encryption	text, of what is behind an interface
 *	line			"dedicated", "lgwan", "vpn", "internet" or ""
 * 0, or -EINVAL with why, translated; nothing is changed then.
 */
int setup_set(struct setup *setup, const char *key, struct setup_interface *interface,
	const char *value, const char **ret_why);

/* Read answers, one a line: "site = aobano", "interface eth1 = lgwan", "# a comment". 0; -EINVAL
 * with findings; -ENOMEM. */
int setup_read(struct setup *setup, const char *text, size_t length, const char *name,
	struct diag_list *diags);

/* ---- the configuration ---- */

/* Find out what can be written. An address that ssh comes from and that is only reached by the way
 * to everything else becomes a network behind its interface. 0, or -ENOMEM. */
int setup_settle(struct setup *setup);
/* The first address of ssh that is behind no interface in a zone; NULL: there is none. */
const struct addr *setup_locked_out(const struct setup *setup);
/* Write it, with comments in the reader's language. */
void setup_write(const struct setup *setup, FILE *out);

#endif
