/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "smt2.h"

#include <errno.h>
#include <stdlib.h>

#include "smt2_impl.h"

static const char head[] =
	"; May a packet pass that the policy does not permit? For an SMT solver (SMT-LIB 2), made\n"
	"; from the rules that the kernel told, not by the engine of hedate prove.\n"
	";\n"
	"; Each question begins with its cell: from, to, family, phase of the connection.\n"
	";   unsat    nothing passes there that the policy does not permit\n"
	";   sat      something may: hedate prove says \"more\" there, or \"undecided\"\n"
	";   unknown  the solver did not find out\n"
	"; Whether all passes that the policy permits is not asked.\n"
	";\n"
	"; Fields of the packet stand for what it holds as it comes, bytes in the order in which\n"
	"; they stand in memory or in the header. cN is a condition, bN a value, anyN is free: it\n"
	"; is whatever makes the answer sat. For each rule from the last to the first there is "
	"who\n"
	"; is accepted, and who goes back to where the chain was jumped from; all else is "
	"dropped.\n"
	"; That a connection has the mark of a path only when that path permitted it is assumed.\n"
	";\n";

static void write_world(struct smt2 *smt, const struct snapshot *snapshot)
{
	const char *passes[SYM_WAYS];

	fprintf(smt->body, "\n; Packets of %s\n", smt->world == PKT_IPV4 ? "IPv4" : "IPv6");
	smt->keeps_connections = smt2_keeps_connections(snapshot, smt->world);
	smt->unchanged = smt2_leaves_packets(snapshot);
	const char *valid = smt2_declare(smt);

	for (unsigned int way = 0; way < SYM_WAYS; way++) {
		static const char *const names[SYM_WAYS] = { "forwarded", "to the gateway",
			"from the gateway" };

		fprintf(smt->body, "\n; Ways: %s\n", names[way]);
		passes[way] = smt2_way(smt, (enum sym_way)way);
	}
	smt2_cells(smt, valid, passes);
	smt2_forget_chains(smt);
}

static void write_notes(struct smt2_list *notes, FILE *out)
{
	fputs(notes->count ? "; Left free, for it is not translated:\n"
			   : "; Nothing was left free for want of translation.\n",
		out);
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, ";   %s\n", notes->items[i]);
}

int smt2_write(const struct prove_question *question, FILE *out)
{
	char *body = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&body, &length);
	struct smt2_list notes = { 0 };
	bool failed = !file;
	struct smt2 worlds[PKT_WORLDS];

	for (unsigned int world = 0; world < PKT_WORLDS && file; world++) {
		struct smt2 *smt = &worlds[world];

		*smt = (struct smt2){ .question = question,
			.world = (enum pkt_world)world,
			.body = file,
			.names = world > 0 ? worlds[world - 1].names : 0,
			.notes = notes };
		write_world(smt, question->snapshot);
		notes = smt->notes;
		failed |= smt->failed;
	}
	failed |= file && (ferror(file) || fclose(file) != 0);
	if (!failed) {
		fputs(head, out);
		write_notes(&notes, out);
		fputs("\n(set-logic QF_BV)\n", out);
		fwrite(body, 1, length, out);
	}
	for (unsigned int world = 0; world < PKT_WORLDS && file; world++)
		smt2_free_texts(&worlds[world]);
	smt2_list_free(&notes);
	free(body);
	return failed ? -ENOMEM : 0;
}
