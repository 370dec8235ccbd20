/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest change of a configuration that would let a blocked packet pass; or why the site's
 * security policy never would.
 *
 * It is looked for with the profile's own judge: what it refuses of a plain path says what is
 * missing (a MAC, an attestation, a method, a device), until it refuses nothing or nothing helps.
 * What is found is put into the configuration's text, read as any configuration is, compiled, and
 * tried with the packet: only what then lets it pass is a change.
 *
 * Facts that nobody has stated stand in what is shown as "<...>"; tried was the change with values
 * in their place.
 */
#ifndef HEDATE_EXPLAIN_CHANGE_H
#define HEDATE_EXPLAIN_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "calendar.h"
#include "explain.h"

/* What must be known, or be so, before the change may be made. */
enum explain_fact {
	FACT_REASON,	  /* why it is needed */
	FACT_MAC,	  /* a host's MAC address */
	FACT_ROUTER_MAC,  /* the MAC address of the router that a host is behind */
	FACT_REPLACED,	  /* the device was replaced: the new one has this MAC address */
	FACT_ATTESTED,	  /* the peer does not reach the Internet; who says so, since when */
	FACT_PUBLIC_BODY, /* the peer is a public body's system, reached through LGWAN */
	FACT_MAIL_TEXT,	  /* it carries mail, made text */
	FACT_SCREEN,	  /* it carries a screen */
	FACT_FILES,	  /* it carries files, made harmless */
	FACT_SANITIZER,	  /* a host is a device that makes data harmless */
	FACT_VDI,	  /* a host is one whose screen is shown */
	FACT_BREAKOUT,	  /* the peer is a cloud that is gone to directly */
	FACT_COUNT,
};
const char *explain_fact_name(enum explain_fact fact); /* "mac" */

#define EXPLAIN_EDITS_MAX    8
#define EXPLAIN_REFUSALS_MAX 16

struct explain_edit {
	const char *list;  /* where: "paths", "hosts", "gateway.input" */
	unsigned int line; /* of the changed text, on which it begins */
	bool member;	   /* of a host that is there; else a new element of the list */
	char *text;	   /* to add; owned */
};

/* A fact, and of which address; "" for one of the path itself. */
struct explain_needed {
	enum explain_fact fact;
	char address[ADDR_TEXT_MAX];
};

/* What keeps it from being permitted. Texts are owned. */
struct explain_refusal {
	const struct profile *document;	     /* NULL: the configuration itself refuses it */
	const struct profile_clause *clause; /* of document */
	const char *asks;		     /* what the clause asks for; "" */
	char *message;
	bool plain; /* of a path with nothing added to it */
	bool last;  /* nothing helps against it */
};

struct explain_change {
	bool tried; /* for what was blocked for such a reason, there may be a change */
	bool found;
	struct explain_edit edits[EXPLAIN_EDITS_MAX];
	size_t edit_count;
	struct explain_needed needed[EXPLAIN_EDITS_MAX];
	size_t needed_count;
	struct explain_refusal refusals[EXPLAIN_REFUSALS_MAX]; /* when none was found */
	size_t refusal_count;
	char *assertions; /* names of those that then would no longer hold, or NULL; owned */
};

/* Reads a configuration as hedated would: conf_read_bytes(). */
typedef int (*explain_reader)(const char *bytes, size_t length, struct diag_list *diags,
	struct policy **ret_policy, void *data);

/* The configuration that the policy was read from, and how to read another. */
struct explain_source {
	const char *bytes;
	size_t length;
	explain_reader read;
	void *data;
	struct calendar_date today;
};

/* Look for it. 0 whatever was found, to be cleared; -ENOMEM. */
int explain_find_change(const struct explain *explain, const struct explain_source *source,
	struct explain_change *ret_change);
void explain_change_clear(struct explain_change *change);

#endif
