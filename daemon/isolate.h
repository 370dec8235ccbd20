/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Isolating in an emergency: one short way from a name to the kernel, which needs CAP_NET_ADMIN and
 * nothing else; no configuration, no daemon, no answer from anybody. hedated goes the same way for
 * those who are not root, the guard at boot.
 *
 * What is isolated is dropped by the kernel first and kept on disk then; what is released is taken
 * from the disk first. So whatever happens in between, nothing is open that was isolated.
 */
#ifndef HEDATE_ISOLATE_H
#define HEDATE_ISOLATE_H

#include "../lib/diag.h"
#include "../lib/isolation.h"
#include "ctlproto.h"

struct nlsock;

enum isolate_action {
	ISOLATE_ZONE_OR_PEER, /* zone, interface, address, network, MAC address */
	ISOLATE_DEVICE,	      /* only the last three */
	ISOLATE_RELEASE,      /* any of them */
	ISOLATE_RELEASE_ALL,
	ISOLATE_ACTIONS,
};

struct isolate_request {
	enum isolate_action action;
	const char *target; /* as it was typed; unused for RELEASE_ALL */
	const char *reason;
	uint32_t uid;
	const char *user;
};

/* What became of it. */
struct isolate_result {
	struct isolation isolation; /* as it is now, with what the kernel has counted */
	uint64_t before;	    /* numbers past this one are what was done now */
	bool matches; /* the kernel was read back, and has what the list says, and nothing else */
};
void isolate_result_clear(struct isolate_result *result);

/*
 * Do it. EXIT_OK: done, and read back; also when nothing had to be done. EXIT_USAGE: there is no
 * such target, diags says what was meant. EXIT_FAILED: diags says what was done and what was not:
 * it may be in force and not on disk. result is filled in every case.
 */
enum exit_code isolate_run(const char *config_file, const struct isolate_request *request,
	struct diag_list *diags, struct isolate_result *ret_result);

/* The list as it is, and what the kernel has counted. EXIT_OK; EXIT_DIFFERS: the kernel has
 * something else; EXIT_FAILED. */
enum exit_code isolate_read(
	const char *config_file, struct diag_list *diags, struct isolate_result *ret_result);

/* What was wrong with what the kernel had. */
enum isolate_change {
	ISOLATE_UNCHANGED,
	ISOLATE_INTERFACES, /* only that there are other interfaces than it was made for */
	ISOLATE_RESTORED,
};

/*
 * Put the list into the kernel, over this socket, and read it back: at boot, when somebody took it
 * away, when there are other interfaces. EXIT_OK, also when nothing is isolated and the kernel has
 * no such table; EXIT_FAILED: diags says why, and *ret_why in one word ("isolation-broken",
 * "isolation-refused").
 */
enum exit_code isolate_load(struct nlsock *socket, const char *config_file, struct diag_list *diags,
	struct isolation *ret_isolation, enum isolate_change *ret_change, const char **ret_why);

#endif
