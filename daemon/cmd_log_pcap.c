/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log pcap: the packets that records keep, for tools that read packets. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/pcap.h"
#include "../lib/record.h"
#include "logwalk.h"
#include "newfile.h"
#include "optionrows.h"
#include "table.h"

enum option {
	OPTION_OUTPUT = LOG_QUERY_OPTION_COUNT,
	OPTION_FOLLOW,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	LOG_QUERY_OPTIONS,
	[OPTION_OUTPUT] = { "output", 'o', N_("FILE"), N_("into a new file, not to stdout") },
	[OPTION_FOLLOW] = OPTIONROW_FOLLOW,
};

static const struct cmd_usage usage = {
	"log pcap",
	N_("[OPTION ...]"),
	N_("Writes the first packets of blocked flows as a pcap file, as far as the policy has "
	   "them\n"
	   "kept (log.payload): for tcpdump and other tools that read packets. They may be what\n"
	   "somebody wrote to somebody."),
	options,
	OPTION_COUNT,
};

struct pcap {
	struct log_query query;
	const char *output; /* NULL: stdout */
	FILE *out;
	uint64_t packets, without;
};

static int take_option(int option, const char *value, void *data)
{
	struct pcap *pcap = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	switch (option) {
	case OPTION_OUTPUT:
		pcap->output = value;
		return EXIT_OK;
	case OPTION_FOLLOW:
		pcap->query.follow = true;
		return EXIT_OK;
	default:
		return log_query_take(&usage, (enum log_query_option)option, value, &pcap->query);
	}
}

static int put_record(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct pcap *pcap = data;
	unsigned char packet[RECORD_PACKET_MAX];
	size_t bytes;

	(void)line;
	(void)length;
	if (log_record_class(record) != LOG_CLASS_FLOW)
		return EXIT_OK;
	if (!record->packet ||
		sodium_base642bin(packet, sizeof(packet), record->packet, strlen(record->packet),
			NULL, &bytes, NULL, sodium_base64_VARIANT_ORIGINAL) < 0) {
		pcap->without++;
		return EXIT_OK;
	}
	pcap->packets++;
	pcap_packet(pcap->out, record->time, packet, bytes,
		record->length ? strtoul(record->length, NULL, 10) : 0);
	return EXIT_OK;
}

static int flush(void *data)
{
	struct pcap *pcap = data;

	fflush(pcap->out);
	return EXIT_OK;
}

static void say_numbers(const struct pcap *pcap)
{
	char packets[TABLE_NUMBER_MAX], without[TABLE_NUMBER_MAX];

	table_number_text(pcap->packets, packets);
	table_number_text(pcap->without, without);
	fprintf(stderr, _("packets: %s; flows whose packet was not kept: %s\n"), packets, without);
}

static int write_packets(const struct cli *cli, struct pcap *pcap)
{
	const struct log_sink sink = { .take = put_record, .show = flush, .data = pcap };
	int exit_code;

	pcap_begin(pcap->out);
	exit_code = log_walk(cli, &usage, &pcap->query, &sink);
	if (exit_code == EXIT_OK)
		say_numbers(pcap);
	return exit_code;
}

static int write_failed(const struct pcap *pcap, int error)
{
	if (error == -EEXIST)
		return cmd_failed(_("%s is there already"), pcap->output);
	return cmd_failed(_("cannot write %s: %s"), pcap->output, errtext(error));
}

/* All of it, or none. */
static int write_file(const struct cli *cli, struct pcap *pcap)
{
	struct newfile file;
	int exit_code, error = newfile_begin(&file, pcap->output);

	if (error < 0)
		return write_failed(pcap, error);
	pcap->out = fdopen(dup(file.fd), "w");
	if (!pcap->out) {
		newfile_abandon(&file);
		return write_failed(pcap, -errno);
	}
	exit_code = write_packets(cli, pcap);
	error = ferror(pcap->out) ? -EIO : 0;
	if (fclose(pcap->out) != 0)
		error = -errno;
	if (exit_code == EXIT_OK && error == 0)
		error = newfile_finish(&file, false);
	newfile_abandon(&file);
	return exit_code == EXIT_OK && error < 0 ? write_failed(pcap, error) : exit_code;
}

int cmd_log_pcap(struct cli *cli, int argc, char **argv)
{
	struct pcap pcap = { 0 };
	int exit_code;

	log_query_init(&pcap.query);
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &pcap, &exit_code))
		return exit_code;
	exit_code = log_query_check(&usage, &pcap.query);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (pcap.output && pcap.query.follow)
		return cmd_usage_error(&usage, _("what is followed goes to stdout"));
	if (pcap.output)
		return write_file(cli, &pcap);
	if (isatty(STDOUT_FILENO))
		return cmd_usage_error(
			&usage, _("packets are nothing for a terminal: name a file with --output"));
	pcap.out = stdout;
	return write_packets(cli, &pcap);
}
