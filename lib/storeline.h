/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of the store of configurations that were put in place (daemon/store.h): a line of JSON
 * for each of them, and which of them counts. Both are read strictly: what would not be written in
 * exactly that way is broken.
 */
#ifndef HEDATE_STORELINE_H
#define HEDATE_STORELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "policy.h"

#define STORE_NAME_MAX	 64  /* bytes of a person's name, with the NUL; so are the others */
#define STORE_TICKET_MAX 128 /* of the number of a request in another system */
#define STORE_REASON_MAX 512
#define STORE_BOOT_MAX	 37 /* "0d0f4f4b-..." */
#define STORE_NOBODY	 UINT32_MAX

/* What became of a configuration that was put in place. */
enum store_state {
	STORE_PENDING,	   /* waits to be confirmed, or was when the process ended */
	STORE_CONFIRMED,   /* also when another has taken its place since */
	STORE_ROLLED_BACK, /* was not confirmed */
	STORE_REFUSED,	   /* the kernel did not take it */
	STORE_STATES,
};
const char *store_state_name(enum store_state state); /* "rolled-back" */

struct store_entry {
	uint64_t number;			   /* from 1, growing */
	char revision[POLICY_REVISION_LENGTH + 1]; /* the first digits of the digest */
	uint8_t digest[POLICY_DIGEST_LENGTH];	   /* BLAKE2b-256 of the configuration's bytes */
	int64_t time;				   /* put in place: realtime, seconds */
	uint32_t uid;				   /* who */
	char who[STORE_NAME_MAX];
	uint32_t approver_uid; /* STORE_NOBODY: nobody had to */
	char approver[STORE_NAME_MAX];
	char ticket[STORE_TICKET_MAX];
	char reason[STORE_REASON_MAX];
	uint64_t of; /* its bytes are those of this one: a rollback to it; 0: they are its own */
	bool two_person; /* what it says of changes, see struct policy */
	uint64_t confirm_seconds;
	uint64_t paths;			  /* of it */
	uint64_t added, removed, changed; /* against the one that it replaced */
	enum store_state state;
	int64_t ended; /* when it stopped waiting: realtime, seconds; 0: it did not */
	char ended_by[STORE_NAME_MAX];
};

/* Put a text into a member of an entry: what is not UTF-8 becomes "?", what is too long is cut
 * between characters. NULL is "". */
void store_text(char *place, size_t size, const char *text);

/* One line, with its newline. Its texts must be such as store_text() makes. */
void store_entry_write(struct json *json, const struct store_entry *entry);
/* 0; -EINVAL: broken; -ENOMEM. */
int store_entry_read(const char *line, size_t length, struct store_entry *ret_entry);

/* Which of them counts. */
struct store_current {
	uint64_t confirmed; /* 0: none yet */
	uint64_t pending;   /* 0: none */
	/* Until when that is to be confirmed: seconds of CLOCK_REALTIME, for people to read, and of
	 * CLOCK_BOOTTIME in the boot that is named, which counts. 0: not at all; it was on its way
	 * into place. */
	int64_t deadline, deadline_boot;
	char boot[STORE_BOOT_MAX];
};

#define STORE_CURRENT_MAX 256 /* bytes of the text, with the NUL */
void store_current_write(const struct store_current *current, char text[STORE_CURRENT_MAX]);
/* 0, or -EINVAL: broken. */
int store_current_read(const char *text, size_t length, struct store_current *ret_current);

#endif
