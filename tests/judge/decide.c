/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One way of packets through a rule set: decided, and tried. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "trial.h"

#define LIMITS_MAX 16
#define BUDGET	   ((size_t)1 << 24)

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What rules test, without what is noted for us. */
void trial_find_tested(const struct snapshot *snapshot, struct craft *craft)
{
	const struct bdd_budget budget = { .nodes = BUDGET };
	struct symexec *exec;
	int r = symexec_new(snapshot, craft->world, &exec);

	if (r == 0)
		r = symexec_run(exec, &budget);
	if (r < 0)
		fail("deciding: %s", strerror(-r));
	for (unsigned int i = 0; i < PKT_FIELDS; i++)
		craft->tested[i] = hdrspace_atoms(symexec_space(exec), i) > 1;
	symexec_free(exec);
}

static void note_limits(struct trial *trial, const struct craft_limit *limits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < limits[i].count; k++)
			if (hdrspace_note(trial->space, limits[i].slice, limits[i].ranges[k]) < 0)
				fail("a limit cannot be noted");
	for (size_t i = 0; i < trial->craft.wires->count; i++) {
		struct hdr_packet packet = { { 0 } };
		struct craft craft = trial->craft;

		craft.out = i;
		craft_settle(&craft, &packet);
		hdr_value name = packet.values[PKT_OIFNAME];

		hdrspace_note(trial->space, pkt_slice(craft.world, PKT_OIFNAME),
			(struct hdr_range){ name, name });
	}
}

static bdd_node decide_limits(struct trial *trial, const struct craft_limit *limits, size_t count)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	bdd_node result = trial->valid;

	for (size_t i = 0; i < count; i++)
		result = bdd_and(bdd, result,
			hdrspace_tests(
				trial->space, limits[i].slice, limits[i].ranges, limits[i].count));
	return result;
}

static bdd_node going_out(struct trial *trial, size_t link)
{
	struct hdr_packet packet = { { 0 } };

	trial->craft.out = link;
	craft_settle(&trial->craft, &packet);
	hdr_value name = packet.values[PKT_OIFNAME];

	return hdrspace_test(trial->space, pkt_slice(trial->craft.world, PKT_OIFNAME),
		(struct hdr_range){ name, name });
}

/* What the kernel writes into a connection's status is not ours to say. */
static void forget_status(struct trial *trial)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	bdd_node not_must = bdd_diff(bdd, trial->valid, trial->must);
	uint64_t status = HDRSPACE_FIELD(PKT_CT_STATUS);

	trial->may = hdrspace_forget(trial->space, trial->may, status);
	trial->must = bdd_diff(bdd, trial->valid, hdrspace_forget(trial->space, not_must, status));
}

static void print_doubts(const struct trial *trial)
{
	const struct sym_doubt *doubts;
	size_t count = symexec_doubts(trial->exec, &doubts);

	for (size_t i = 0; i < count && i < 8; i++)
		printf("  doubt: %s %s handle %llu: %s\n", doubts[i].table, doubts[i].chain,
			(unsigned long long)doubts[i].handle, doubts[i].expression);
}

static void report(const struct trial *trial, const char *name, double seconds)
{
	const struct figures *f = &trial->figures;

	static const char *const ways[SYM_WAYS] = { "", " to the router", " from the router" };

	printf("%s %s%s: %zu packets, %zu must pass, %zu may, %zu may not; %zu passed; %zu wrong; "
	       "%.1f s\n",
		name, trial->craft.world == PKT_IPV6 ? "IPv6" : "IPv4", ways[trial->craft.way],
		f->sent, f->must, f->perhaps, f->never, f->passed, f->wrong, seconds);
	fflush(stdout);
}

/* Out of each interface in turn; what comes to the router leaves by none. */
static void fire_all(struct trial *trial, size_t packets, bdd_node can)
{
	size_t links = trial->craft.way == SYM_INPUT ? 1 : trial->craft.wires->count;

	for (size_t i = 0; i < links; i++) {
		size_t until = packets * (i + 1) / links;

		trial->here = bdd_and(hdrspace_bdd(trial->space), can, going_out(trial, i));
		if (bdd_error(hdrspace_bdd(trial->space)))
			fail("past the budget");
		if (trial->craft.way != SYM_INPUT)
			wires_route(trial->craft.wires, i);
		for (size_t idle = 0; trial->figures.sent < until && idle < 100;) {
			size_t before = trial->figures.sent, left = until - before;

			trial_fire(trial, left < BATCH ? left : BATCH);
			idle = trial->figures.sent == before ? idle + 1 : 0;
		}
	}
}

bool trial_way(size_t packets, const struct snapshot *snapshot, const struct craft *craft,
	const char *name)
{
	static struct trial trial;
	const struct bdd_budget budget = { .nodes = BUDGET };
	struct craft_limit limits[LIMITS_MAX];
	double begin = now();

	memset(&trial, 0, sizeof(trial));
	trial.craft = *craft;
	if (symexec_new(snapshot, craft->world, &trial.exec) < 0)
		fail("out of memory");
	trial.space = symexec_space(trial.exec);
	size_t count = craft_limits(&trial.craft, limits, LIMITS_MAX);

	note_limits(&trial, limits, count);
	int r = symexec_run(trial.exec, &budget);

	if (r < 0)
		fail("deciding: %s", strerror(-r));
	trial.valid = symexec_valid(trial.exec);
	trial.may = symexec_may_pass(trial.exec, craft->way);
	trial.must = symexec_must_pass(trial.exec, craft->way);
	forget_status(&trial);
	if (craft->way == SYM_INPUT)
		host_listen();
	fire_all(&trial, packets, decide_limits(&trial, limits, count));
	if (craft->way == SYM_INPUT)
		host_ignore();
	report(&trial, name, now() - begin);
	if (trial.figures.wrong > 0)
		print_doubts(&trial);
	bool good = trial.figures.wrong == 0 && trial.figures.sent >= packets * 9 / 10;

	symexec_free(trial.exec);
	return good;
}
