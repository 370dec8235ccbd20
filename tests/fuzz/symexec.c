/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots of any content, decided within a small budget: it ends, what passes for sure may pass,
 * and a packet of the set ends its way as the set says, or less surely.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../lib/diag.h"
#include "../../lib/symexec.h"
#include "demand.h"

static int ignore_step(const struct sym_step *step, void *data)
{
	(void)step, (void)data;
	return 0;
}

static void check_way(struct symexec *exec, enum sym_way way)
{
	bdd_node may = symexec_may_pass(exec, way), must = symexec_must_pass(exec, way);
	struct bdd *bdd = hdrspace_bdd(symexec_space(exec));
	struct hdr_packet packet = { { 0 } };
	struct sym_end end;

	if (may == BDD_NONE || must == BDD_NONE)
		return;
	bdd_node neither = bdd_diff(bdd, must, may);

	demand(neither == BDD_EMPTY || neither == BDD_NONE, "what passes for sure may pass");
	if (hdrspace_pick(symexec_space(exec), must, &packet) &&
		symexec_trace(exec, way, &packet, ignore_step, NULL, &end) == 0)
		demand(end.may_pass, "its way ends as the set says");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct bdd_budget budget = { .nodes = 20000, .steps = 100000 };
	struct snapshot *snapshot = NULL;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return 0;
	if (snapshot_load((const char *)bytes, length, "fuzz", diags, &snapshot) == 0)
		for (unsigned int world = 0; world < PKT_WORLDS; world++) {
			struct symexec *exec = NULL;

			if (symexec_new(snapshot, world, &exec) == 0 &&
				symexec_run(exec, &budget) == 0)
				for (unsigned int way = 0; way < SYM_WAYS; way++)
					check_way(exec, way);
			symexec_free(exec);
		}
	snapshot_free(snapshot);
	diag_list_free(diags);
	return 0;
}
