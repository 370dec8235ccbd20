/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration's reader on any bytes. What it accepts must be a policy that can be compiled;
 * what it refuses must have said why, at a place that exists.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "demand.h"

static void check_end(const struct policy *policy, const struct policy_end *end, bool wanted)
{
	demand((end->part_count > 0) == wanted, "an end has parts, the gateway has none");
	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *part = &end->parts[i];
		demand(part->segment < policy->segment_count, "a part is in a segment");
		for (int family = 0; family < ADDR_FAMILIES; family++)
			for (size_t j = 0; j < part->addresses[family].count; j++)
				demand(addrset_covers(
					       &policy->segments[part->segment].source[family],
					       &part->addresses[family].ranges[j]),
					"a part's addresses are its segment's");
	}
}

static void check_policy(const struct policy *policy)
{
	char text[64];
	demand(policy->site[0] != '\0' && policy->zone_count > 0, "there is a site with zones");
	for (size_t i = 0; i < policy->segment_count; i++)
		demand(policy->segments[i].interface[0] != '\0', "a segment has an interface");
	for (size_t i = 0; i < policy->host_count; i++)
		demand(policy->hosts[i].segment < policy->segment_count, "a host is somewhere");
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		check_end(policy, &path->from, path->direction != PATH_OUTPUT);
		check_end(policy, &path->to, path->direction != PATH_INPUT);
		demand(path->service_count > 0, "a path has services");
		policy_path_service_text(policy, path, text, sizeof(text));
		demand(text[0] != '\0', "which can be shown");
	}
}

/* A caret must point into its line. */
static void check_places(const struct diag_list *diags, const char *bytes, size_t length)
{
	unsigned int lines = 1;
	for (size_t i = 0; i < length; i++)
		lines += bytes[i] == '\n';
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		const struct diag *finding = diag_list_get(diags, i);
		demand(finding->loc.line <= lines, "a finding is in the file");
		demand(finding->message[0] != '\0', "and says something");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct diag_list *diags;
	struct policy *policy = NULL;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!nowhere || diag_list_new(&diags) < 0)
		abort();
	int r = conf_parse((const char *)bytes, length, "fuzz.conf", diags, &policy);
	bool errors = diag_list_count(diags, DIAG_ERROR) > 0;
	demand(r == 0 || r == -EINVAL, "it is valid or it is not");
	demand((r == 0) == !errors, "errors are told, and only errors refuse");
	demand((r == 0) == (policy != NULL), "a policy comes out when it is valid");
	if (policy)
		check_policy(policy);
	check_places(diags, (const char *)bytes, length);
	diag_list_print(diags, nowhere, true);
	diag_list_print_json(diags, nowhere);
	policy_free(policy);
	diag_list_free(diags);
	return 0;
}
