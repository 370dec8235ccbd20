/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftload.h"

#include <stdio.h>

#include "../../lib/nlsnapshot.h"
#include "inkernel.h"

struct snapshot *load_rules(const char *rules)
{
	FILE *pipe = popen("nft -f -", "w");
	struct snapshot *snapshot = NULL;

	ck_assert_ptr_nonnull(pipe);
	fprintf(pipe, "flush ruleset\n%s\n", rules);
	ck_assert_msg(pclose(pipe) == 0, "nft does not take: %s", rules);
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &snapshot), 0);
	return snapshot;
}
