/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of any bytes: what is taken can be settled, written, and read as a configuration. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf.h"
#include "demand.h"
#include "setup.h"

static void add(struct setup *setup, const char *name, const char *network, const char *behind)
{
	struct setup_interface *interface = setup_add_interface(setup, name, true);
	struct setup_route route = { 0 };
	struct addr_prefix prefix;

	demand(interface && addr_prefix_parse(network, &prefix) == 0 &&
			setup_add_network(interface, &prefix) == 0 &&
			addr_prefix_parse(behind, &route.prefix) == 0 &&
			setup_add_route(interface, &route) == 0,
		"the host");
}

static void check_text(const struct setup *setup)
{
	struct policy *policy = NULL;
	struct diag_list *diags;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	demand(out && diag_list_new(&diags) == 0, "memory");
	setup_write(setup, out);
	fclose(out);
	if (conf_parse(text, length, "made", diags, &policy) < 0) {
		diag_list_print(diags, stderr, false);
		fputs(text, stderr);
		demand(false, "what is written is accepted");
	}
	policy_free(policy);
	diag_list_free(diags);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct diag_list *diags;
	struct setup setup;
	size_t used = 0;
	int r;

	setup_init(&setup);
	add(&setup, "a0", "10.1.0.0/24", "10.0.0.0/8");
	add(&setup, "B1.2", "10.2.0.0/24", "0.0.0.0/0");
	add(&setup, "c2", "fd00:3::/64", "::/0");
	demand(diag_list_new(&diags) == 0, "memory");
	r = setup_read(&setup, (const char *)bytes, length, "answers", diags);
	demand((r == -EINVAL) == (diag_list_count(diags, DIAG_ERROR) > 0), "a refusal says why");
	demand(setup_settle(&setup) == 0, "it can be settled");
	for (size_t i = 0; i < setup.interface_count; i++)
		used += setup.interfaces[i].used;
	/* A profile is in a file of its own, which is not there. */
	setup.profile[0] = setup.model[0] = '\0';
	if (used > 0 && !setup_locked_out(&setup))
		check_text(&setup);
	diag_list_free(diags);
	setup_clear(&setup);
	return 0;
}
