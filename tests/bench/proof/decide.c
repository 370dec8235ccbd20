/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decide CONFIG...: how long it takes, and what memory, to decide what the rule set of each
 * configuration lets pass, and to prove it against the configuration. No kernel has a part in it.
 */
#include <stdio.h>
#include <string.h>

#include "../../../lib/compile.h"
#include "../../../lib/conf.h"
#include "../../../lib/prove.h"
#include "../../../lib/snapgen.h"

#include "cost.h"

static int decide(struct policy *policy, const struct snapshot *snapshot)
{
	struct prove_question question = { .policy = policy, .snapshot = snapshot };
	struct proof *proof;
	double begin = seconds();
	int r = prove(&question, &proof);

	if (r < 0)
		return r;
	printf("%zu paths: %s, %.2f s, %zu + %zu nodes, %ld MB\n", policy->path_count,
		prove_verdict_name(proof_worst(proof)), seconds() - begin, proof->worlds[0].nodes,
		proof->worlds[1].nodes, megabytes());
	proof_free(proof);
	return 0;
}

static int measure(const char *file)
{
	static const char *const roots[] = { "conf" };
	const struct conf_options options = { .roots = roots, .root_count = 1 };
	struct snapshot *snapshot = NULL;
	struct diag_list *diags;
	struct policy *policy = NULL;
	int r = diag_list_new(&diags);

	if (r == 0)
		r = conf_read_file(file, &options, diags, &policy);
	if (r == 0)
		r = snapgen_policy(policy, SNAPGEN_SHUT, diags, &snapshot);
	if (r == 0)
		r = decide(policy, snapshot);
	snapshot_free(snapshot);
	policy_free(policy);
	diag_list_free(diags);
	return r;
}

int main(int count, char **files)
{
	for (int i = 1; i < count; i++) {
		int r = measure(files[i]);

		fflush(stdout);
		if (r < 0) {
			fprintf(stderr, "%s: %s\n", files[i], strerror(-r));
			return 1;
		}
	}
	return 0;
}
