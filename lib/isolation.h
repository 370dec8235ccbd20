/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is isolated: the interfaces of a zone, an interface, an address or a network, a device by
 * its MAC address. Nothing passes to or from it, whatever the policy permits. Nothing here knows
 * of files, clocks or the kernel.
 *
 * The list is a text, one entry a line, its fields with one tab between:
 *
 *	hedate isolation 1
 *	<number> <kind> <target> <zone> <uid> <user> <time> <reason>
 *	... and of one that was released also:
 *	<number> <uid> <user> <time> <reason> <packets> <bytes>
 *	end <entries>
 *
 * Numbers count both, isolating and releasing, from 1, and only grow; time is Unix time in seconds;
 * zone is "" for what was not isolated as a part of one; packets and bytes are what was kept from
 * passing. A text that does not end in its last line is torn; one line that is not valid makes the
 * list broken, for what it does not say may have been isolated.
 */
#ifndef HEDATE_ISOLATION_H
#define HEDATE_ISOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addrset.h"
#include "policy.h"
#include "ruleset.h"

#define ISOLATION_TABLE	      "hedate-isolate"
#define ISOLATION_COUNTER     "isolation-" /* and the entry's number */
#define ISOLATION_COUNTER_MAX (sizeof(ISOLATION_COUNTER) + 20)
#define ISOLATION_IN_FORCE    256 /* entries, at most */
#define ISOLATION_RELEASED    100 /* that are kept; older ones are forgotten */
#define ISOLATION_USER_MAX    64  /* with NUL */
#define ISOLATION_REASON_MAX  256 /* bytes, with NUL */
#define ISOLATION_TARGET_MAX  ADDR_TEXT_MAX

enum isolation_kind {
	ISOLATION_INTERFACE,
	ISOLATION_ADDRESS, /* or network */
	ISOLATION_DEVICE,  /* MAC address */
	ISOLATION_KINDS,
};

const char *isolation_kind_name(enum isolation_kind kind); /* "interface", for files and JSON */

struct isolation_target {
	enum isolation_kind kind;
	char text[ISOLATION_TARGET_MAX]; /* in one form: equal targets have equal texts */
	struct addr_prefix prefix;	 /* ADDRESS */
	uint8_t mac[MAC_LENGTH];	 /* DEVICE */
};

/* Who did it, when and why. */
struct isolation_step {
	uint64_t number; /* 0: it was not done */
	uint32_t uid;
	char user[ISOLATION_USER_MAX];
	int64_t time;
	char reason[ISOLATION_REASON_MAX];
};

struct isolation_entry {
	struct isolation_target target;
	char zone[POLICY_NAME_MAX + 1]; /* whose part it was isolated as, or "" */
	struct isolation_step isolated, released;
	uint64_t packets, bytes; /* that did not pass; known of what is in force by the kernel */
};

/* All zero is an empty list. */
struct isolation {
	struct isolation_entry *entries; /* in the order of their numbers */
	size_t count;
	uint64_t last; /* the highest number given so far */
};

void isolation_clear(struct isolation *isolation); /* frees; it is empty afterwards */

/* What a person names: a MAC address, an address or a prefix, else an interface. 0; -EINVAL for
 * none of them; -EDOM for a prefix with host bits, *ret_target is then the one that was meant. */
int isolation_target_parse(const char *text, struct isolation_target *ret_target);

/* May it stand in the list? Printable UTF-8 that is not too long. */
bool isolation_reason_ok(const char *reason);

bool isolation_in_force(const struct isolation_entry *entry);
void isolation_counter_name(const struct isolation_entry *entry, char name[ISOLATION_COUNTER_MAX]);
size_t isolation_count(const struct isolation *isolation);   /* of those in force */
size_t isolation_devices(const struct isolation *isolation); /* of these, the devices */
/* The entry in force of this target, NULL for none. */
struct isolation_entry *isolation_find(
	const struct isolation *isolation, const struct isolation_target *target);

/* Add one. step->number is set. *ret_entry is valid until the next call. 0; -EEXIST: it is in
 * force already (*ret_entry); -ENOSPC: ISOLATION_IN_FORCE; -ENOMEM. */
int isolation_add(struct isolation *isolation, const struct isolation_target *target,
	const char *zone, const struct isolation_step *step, struct isolation_entry **ret_entry);
/* Release an entry of the list; the oldest that was released may be forgotten for it. */
void isolation_release(struct isolation *isolation, struct isolation_entry *entry,
	const struct isolation_step *step);
/* Forget the oldest that were released, past ISOLATION_RELEASED. */
void isolation_trim(struct isolation *isolation);

/* Read a text. 0; -EINVAL: *ret_line is the line that is wrong, those before it are in
 * *ret_isolation; -ENOMEM. The caller clears it in every case. */
int isolation_parse(
	const char *text, size_t length, struct isolation *ret_isolation, unsigned int *ret_line);
/* The text of a list, the caller's. 0, or -ENOMEM. */
int isolation_format(const struct isolation *isolation, char **ret_text, size_t *ret_length);

/* One line of it, without its end; and back. Of parse: 0, or -EINVAL; line is changed. */
#define ISOLATION_LINE_MAX 2048 /* bytes, with NUL */
void isolation_entry_format(const struct isolation_entry *entry, char line[ISOLATION_LINE_MAX]);
int isolation_entry_parse(char *line, struct isolation_entry *ret_entry);

/* isolation_rules.c: the table of what is in force; its chains are there with no entry as well.
 * 0, or -ENOMEM. */
int isolation_rules(const struct isolation *isolation, struct ruleset **ret_ruleset);
/* What to add to a table that has other entries already, and keeps them: no sets, which could have
 * them in another way. 0, or -ENOMEM. */
int isolation_rules_beside(const struct isolation *isolation, struct ruleset **ret_ruleset);

/* isolation_frames.c: the table of family netdev, which drops what leaves to a device in force, or
 * of one, by any of these interfaces (count of them, names). Both as above. */
#define ISOLATION_FRAMES_CHAIN "egress-" /* and the interface's name */
int isolation_frame_rules(const struct isolation *isolation, const char *const *interfaces,
	size_t count, struct ruleset **ret_ruleset);
int isolation_frame_rules_beside(const struct isolation *isolation, const char *const *interfaces,
	size_t count, struct ruleset **ret_ruleset);

#endif
