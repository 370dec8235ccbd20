/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of one packet through rules that were read back from the kernel, step by step. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "../../lib/symexec.h"
#include "inkernel.h"
#include "nftload.h"
#include "suite.h"
#include "sympacket.h"

#define RULES                                                                                      \
	"table ip nat {\n"                                                                         \
	" chain pre { type nat hook prerouting priority -100;\n"                                   \
	"  tcp dport 80 dnat to 10.0.9.9\n }\n}\n"                                                 \
	"table inet t {\n"                                                                         \
	" map m { type inet_service : verdict; flags interval;\n"                                  \
	"  elements = { 22 : jump ssh, 1000-2000 : accept, 53 : goto dns }\n }\n"                  \
	" map ids { type ipv4_addr : mark; elements = { 10.0.0.1 : 0x11, 10.0.0.2 : 0x12 }\n }\n"  \
	" chain ssh {\n  ip saddr 10.0.0.0/24 counter\n  ip saddr 10.0.0.7 drop\n"                 \
	"  ip saddr 10.0.0.8 return\n  limit rate 5/second accept\n }\n"                           \
	" chain dns {\n  ip saddr 10.0.0.1 accept\n }\n"                                           \
	" chain marks {\n  type filter hook prerouting priority -200;\n"                           \
	"  meta mark set ip saddr map @ids\n }\n"                                                  \
	" chain c {\n  type filter hook forward priority 0; policy drop;\n"                        \
	"  tcp dport vmap @m\n  meta mark 0x12 tcp dport 7 accept\n  tcp dport 22 reject\n"        \
	"  ip daddr 192.0.2.1 accept\n }\n"                                                        \
	" chain late {\n  type filter hook postrouting priority 5;\n  tcp dport 1999 drop\n "      \
	"}\n}\n"

static struct snapshot *snapshot;
static struct symexec *exec;

static void set_up(void)
{
	in_kernel_set_up();
	snapshot = load_rules(RULES);
	ck_assert_int_eq(symexec_new(snapshot, PKT_IPV4, &exec), 0);
}

static void tear_down(void)
{
	symexec_free(exec);
	snapshot_free(snapshot);
	in_kernel_tear_down();
}

static const char *verdict_name(int32_t verdict)
{
	switch (verdict) {
	case NF_ACCEPT:
		return "accept";
	case NF_DROP:
		return "drop";
	case NFT_JUMP:
		return "jump";
	case NFT_GOTO:
		return "goto";
	case NFT_RETURN:
		return "return";
	default:
		return "continue";
	}
}

/* "  c#4? jump ssh (m: 0016)": indented by depth, the rule's number in its chain, "?" for what is
 * not sure. */
static int write_step(const struct sym_step *step, void *data)
{
	FILE *out = data;

	fprintf(out, "%*s%s", (int)step->depth, "", snap_chain_name(step->chain));
	if (step->kind == SYM_STEP_RULE)
		fprintf(out, "#%d", 1 + (int)(step->rule - step->chain->rules));
	fprintf(out, "%s", step->sure ? "" : "?");
	if (step->kind == SYM_STEP_BASE)
		fprintf(out, " at %u:%d", step->hook, step->priority);
	else
		fprintf(out, " %s", verdict_name(step->verdict));
	if (step->target)
		fprintf(out, " %s", snap_chain_name(step->target));
	if (step->doubt)
		fprintf(out, " [%s]", step->doubt);
	for (size_t i = 0; i < step->hit_count; i++) {
		const struct nltree *key = nltree_find(step->hits[i].element, NFTA_SET_ELEM_KEY);
		size_t length;
		const uint8_t *bytes = nltree_bytes(key, NFTA_DATA_VALUE, &length);

		fprintf(out, " (%s:", snap_set_name(step->hits[i].set));
		for (size_t k = 0; k < length; k++)
			fprintf(out, "%02x", bytes[k]);
		fprintf(out, ")");
	}
	fprintf(out, "\n");
	return 0;
}

