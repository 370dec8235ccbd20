/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the functions that judge share: one for each kind of check, all of the same shape. */
#ifndef HEDATE_JUDGE_IMPL_H
#define HEDATE_JUDGE_IMPL_H

#include "judge.h"
#include "strmap.h"

/* A check of a clause of a document. */
struct judge_rule {
	const struct profile *document;
	const struct profile_clause *clause;
	const struct profile_check *check;
	unsigned int rank; /* of the document: 0 first */
};

/* An address that a host has. */
struct judge_address {
	const struct addr *addr;
	const struct policy_host *host;
};

struct judge {
	const struct policy *policy;
	struct calendar_date today;
	struct judge_rule *rules; /* owned; in the order of their documents and clauses */
	size_t rule_count;
	struct strmap hosts;		 /* → policy.hosts */
	struct judge_address *addresses; /* owned; sorted by address */
	size_t address_count;
	/* While one check is asked alone: its rule, and how much it is about; else NULL. */
	const struct judge_rule *only;
	size_t *concerned;
};

/* Where findings go. */
struct judge_sink {
	judge_visitor visitor;
	void *data;
	/* The strictest that was found of each kind for the subject, by documents before this one
	 * and by this one; CLAUSE_SEVERITIES: nothing. */
	unsigned int before[CHECK_KINDS], now[CHECK_KINDS];
	unsigned int rank; /* of this document */
};

/* What one check is asked about: one of path, observe, segment, host; or none, then the site. */
struct judge_case {
	const struct judge *judge;
	const struct policy *policy;
	const struct judge_rule *rule;
	const struct profile_check *check;
	struct judge_sink *sink;
	const struct policy_path *path;
	const struct policy_observe *observe;
	const struct policy_zone *from, *to; /* of path and observe; NULL: the gateway */
	const struct policy_segment *segment;
	const struct policy_host *host;
	const struct policy_zone *zone; /* of segment and host */
};

/* 0, also after findings; or what judge_report() returned. */
typedef int (*judge_function)(const struct judge_case *c);

int judge_isolation(const struct judge_case *c);
int judge_specified_hosts(const struct judge_case *c);
int judge_specified_service(const struct judge_case *c);
int judge_specified_device(const struct judge_case *c);
int judge_specified_peer(const struct judge_case *c);
int judge_sanitize(const struct judge_case *c);
int judge_sanitizer(const struct judge_case *c);
int judge_screen_transfer(const struct judge_case *c);
int judge_egress(const struct judge_case *c);
int judge_local_breakout(const struct judge_case *c);
int judge_roles(const struct judge_case *c);
int judge_external(const struct judge_case *c);
int judge_line(const struct judge_case *c);
int judge_external_audit(const struct judge_case *c);
int judge_model(const struct judge_case *c);
int judge_device_binding(const struct judge_case *c);

/* Is the case one that its check is about: would it have to keep the clause? */
bool judge_concerns(const struct judge_case *c);

/* A finding of the case's check. fix may be NULL. 0, -ENOMEM, or the visitor's error. */
__attribute__((format(printf, 4, 5))) int judge_report(
	const struct judge_case *c, struct diag_loc loc, const char *fix, const char *format, ...);
/* The same, but at most a warning. */
__attribute__((format(printf, 4, 5))) int judge_remark(
	const struct judge_case *c, struct diag_loc loc, const char *fix, const char *format, ...);

/* The host that an end names, by its name or by one of its addresses; or NULL. */
const struct policy_host *judge_host(const struct judge *judge, const struct policy_end *end);
/* Does an end name one host, by name or address? */
bool judge_is_one_host(const struct judge *judge, const struct policy_end *end);
/* Are all addresses of an end on the link of its segment? */
bool judge_is_on_link(const struct policy *policy, const struct policy_end *end);

/* Does a segment lead to networks that are not on its link? */
bool judge_has_remote(const struct policy_segment *segment);
/* Are all addresses of the case's host on the link of its segment? */
bool judge_host_is_on_link(const struct judge_case *c);

/* Does it lead across the boundary of a zone of kind mynumber? */
bool judge_crosses(const struct policy_zone *from, const struct policy_zone *to);
/* Does it lead between a zone of kind lgwan and one of kind internet? */
bool judge_exchanges(const struct policy_zone *from, const struct policy_zone *to);
/* *ret_outside: does an end hold addresses on the far side of an uplink, cloud taken away? 0, or
 * -ENOMEM. cloud may be NULL. */
int judge_is_outside(const struct policy *policy, const struct policy_end *end,
	const struct addrset *cloud, bool *ret_outside);

#endif
