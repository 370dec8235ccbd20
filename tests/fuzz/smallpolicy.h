/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two zones and one path, for the targets that hold what they were given against a policy. */
#ifndef FUZZ_SMALLPOLICY_H
#define FUZZ_SMALLPOLICY_H

#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "demand.h"
#include "diag.h"
#include "policy.h"

static const char configuration[] =
	"site = { name = \"t\"; };\n"
	"zones = ( { name = \"a\"; kind = \"lgwan\"; segments = ( { name = \"a\"; interface = "
	"\"e0\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; } ); },\n"
	"{ name = \"b\"; kind = \"internet\"; segments = ( { name = \"a\"; interface = \"e1\"; "
	"networks = [\"10.2.0.0/24\", \"fd00:2::/64\"]; remote = [\"0.0.0.0/0\", \"::/0\"]; } ); } "
	");\n"
	"hosts = ( { name = \"x\"; address = \"10.1.0.5\"; }, { name = \"y\"; address = "
	"\"10.2.0.5\"; } );\n"
	"services = ( { name = \"s\"; tcp = 443; } );\n"
	"paths = ( { name = \"P\"; from = \"x\"; to = \"y\"; service = \"s\"; reason = \"r\"; } "
	");\n";

static struct policy *make_policy(void)
{
	struct diag_list *diags;
	struct policy *policy = NULL;

	demand(diag_list_new(&diags) == 0, "memory");
	int r = conf_parse(configuration, strlen(configuration), "t", diags, &policy);

	diag_list_print(diags, stderr, false);
	demand(r == 0, "the configuration is valid");
	diag_list_free(diags);
	return policy;
}

#endif
