/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a snapshot: what is loaded is written as it would be loaded again, and judged. */
#include <string.h>

#include "bypass.h"
#include "compile.h"
#include "ctaudit.h"
#include "snapshot.h"

#include "demand.h"
#include "smallpolicy.h"

static void check(const struct snapshot *snapshot, const struct policy *policy)
{
	struct bypass_list list;
	struct ctaudit audit;

	demand(bypass_judge(snapshot, policy, &list) == 0, "memory");
	demand(list.count >= 20 && list.count <= BYPASS_ITEMS_MAX, "each kind has an item");
	for (size_t i = 1; i < list.count; i++)
		demand(list.items[i - 1].name == list.items[i].name ||
				strcmp(list.items[i - 1].name, list.items[i].name) != 0,
			"kind by kind");
	bypass_clear(&list);
	demand(ctaudit_judge(snapshot, policy, &audit) == 0, "memory");
	demand(audit.marked <= audit.entries, "marked ones are entries");
	for (size_t i = 0; i < audit.count; i++)
		demand(audit.findings[i].entry < audit.entries, "findings are of entries");
	ctaudit_clear(&audit);
}

static struct snapshot *load(const char *text, size_t length)
{
	struct diag_list *diags;
	struct snapshot *snapshot = NULL;

	demand(diag_list_new(&diags) == 0, "memory");
	int r = snapshot_load(text, length, "s", diags, &snapshot);

	demand((r == 0) == (snapshot != NULL), "loaded, or not");
	demand((r == 0) == (diag_list_length(diags) == 0), "refused with a reason");
	diag_list_free(diags);
	return snapshot;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct policy *policy;
	struct snapshot *snapshot = load((const char *)bytes, length), *again;
	struct json first, second;

	if (!policy)
		policy = make_policy();
	/* One that a fuzzer finds. */
	policy->paths[0].id = 7;
	if (!snapshot)
		return 0;
	json_init(&first);
	json_init(&second);
	snapshot_write(snapshot, &first);
	again = load(first.text, first.length);
	demand(again != NULL, "what was written is loaded");
	snapshot_write(again, &second);
	demand(first.length == second.length && strcmp(first.text, second.text) == 0,
		"and written again as it was");
	check(again, policy);
	snapshot_free(again);
	snapshot_free(snapshot);
	json_clear(&first);
	json_clear(&second);
	return 0;
}
