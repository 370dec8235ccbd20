/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "smt2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smt2_impl.h"
#include "snaphook.h"

static const char head[] =
	"; May a packet pass that the policy does not permit? For an SMT solver (SMT-LIB 2), made\n"
	"; from the rules that the kernel told, not by the engine of hedate prove.\n"
	";\n"
	"; Each question begins with its cell: from, to, family, phase of the connection.\n"
	";   unsat    nothing passes there that the policy does not permit\n"
	";   sat      something may: hedate prove says \"more\" there, or \"undecided\", which it\n"
	";            also says where it tells less apart than a solver\n"
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

static void write_world(struct smt2 *smt, enum pkt_world world)
{
	static const char *const names[SYM_WAYS] = { "forwarded", "to the gateway",
		"from the gateway" };
	const struct snapshot *snapshot = smt->question->snapshot;
	const char *passes[SYM_WAYS];

	smt->world = world;
	memset(&smt->came, 0, sizeof(smt->came));
	memset(smt->raw, 0, sizeof(smt->raw));
	fprintf(smt->body, "\n; Packets of %s\n", world == PKT_IPV4 ? "IPv4" : "IPv6");
	smt->keeps_connections = snaphook_keeps_connections(snapshot, world);
	smt->unchanged = smt2_leaves_packets(snapshot);
	const char *valid = smt2_declare(smt);

	for (unsigned int way = 0; way < SYM_WAYS; way++) {
		fprintf(smt->body, "\n; Ways: %s\n", names[way]);
		passes[way] = smt2_way(smt, (enum sym_way)way);
	}
	smt2_cells(smt, valid, passes);
	smt2_forget_chains(smt);
}

static void write_head(const struct smt2_list *notes, FILE *out)
{
	fputs(head, out);
	fputs(notes->count ? "; Left free, for it is not translated:\n"
			   : "; Nothing was left free for want of translation.\n",
		out);
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, ";   %s\n", notes->items[i]);
	fputs("\n(set-logic QF_BV)\n", out);
}

/* Both worlds; what is to stand in the head is known behind them. */
static int write_body(struct smt2 *smt, char **ret_body, size_t *ret_length)
{
	smt->body = open_memstream(ret_body, ret_length);
	if (!smt->body)
		return -ENOMEM;
	for (unsigned int world = 0; world < PKT_WORLDS && !smt->failed; world++)
		write_world(smt, (enum pkt_world)world);
	bool failed = ferror(smt->body) != 0;

	failed |= fclose(smt->body) != 0 || smt->failed;
	return !failed ? 0 : smt->bytes > smt->most ? -E2BIG : -ENOMEM;
}

static int write_file(const struct smt2 *smt, const char *body, size_t length, char **ret_text,
	size_t *ret_length)
{
	FILE *out = open_memstream(ret_text, ret_length);

	if (!out)
		return -ENOMEM;
	write_head(&smt->notes, out);
	fwrite(body, 1, length, out);
	bool failed = ferror(out) != 0;

	if (fclose(out) == 0 && !failed)
		return 0;
	free(*ret_text);
	*ret_text = NULL;
	return -ENOMEM;
}

int smt2_text(
	const struct prove_question *question, size_t most, char **ret_text, size_t *ret_length)
{
	struct smt2 smt = { .question = question, .most = most };
	size_t length = 0;
	char *body = NULL;
	int r = write_body(&smt, &body, &length);

	if (r == 0)
		r = write_file(&smt, body, length, ret_text, ret_length);
	smt2_free_texts(&smt);
	smt2_list_free(&smt.notes);
	free(body);
	return r;
}
