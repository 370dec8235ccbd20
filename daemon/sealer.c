/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sealer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/seal.h"
#include "clock.h"
#include "recorder.h"

struct sealer {
	struct journal *journal;
	const char *log_directory, *key_directory;
	struct seal *seal; /* NULL: the keys could not be had yet */
	int error;	   /* why the log is not sealed, 0: it is */
	struct sealer_state last;
};

int sealer_new(struct journal *journal, const char *log_directory, const char *key_directory,
	struct sealer **ret_sealer)
{
	struct sealer *sealer = calloc(1, sizeof(*sealer));
	if (!sealer)
		return -ENOMEM;
	sealer->journal = journal;
	sealer->log_directory = log_directory;
	sealer->key_directory = key_directory;
	*ret_sealer = sealer;
	return 0;
}

/* The first key, for everyone who will verify this log to keep. */
static void tell_key(struct sealer *sealer)
{
	char vkey[CHECKPOINT_VKEY_MAX];
	seal_vkey(sealer->seal, vkey);
	const struct record_extra extra = { .key = "seal.key", .text = vkey };
	const struct record_event event = {
		.time = clock_realtime(),
		.action = "seal-begun",
		.outcome = "success",
		.message =
			"the log is sealed from here on; keep this public key on another machine",
		.extras = &extra,
		.extra_count = 1,
	};
	journal_event(sealer->journal, &event);
	recorder_say(_("the log is sealed from here on; keep this public key on another machine:\n"
		       "%s"),
		vkey);
}

static int open_seal(struct sealer *sealer)
{
	char host[HOST_NAME_MAX + 1] = "";
	bool began;
	(void)gethostname(host, sizeof(host) - 1);
	int r = seal_open(
		sealer->log_directory, sealer->key_directory, host, &sealer->seal, &began);
	if (r < 0)
		return r;
	struct logwrite *log = journal_log(sealer->journal);
	r = log ? logwrite_resume(log, sealer->log_directory, seal_last(sealer->seal)) : -EBUSY;
	if (r < 0) {
		seal_close(sealer->seal);
		sealer->seal = NULL;
	} else if (began) {
		tell_key(sealer);
	}
	return r;
}

static void tell_change(struct sealer *sealer, int error)
{
	const struct record_extra extra = { .key = "error", .text = errtext_english(error) };
	const struct record_event failed = {
		.time = clock_realtime(),
		.action = "seal-failed",
		.outcome = "failure",
		.message = "the log cannot be sealed; records are written, and are not protected "
			   "against changes until it can be",
		.extras = &extra,
		.extra_count = 1,
	};
	const struct record_event resumed = {
		.time = clock_realtime(),
		.action = "seal-resumed",
		.outcome = "success",
		.message = "the log is sealed again, with all records since the last checkpoint",
	};
	journal_event(sealer->journal, error ? &failed : &resumed);
	if (error)
		recorder_complain(_("the log cannot be sealed with the keys in %s: %s; records are "
				    "written all the same"),
			sealer->key_directory, errtext(error));
	else
		recorder_tell(_("the log is sealed again"));
}

static int put(struct sealer *sealer)
{
	const struct logwrite *log = journal_log(sealer->journal);
	if (!log)
		return -EBUSY;
	const struct logpoint *at = logwrite_point(log);
	if (at->sequence == 0)
		return 0; /* nothing was ever written */
	int64_t now = clock_realtime();
	int r = seal_put(sealer->seal, logwrite_opened(log), at, now);
	if (r == 0)
		sealer->last = (struct sealer_state){
			.index = seal_index(sealer->seal) - 1,
			.sequence = at->sequence,
			.time = now,
		};
	return r;
}

const struct sealer_state *sealer_state(const struct sealer *sealer)
{
	return &sealer->last;
}

void sealer_run(struct sealer *sealer)
{
	if (!journal_log(sealer->journal))
		return;
	int r = sealer->seal ? 0 : open_seal(sealer);
	if (r == 0)
		r = put(sealer);
	if (r == -EBUSY)
		return;
	if ((r == 0) != (sealer->error == 0))
		tell_change(sealer, r);
	sealer->error = r;
}

void sealer_free(struct sealer *sealer)
{
	if (!sealer)
		return;
	sealer_run(sealer);
	seal_close(sealer->seal);
	free(sealer);
}
