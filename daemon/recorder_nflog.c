/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder and NFLOG: packets as they come, and a socket that fails. */
#include "recorder_impl.h"

#include <errno.h>
#include <unistd.h>

#include "../lib/errtext.h"

void recorder_drop_nflog(struct recorder *recorder)
{
	loop_remove(recorder->nflog_source);
	recorder->nflog_source = NULL;
	nflog_free(recorder->nflog);
	recorder->nflog = NULL;
}

static void on_packet(const struct nflog_packet *packet, void *data)
{
	struct recorder *recorder = data;
	epochs_packet(recorder->epochs, packet);
	scanwatch_packet(recorder->scans, packet);
}

void recorder_flow_counted(const struct record_flow *flow, void *data)
{
	struct recorder *recorder = data;
	scanwatch_flow(recorder->scans, flow);
}

/* A socket that fails is given up: hedated makes another when we connect without one. */
static void nflog_failed(struct recorder *recorder, int error)
{
	const struct record_extra extras[] = { { .key = "error", .text = errtext_english(error) } };
	recorder_drop_nflog(recorder);
	recorder_record(recorder,
		(struct record_event){
			.action = "recorder-nflog-failed",
			.outcome = "failure",
			.message = "packets are counted only, until hedated gives another "
				   "NFLOG socket",
			FIXED_EXTRAS(extras),
		});
}

static void on_nflog(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct recorder *recorder = data;
	(void)loop, (void)fd, (void)events;
	int r = nflog_read(recorder->nflog);
	committer_note(recorder->committer);
	scanwatch_flush(recorder->scans);
	if (r < 0)
		nflog_failed(recorder, r);
}

/* While an epoch is written the loop does not run: packets are read and committed all the same. */
void recorder_between_records(void *data)
{
	struct recorder *recorder = data;
	int r = recorder->nflog ? nflog_read(recorder->nflog) : 0;
	committer_note(recorder->committer);
	committer_check(recorder->committer);
	if (r < 0)
		nflog_failed(recorder, r);
}

int recorder_take_nflog(struct recorder *recorder, int fd)
{
	recorder_drop_nflog(recorder);
	int r = nflog_new(fd, on_packet, recorder, &recorder->nflog);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = ifnames_ask_at(recorder->ifnames, fd);
	if (r < 0)
		return r;
	return loop_add_fd(
		recorder->loop, fd, EPOLLIN, on_nflog, recorder, &recorder->nflog_source);
}

void recorder_drain(struct recorder *recorder)
{
	int r = recorder->nflog ? nflog_drain(recorder->nflog) : 0;
	if (recorder->nflog)
		epochs_findings(recorder->epochs, nflog_take_findings(recorder->nflog));
	if (r < 0)
		nflog_failed(recorder, r);
}
