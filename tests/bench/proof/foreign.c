/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign SNAPSHOT [SNAPSHOT]: how long it takes, and what memory, to decide what a rule set that
 * is not ours lets pass from each interface to each; to tell the way of one packet through it; and
 * what differs in a second one. One line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/semdiff.h"
#include "../../../lib/symexec.h"

#include "cost.h"

#define INTERFACES 22

static void fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	exit(1);
}

static struct snapshot *load(const char *file)
{
	FILE *in = fopen(file, "r");
	struct snapshot *snapshot = NULL;
	struct diag_list *diags;
	char *text = NULL;
	size_t length = 0;
	int r = diag_list_new(&diags);

	if (!in || getdelim(&text, &length, '\0', in) < 0)
		fail(file, -5);
	fclose(in);
	if (r == 0)
		r = snapshot_load(text, strlen(text), file, diags, &snapshot);
	if (r < 0) {
		diag_list_print(diags, stderr, false);
		fail(file, r);
	}
	diag_list_free(diags);
	free(text);
	return snapshot;
}

static hdr_value name_of(unsigned int number)
{
	char name[16] = "";
	hdr_value value = 0;

	snprintf(name, sizeof(name), "eth%u", number);
	for (unsigned int i = 0; i < sizeof(name); i++)
		value = value << 8 | (unsigned char)name[i];
	return value;
}

static struct hdr_range only(hdr_value value)
{
	return (struct hdr_range){ value, value };
}

static bdd_node with_name(struct symexec *exec, enum pkt_field field, unsigned int number)
{
	return hdrspace_test(
		symexec_space(exec), pkt_slice(PKT_IPV4, field), only(name_of(number)));
}

/* Outgoing interfaces that packets which came in by one may leave by. */
static unsigned int count_ways_out(struct symexec *exec, unsigned int in)
{
	struct bdd *bdd = hdrspace_bdd(symexec_space(exec));
	bdd_node from =
		bdd_and(bdd, symexec_may_pass(exec, SYM_FORWARD), with_name(exec, PKT_IIFNAME, in));
	unsigned int count = 0;

	for (unsigned int out = 0; out < INTERFACES; out++) {
		bdd_node pair = bdd_and(bdd, from, with_name(exec, PKT_OIFNAME, out));

		count += in != out && pair != BDD_EMPTY && pair != BDD_NONE;
	}
	return count;
}

static int note_names(struct hdrspace *space, unsigned int in)
{
	int r = hdrspace_note(space, pkt_slice(PKT_IPV4, PKT_IIFNAME), only(name_of(in)));

	for (unsigned int out = 0; out < INTERFACES && r == 0; out++)
		r = hdrspace_note(space, pkt_slice(PKT_IPV4, PKT_OIFNAME), only(name_of(out)));
	return r;
}

struct sums {
	unsigned int pairs;
	size_t nodes; /* most at a time */
	int error;
};

/* Interface by interface, as prove() does with rule sets of this size. */
static void decide_from(const struct snapshot *snapshot, unsigned int in, struct sums *sums)
{
	const struct bdd_budget budget = { 0 };
	const hdr_value name = name_of(in);
	const struct sym_scope scope = { .ways = 1u << SYM_FORWARD, .in = { &name, 1, false } };
	struct symexec *exec;
	int r = symexec_new(snapshot, PKT_IPV4, &exec);

	if (r < 0)
		fail("decide", r);
	symexec_restrict(exec, &scope);
	r = symexec_note(exec);
	if (r == 0)
		r = note_names(symexec_space(exec), in);
	if (r == 0)
		r = hdrspace_seal(symexec_space(exec), &budget);
	if (r < 0)
		fail("decide", r);
	r = symexec_decide(exec);
	if (r == 0)
		sums->pairs += count_ways_out(exec, in);
	else
		sums->error = r;
	size_t nodes = bdd_size(hdrspace_bdd(symexec_space(exec)));

	sums->nodes = nodes > sums->nodes ? nodes : sums->nodes;
	symexec_free(exec);
}

static void decide(const struct snapshot *snapshot)
{
	struct sums sums = { 0 };
	double begin = seconds();

	/* The first one that is past its budget tells of all. */
	for (unsigned int in = 0; in < INTERFACES && sums.error == 0; in++)
		decide_from(snapshot, in, &sums);
	printf("\"seconds\":%.3f,\"megabytes\":%ld,\"pairs\":%u,\"nodes\":%zu,\"error\":\"%s\"",
		seconds() - begin, megabytes(), sums.pairs, sums.nodes,
		sums.error < 0 ? strerror(-sums.error) : "");
}

static int count_step(const struct sym_step *step, void *data)
{
	(void)step;
	++*(unsigned int *)data;
	return 0;
}

static void trace(const struct snapshot *snapshot)
{
	struct hdr_packet packet = { { 0 } };
	double begin = seconds();
	struct symexec *exec;
	struct sym_end end;
	unsigned int steps = 0;

	packet.values[PKT_IIFNAME] = name_of(INTERFACES - 1);
	packet.values[PKT_OIFNAME] = name_of(0);
	packet.values[PKT_CT_STATE] = (hdr_value)8 << 24;
	packet.values[PKT_L4PROTO] = 6;
	packet.values[PKT_SADDR] = 0x0a010203;
	packet.values[PKT_DADDR] = 0x0a040506;
	int r = symexec_new(snapshot, PKT_IPV4, &exec);

	if (r == 0)
		r = symexec_trace(exec, SYM_FORWARD, &packet, count_step, &steps, &end);
	if (r < 0)
		fail("trace", r);
	printf(",\"trace_ms\":%.2f", 1000 * (seconds() - begin));
	symexec_free(exec);
}

static void compare(const struct snapshot *before, const struct snapshot *after)
{
	const struct semdiff_question question = {
		.before = before, .after = after, .regions = { 10, 10, 10 }
	};
	double begin = seconds();
	struct semdiff *diff;
	int r = semdiff_find(&question, &diff);

	if (r < 0)
		fail("diff", r);
	printf(",\"diff_seconds\":%.3f,\"diff\":\"%s\"", seconds() - begin,
		semdiff_result_name(semdiff_result(diff)));
	semdiff_free(diff);
}

int main(int count, char **files)
{
	if (count < 2)
		return 2;
	struct snapshot *snapshot = load(files[1]);

	fputs("{", stdout);
	decide(snapshot);
	trace(snapshot);
	if (count > 2) {
		struct snapshot *after = load(files[2]);

		compare(snapshot, after);
		snapshot_free(after);
	}
	puts("}");
	snapshot_free(snapshot);
	return 0;
}
