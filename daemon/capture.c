/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "sandbox.h"

#define NOBODY "nobody"
#define SECOND INT64_C(1000000000)

struct capture {
	const char *name;
	FILE *file;
	pcap_t *pcap;
	int link;
};

int capture_open(const char *name, struct capture **ret_capture)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	if (!capture)
		return cmd_failed(_("out of memory"));
	capture->name = name;
	capture->file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	if (!capture->file) {
		int error = errno;

		free(capture);
		return cmd_failed("%s: %s", name, errtext(-error));
	}
	*ret_capture = capture;
	return EXIT_OK;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->pcap)
		pcap_close(capture->pcap); /* closes the file, unless it is standard input */
	else if (capture->file != stdin)
		fclose(capture->file);
	free(capture);
}

/* Root becomes nobody; who is not root has no more than that anyway. */
static int give_up(void)
{
	struct sandbox_user nobody;
	const struct sandbox_user *user = NULL;
	const char *step = "";
	int error;

	if (geteuid() == 0) {
		if (sandbox_find_user(NOBODY, &nobody) < 0)
			return cmd_failed(_("there is no user \"%s\""), NOBODY);
		user = &nobody;
	}
	error = sandbox_drop(user, 0, &step);
	if (error == 0) {
		step = "seccomp";
		error = sandbox_filter(SANDBOX_RECORDER);
	}
	/* A kernel without seccomp has less to offer; the rights are gone all the same. */
	if (error < 0 && error != -EOPNOTSUPP)
		return cmd_failed(_("giving up rights: %s: %s"), step, errtext(error));
	return EXIT_OK;
}

/* What libpcap says is English, and about its own reading. The first of these that it says. */
static const char *why_not(const char *said)
{
	static const struct {
		const char *said, *text;
	} texts[] = {
		{ "unknown file format", N_("it is neither of the format pcap nor of pcapng") },
		{ "truncated", N_("it ends in the middle") },
		{ "version", N_("it is of a version that cannot be read") },
		{ "link-layer type", N_("packets of its link type cannot be read") },
		{ "error reading", N_("it cannot be read to its end") },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strstr(said, texts[i].said))
			return _(texts[i].text);
	return _("it is damaged");
}

static int begin(struct capture *capture)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	capture->pcap = pcap_fopen_offline_with_tstamp_precision(
		capture->file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!capture->pcap)
		return cmd_failed(_("%s is no capture: %s"), capture->name, why_not(error));
	capture->link = pcap_datalink(capture->pcap);
	if (replay_link_known(capture->link))
		return EXIT_OK;
	return cmd_failed(
		_("%s: packets of link type %d cannot be read"), capture->name, capture->link);
}

static int replay_one(struct capture *capture, struct replay *replay,
	const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	struct replay_frame frame;

	/* What is no IP is counted all the same. */
	if (!replay_link(capture->link, bytes, header->caplen, header->len, &frame))
		frame = (struct replay_frame){ .bytes = bytes };
	frame.time = (int64_t)header->ts.tv_sec * SECOND + header->ts.tv_usec;
	return replay_packet(replay, &frame);
}

int capture_replay(struct capture *capture, struct replay *replay)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int r, exit_code = give_up();

	if (exit_code == EXIT_OK)
		exit_code = begin(capture);
	if (exit_code != EXIT_OK)
		return exit_code;
	while ((r = pcap_next_ex(capture->pcap, &header, &bytes)) == 1)
		if (replay_one(capture, replay, header, bytes) < 0)
			return cmd_failed(_("out of memory"));
	if (r == PCAP_ERROR_BREAK)
		return EXIT_OK;
	return cmd_failed("%s: %s", capture->name, why_not(pcap_geterr(capture->pcap)));
}
