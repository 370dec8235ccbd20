/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpffilter.h"

#include <string.h>

#define TYPE_OFFSET 12 /* in a frame of Ethernet */

/* What the accumulator holds before an instruction, over all ways that lead to it. */
struct known {
	bool reached, unknown;
	uint32_t value;
};

struct walk {
	const struct sock_filter *filter;
	size_t count;
	uint16_t type;
	bool ethernet;
	struct known before[BPF_MAXINSNS];
	bool takes;
};

static void reach(struct walk *walk, size_t at, struct known known)
{
	struct known *before;

	/* Out of the filter: it is none. */
	if (at >= walk->count) {
		walk->takes = true;
		return;
	}
	before = &walk->before[at];
	known.unknown |= before->reached && (before->unknown || before->value != known.value);
	known.reached = true;
	*before = known;
}

static struct known load(const struct walk *walk, const struct sock_filter *step)
{
	bool type = BPF_MODE(step->code) == BPF_ABS &&
		    (step->k == (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL) ||
			    (walk->ethernet && step->k == TYPE_OFFSET &&
				    BPF_SIZE(step->code) == BPF_H));

	if (type)
		return (struct known){ .value = walk->type };
	if (BPF_MODE(step->code) == BPF_IMM)
		return (struct known){ .value = step->k };
	return (struct known){ .unknown = true };
}

static struct known compute(const struct sock_filter *step, struct known known)
{
	if (BPF_SRC(step->code) != BPF_K || known.unknown)
		return (struct known){ .unknown = true };
	switch (BPF_OP(step->code)) {
	case BPF_AND:
		known.value &= step->k;
		return known;
	case BPF_OR:
		known.value |= step->k;
		return known;
	case BPF_ADD:
		known.value += step->k;
		return known;
	case BPF_SUB:
		known.value -= step->k;
		return known;
	default:
		return (struct known){ .unknown = true };
	}
}

static void jump(struct walk *walk, size_t at, const struct sock_filter *step, struct known known)
{
	bool decided = !known.unknown && BPF_SRC(step->code) == BPF_K, yes = false;

	switch (BPF_OP(step->code)) {
	case BPF_JA:
		reach(walk, at + 1 + (size_t)step->k, known);
		return;
	case BPF_JEQ:
		yes = known.value == step->k;
		break;
	case BPF_JGT:
		yes = known.value > step->k;
		break;
	case BPF_JGE:
		yes = known.value >= step->k;
		break;
	case BPF_JSET:
		yes = known.value & step->k;
		break;
	default:
		decided = false;
	}
	if (!decided || yes)
		reach(walk, at + 1 + step->jt, known);
	if (!decided || !yes)
		reach(walk, at + 1 + step->jf, known);
}

static void step_over(struct walk *walk, size_t at)
{
	const struct sock_filter *step = &walk->filter[at];
	struct known known = walk->before[at];

	switch (BPF_CLASS(step->code)) {
	case BPF_RET:
		if (BPF_RVAL(step->code) == BPF_K)
			walk->takes |= step->k != 0;
		else
			walk->takes |= known.unknown || known.value != 0;
		return;
	case BPF_JMP:
		jump(walk, at, step, known);
		return;
	case BPF_LD:
		known = load(walk, step);
		break;
	case BPF_ALU:
		known = compute(step, known);
		break;
	case BPF_MISC:
		/* The other register is not followed. */
		known.unknown |= BPF_MISCOP(step->code) == BPF_TXA;
		break;
	default: /* loads of the other register, stores */
		break;
	}
	reach(walk, at + 1, known);
}

/* Jumps lead forward only, so once through the instructions is all ways through the filter. */
bool bpffilter_may_take(
	const struct sock_filter *filter, size_t count, uint16_t type, bool ethernet)
{
	struct walk walk = { .filter = filter, .count = count, .type = type, .ethernet = ethernet };

	if (count == 0 || count > BPF_MAXINSNS)
		return true;
	reach(&walk, 0, (struct known){ .value = 0 });
	for (size_t i = 0; i < count && !walk.takes; i++)
		if (walk.before[i].reached)
			step_over(&walk, i);
	return walk.takes;
}