static const struct {
	const char *packet, *steps;
	bool may, must;
} rows[] = {
	/* A mark that a map has given is known; the end of the base chain. */
	{ "saddr=10.0.0.2 daddr=10.1.0.1 dport=7",
		"marks at 0:-200\n"
		"marks#1 continue (ids:0a000002)\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre accept\n"
		"c at 2:0\n"
		"c#2 accept\n"
		"late at 4:5\n"
		"late accept\n",
		true, true },
	{ "saddr=10.0.0.1 daddr=10.1.0.1 dport=7",
		"marks at 0:-200\n"
		"marks#1 continue (ids:0a000001)\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre accept\n"
		"c at 2:0\n"
		"c drop\n",
		false, false },
	/* A jump that comes back; an answer of a limit is not known. */
	{ "saddr=10.0.0.8 daddr=192.0.2.1 dport=22",
		"marks at 0:-200\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre accept\n"
		"c at 2:0\n"
		"c#1 jump ssh (m:0016)\n"
		" ssh#1 continue\n"
		" ssh#3 return\n"
		"c#3 drop\n",
		false, false },
	{ "saddr=10.0.0.9 daddr=192.0.2.1 dport=22",
		"marks at 0:-200\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre accept\n"
		"c at 2:0\n"
		"c#1 jump ssh (m:0016)\n"
		" ssh#1 continue\n"
		" ssh#4? accept [limit]\n"
		"c#3? drop\n"
		"late? at 4:5\n"
		"late? accept\n",
		true, false },
	/* A goto does not come back. */
	{ "saddr=10.0.0.9 daddr=192.0.2.1 dport=53",
		"marks at 0:-200\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre accept\n"
		"c at 2:0\n"
		"c#1 goto dns (m:0035)\n"
		"c drop\n",
		false, false },
	/* Accepted by one base chain, dropped by a later one. */
	{ "saddr=10.0.0.9 daddr=192.0.2.1 dport=1999",
		"marks at 0:-200\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre accept\n"
		"c at 2:0\n"
		"c#1 accept (m:03e8)\n"
		"late at 4:5\n"
		"late#1 drop\n",
		false, false },
	/* The destination was translated, or could not be. */
	{ "saddr=10.0.0.9 daddr=192.0.2.1 dport=80",
		"marks at 0:-200\n"
		"marks accept\n"
		"pre at 0:-100\n"
		"pre#1 accept [nat]\n"
		"c? at 2:0\n"
		"c#1? accept [lookup] (m:03e8)\n"
		"c#1? goto dns [lookup] (m:0035)\n"
		"c#1? jump ssh [lookup] (m:0016)\n"
		" ssh#1? continue\n"
		" ssh#4? accept [limit]\n"
		"c#3? drop [cmp]\n"
		"c#4? accept [cmp]\n"
		"c? drop\n"
		"late? at 4:5\n"
		"late#1? drop [cmp]\n"
		"late? accept\n",
		true, false },
	/* So it may have been by the connection; that chain sees new ones only. */
	{ "state=2 saddr=10.0.0.9 daddr=192.0.2.1 dport=80",
		"marks at 0:-200\n"
		"marks accept\n"
		"c at 2:0\n"
		"c#1? accept [lookup] (m:03e8)\n"
		"c#1? goto dns [lookup] (m:0035)\n"
		"c#1? jump ssh [lookup] (m:0016)\n"
		" ssh#1? continue\n"
		" ssh#4? accept [limit]\n"
		"c#3? drop [cmp]\n"
		"c#4? accept [cmp]\n"
		"c? drop\n"
		"late? at 4:5\n"
		"late#1? drop [cmp]\n"
		"late? accept\n",
		true, false },
};

START_TEST(steps_of_a_packet)
{
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	enum pkt_world world;
	struct hdr_packet packet = packet_of(rows[_i].packet, &world);
	struct sym_end end;

	ck_assert_int_eq(symexec_trace(exec, SYM_FORWARD, &packet, write_step, out, &end), 0);
	fclose(out);
	ck_assert_str_eq(text, rows[_i].steps);
	ck_assert(end.may_pass == rows[_i].may && end.must_pass == rows[_i].must);
}
END_TEST

static int stop_at_third(const struct sym_step *step, void *data)
{
	unsigned int *steps = data;

	(void)step;
	return ++*steps == 3 ? -EPIPE : 0;
}

START_TEST(who_visits_may_end_it)
{
	unsigned int steps = 0;
	enum pkt_world world;
	struct hdr_packet packet = packet_of("saddr=10.0.0.2 daddr=10.1.0.1 dport=7", &world);
	struct sym_end end;

	ck_assert_int_eq(
		symexec_trace(exec, SYM_FORWARD, &packet, stop_at_third, &steps, &end), -EPIPE);
	ck_assert_uint_eq(steps, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symtrace");
	TCase *tcase = tcase_create("symtrace");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, steps_of_a_packet, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, who_visits_may_end_it);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}
