/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recorder.c, recorder_nflog.c and recorder_link.c share. */
#ifndef HEDATE_RECORDER_IMPL_H
#define HEDATE_RECORDER_IMPL_H

#include <stdbool.h>

#include "committer.h"
#include "enflink.h"
#include "epoch.h"
#include "housekeep.h"
#include "ifnames.h"
#include "journal.h"
#include "nflog.h"
#include "recorder.h"
#include "scanwatch.h"
#include "sealer.h"
#include "topology.h"
#include "watchdog.h"

#define RECORDER_RETRY_MS   5000  /* until a log that could not be written is tried again */
#define RECORDER_SEAL_MS    10000 /* between checkpoints, also when nothing happens */
#define FIXED_EXTRAS(array) .extras = (array), .extra_count = sizeof(array) / sizeof((array)[0])

struct recorder {
	struct loop *loop;
	struct logwrite_state state; /* that the log was found in */
	const char *directory;	     /* of the log */
	struct journal *journal;
	int log_error;		   /* why the log cannot be written, 0: it can */
	struct loop_source *retry; /* of writing */
	uint64_t retry_ms;
	bool held; /* the connection is held off until then */
	struct sealer *sealer;
	struct housekeep *housekeep;
	struct loop_source *seal_timer;
	struct watchdog *watchdog;
	struct ifnames *ifnames;
	struct topology topology;
	struct epochs *epochs;
	struct epochs_kept kept; /* that a crash had left */
	struct committer *committer;
	struct scanwatch *scans;
	struct nflog *nflog;
	struct loop_source *nflog_source;
	struct enflink *link;
	uint64_t instance; /* of hedated; serials of its events that were taken, told to be on disk
			    */
	uint64_t events_taken, events_told;
};

/* An event of our own. */
void recorder_record(struct recorder *recorder, struct record_event event);
/* Tell hedated how the log is. data: the recorder. */
void recorder_tell_keeping(void *data);

/* NFLOG (recorder_nflog.c). */
/* The descriptor becomes ours. 0, or negative errno. */
int recorder_take_nflog(struct recorder *recorder, int fd);
void recorder_drop_nflog(struct recorder *recorder);
/* Read all that is in the socket's queue now. */
void recorder_drain(struct recorder *recorder);
/* epochs_on_counted(), epochs_set_between(). data: the recorder. */
void recorder_flow_counted(const struct record_flow *flow, void *data);
void recorder_between_records(void *data);

/* The connection to hedated (recorder_link.c). data: the recorder. */
extern const struct enflink_functions recorder_link_functions;

#endif
