/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diffview.h"

#include <errno.h>
#include <inttypes.h>

#include "../lib/foreign.h"
#include "../lib/i18n.h"
#include "../lib/pkttext.h"
#include "table.h"

#define DOUBTS_MAX 20

static const struct {
	const char *title; /* marked for translation */
	enum table_style style;
} kinds[SEMDIFF_KINDS] = {
	[SEMDIFF_PERMITTED] = { N_("Newly permitted:"), TABLE_WARN },
	[SEMDIFF_FORBIDDEN] = { N_("No longer permitted:"), TABLE_WARN },
	[SEMDIFF_RECORDED] = { N_("Newly recorded, and passing or not as before:"), TABLE_WARN },
	[SEMDIFF_UNRECORDED] = { N_("No longer recorded, and passing or not as before:"),
		TABLE_WARN },
	[SEMDIFF_UNDECIDED] = { N_("Not decided, whether it passes as before:"), TABLE_BAD },
};

static const char *phase_text(enum semdiff_phase phase)
{
	static const char *const texts[SEMDIFF_PHASES] = {
		[SEMDIFF_NEW] = N_("new connections"),
		[SEMDIFF_KNOWN] = N_("connections that are known, and replies"),
		[SEMDIFF_STRAY] = N_("packets of no connection"),
	};

	return _(texts[phase]);
}

static void print_item(const struct policy *policy, const struct semdiff_item *item, FILE *out)
{
	unsigned int ends = semdiff_ends(policy, item->from, item->to);
	char text[PKTTEXT_MAX];

	fprintf(out, "  %s > %s, %s, %s\n", semdiff_place(policy, item->from),
		semdiff_place(policy, item->to), item->world == PKT_IPV4 ? "IPv4" : "IPv6",
		phase_text(item->phase));
	for (size_t i = 0; i < item->regions->count; i++) {
		const struct pktregion *region = &item->regions->regions[i];

		fputs("    ", out);
		pktregion_print(out, item->world, region);
		fputc('\n', out);
		pkttext(item->world, &region->witness, ends, text);
		fprintf(out, _("      for example: %s\n"), text);
	}
	if (item->regions->more)
		fprintf(out, "    %s\n", _("... and more; these are among the widest"));
}

static void print_kind(const struct policy *policy, const struct semdiff *diff,
	enum semdiff_kind kind, bool color, FILE *out)
{
	bool begun = false;

	for (size_t i = 0; i < diff->count; i++) {
		if (diff->items[i].kind != kind)
			continue;
		if (!begun) {
			table_put(out, color, kinds[kind].style, _(kinds[kind].title));
			fputc('\n', out);
		}
		begun = true;
		print_item(policy, &diff->items[i], out);
	}
	if (begun)
		fputc('\n', out);
}

static bool is_unknown(const struct semdiff *diff)
{
	for (size_t i = 0; i < diff->count; i++)
		if (diff->items[i].kind == SEMDIFF_UNDECIDED)
			return true;
	return false;
}

static void print_doubts(const struct symexec *exec, const char *side, FILE *out)
{
	const struct sym_doubt *doubts;
	size_t count = symexec_doubts(exec, &doubts);

	for (size_t i = 0; i < count && i < DOUBTS_MAX; i++) {
		const char *family = foreign_family_name(doubts[i].family);

		fprintf(out, "    %s: %s %s, %s, handle %" PRIu64 ": %s\n", side,
			family ? family : "?", doubts[i].table, doubts[i].chain, doubts[i].handle,
			doubts[i].expression);
	}
	if (count > DOUBTS_MAX)
		fprintf(out, _("    ... and %zu more\n"), count - DOUBTS_MAX);
}

static const char *error_text(int error)
{
	return error == -ELOOP ? _("chains jump in a circle")
			       : _("too big to decide within the budget");
}

static void print_fragments(const struct semdiff *diff, FILE *out)
{
	if (diff->worlds[PKT_IPV4].fragments || diff->worlds[PKT_IPV6].fragments)
		fprintf(out, "%s\n",
			_("Later fragments were compared as far as rules decide about them without "
			  "ports."));
}

static void print_worlds(const struct semdiff *diff, FILE *out)
{
	bool unknown = is_unknown(diff);

	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct semdiff_world *world = &diff->worlds[i];
		const char *name = i == PKT_IPV4 ? "IPv4" : "IPv6";

		if (world->error) {
			fprintf(out, _("%s was not decided: %s\n"), name, error_text(world->error));
		} else if (unknown) {
			fprintf(out, _("  %s, what is not understood, or only in part:\n"), name);
			print_doubts(world->before, _("before"), out);
			print_doubts(world->after, _("after"), out);
		}
	}
}

void diffview_print(const struct policy *policy, const struct semdiff *diff, bool color, FILE *out)
{
	enum semdiff_result result = semdiff_result(diff);

	for (unsigned int kind = 0; kind < SEMDIFF_KINDS; kind++)
		print_kind(policy, diff, (enum semdiff_kind)kind, color, out);
	print_worlds(diff, out);
	print_fragments(diff, out);
	if (result == SEMDIFF_SAME)
		table_put(out, color, TABLE_GOOD,
			_("SAME: of all packets that there can be, both let the same pass and "
			  "record the "
			  "same."));
	else if (result == SEMDIFF_DIFFERS)
		table_put(out, color, TABLE_WARN, _("DIFFERENT: not the same packets pass."));
	else if (result == SEMDIFF_LOGS)
		table_put(out, color, TABLE_WARN,
			_("DIFFERENT: the same packets pass, but not the same are recorded."));
	else
		table_put(out, color, TABLE_BAD,
			_("NOT DECIDED: nothing is known to differ, but not all is known."));
	fputc('\n', out);
}
