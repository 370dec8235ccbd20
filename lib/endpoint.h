/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an end of a path stands for: a name of the policy, an address or a network → addresses of
 * segments. Nothing here knows where the text was written: in the configuration, or in a request.
 */
#ifndef HEDATE_ENDPOINT_H
#define HEDATE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "addrset.h"
#include "diag.h"
#include "policy.h"

/* Who asks, and where findings go. */
struct endpoint_query {
	const struct policy *policy;
	struct diag_list *diags;
	struct diag_loc loc;
	const char *subject; /* a finding begins with it: 'path "F03"' */
	bool incomplete;     /* networks of segments are missing: that an address is in none of them
			      * is no finding */
};

/*
 * Resolve a host, a network, a cloud of local breakout, a segment, a zone, an address or a prefix.
 * 0, *ret_end (empty before) has its text and its parts; no parts after a finding. -ENOMEM. The
 * caller clears the end either way (policy_end_clear()).
 */
int endpoint_resolve(
	const struct endpoint_query *query, const char *text, struct policy_end *ret_end);

/* The steps of it; each adds parts. 0, also after a finding, or -ENOMEM. */
int endpoint_add_zone(const struct policy *policy, size_t index, struct policy_end *end);
int endpoint_add_segment(const struct policy *policy, size_t index, struct policy_end *end);
int endpoint_add_host(const struct policy_host *host, struct policy_end *end);
/* A set of addresses in one segment. */
int endpoint_add_sets(
	struct policy_end *end, size_t segment, const struct addrset sets[ADDR_FAMILIES]);
int endpoint_add_literal(
	const struct endpoint_query *query, const char *text, struct policy_end *end);

/* Does it look like an address? Names never hold '/' or ':', nor begin with a digit. */
bool endpoint_is_literal(const char *text);
/* Parse a network. False after a finding, but true when it is clear what was meant. */
bool endpoint_prefix(
	const struct endpoint_query *query, const char *text, struct addr_prefix *ret_prefix);
/* The segment that all of a range lies in. segment_count after a finding, which calls it text. */
size_t endpoint_segment_of(const struct endpoint_query *query, const char *text,
	enum addr_family family, const struct addr_range *range);
/* Say that nothing is called so; best is what may have been meant, or NULL. */
void endpoint_refuse_name(const struct endpoint_query *query, const char *text, const char *best);

#endif
