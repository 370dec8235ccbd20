/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logverify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "logverify_impl.h"
#include "seal.h"

/* The chain of checkpoints. */
struct chain {
	struct logverify verify;
	char origin[CHECKPOINT_ORIGIN_MAX]; /* "": not known yet */
	uint64_t index;			    /* that comes next */
	uint8_t key[CHECKPOINT_KEY];	    /* that it must have */
	bool key_known;
	bool has_vkey, has_kept, kept_found, kept_differs;
	bool unlinked; /* the key that was given is of a checkpoint that is not there any more */
	bool foreign;  /* in this file, checkpoints of another log were told of */
	struct checkpoint kept;
	struct checkpoint current; /* what the recorder's key says, when that is known */
	char kept_text[CHECKPOINT_MAX];
	size_t kept_length;
};

static const struct {
	const char *name, *meaning;
} codes[LOGVERIFY_COUNT] = {
	[LOGVERIFY_CHANGED] = { "changed", N_("records were changed") },
	[LOGVERIFY_INSERTED] = { "inserted", N_("lines were inserted") },
	[LOGVERIFY_DELETED] = { "deleted", N_("records were deleted") },
	[LOGVERIFY_REORDERED] = { "reordered", N_("records were put into another order") },
	[LOGVERIFY_TRUNCATED] = { "truncated", N_("records are missing at the end of the file") },
	[LOGVERIFY_SEGMENT_MISSING] = { "segment-missing",
		N_("a whole file of the log is missing") },
	[LOGVERIFY_LOG_MISSING] = { "log-missing", N_("the whole log is missing") },
	[LOGVERIFY_DAMAGED] = { "damaged",
		N_("the compressed file is damaged: records cannot be read") },
	[LOGVERIFY_UNSEALED] = { "unsealed",
		N_("records are not sealed, though there was time for it") },
	[LOGVERIFY_CHECKPOINT_INVALID] = { "checkpoint-invalid",
		N_("a checkpoint was changed: it is no valid one") },
	[LOGVERIFY_CHECKPOINT_MISSING] = { "checkpoint-missing", N_("checkpoints are missing") },
	[LOGVERIFY_CHECKPOINT_ORDER] = { "checkpoint-order",
		N_("a checkpoint is not in its place") },
	[LOGVERIFY_ORIGIN] = { "origin", N_("this is of another log, or another machine's") },
	[LOGVERIFY_RESEALED] = { "resealed",
		N_("a checkpoint was signed again, with a later key") },
	[LOGVERIFY_KEY_WRONG] = { "key-wrong",
		N_("a checkpoint is signed with a key that is not its own") },
	[LOGVERIFY_KEPT_DIFFERS] = { "kept-differs",
		N_("the log has another checkpoint in place of the one that was kept") },
	[LOGVERIFY_KEPT_MISSING] = { "kept-missing",
		N_("the log ends before the checkpoint that was kept") },
};

const char *logverify_name(enum logverify_code code)
{
	return codes[code].name;
}

const char *logverify_meaning(enum logverify_code code)
{
	return codes[code].meaning;
}

void logverify_tell(struct logverify *verify, enum logverify_code code, const char *file,
	uint64_t first, uint64_t last)
{
	const struct logverify_finding finding = {
		.code = code,
		.file = file,
		.first = first,
		.last = last,
		.checkpoints = code >= LOGVERIFY_CHECKPOINT_INVALID,
	};
	verify->summary->findings++;
	if (verify->request->found)
		verify->request->found(&finding, verify->request->data);
}

/* Keys ------------------------------------------------------------------------------------------
 */

/* The length of the checkpoint that text begins with, valid or not: up to the end of its signature
 * line; 0: it has none. */
static size_t note_length(const char *text, size_t length)
{
	static const char mark[] = "\n\xe2\x80\x94 ";
	const char *line = memmem(text, length, mark, sizeof(mark) - 1);
	const char *end = line ? memchr(line + 1, '\n', length - (size_t)(line + 1 - text)) : NULL;
	return end ? (size_t)(end + 1 - text) : 0;
}

/* Does the key belong to a checkpoint with another index? */
static int has_key_elsewhere(
	const struct chain *chain, const char *file, const struct checkpoint *one, bool *found)
{
	char *text;
	size_t length, used;
	int r = logscan_read(chain->verify.request->directory, file, &text, &length);
	if (r == -EBADMSG)
		return 0;
	for (size_t at = 0; r == 0 && (used = note_length(text + at, length - at)) > 0;
		at += used) {
		struct checkpoint other;
		if (checkpoint_parse_body(text + at, used, &other) < 0 || other.index == one->index)
			continue;
		*found |= memcmp(other.key, one->key, CHECKPOINT_KEY) == 0 ||
			  memcmp(other.next, one->key, CHECKPOINT_KEY) == 0;
	}
	if (r == 0)
		free(text);
	return r;
}

static int name_key(struct chain *chain, const char *file, const struct checkpoint *one)
{
	bool found = memcmp(one->next, one->key, CHECKPOINT_KEY) == 0 ||
		     (chain->verify.summary->key_known &&
			     memcmp(chain->current.key, one->key, CHECKPOINT_KEY) == 0);
	int r = 0;
	for (size_t i = 0; i < chain->verify.seals.count && r == 0 && !found; i++)
		r = has_key_elsewhere(chain, chain->verify.seals.names[i], one, &found);
	if (r == 0)
		logverify_tell(&chain->verify, found ? LOGVERIFY_RESEALED : LOGVERIFY_KEY_WRONG,
			file, one->index, one->index);
	return r;
}

/* Checkpoints -----------------------------------------------------------------------------------
 */

/* The first one that is there: where the lines begin that can be verified. */
static void begin(struct chain *chain, const struct checkpoint *first)
{
	struct logverify *verify = &chain->verify;
	bool exists;
	checkpoint_vkey(first->origin, first->key, verify->summary->vkey);
	verify->summary->first_index = first->index;
	verify->before = first->at;
	verify->before.sequence = first->at.sequence - first->at.tree.size;
	if (first->index == 0) {
		memset(&verify->before.tree, 0, sizeof(verify->before.tree));
		return;
	}
	verify->before = first->at;
	verify->reached.segment = logverify_segment(verify, first->at.file, &exists);
	verify->reached.offset = exists ? first->at.end : 0;
	/* The files before were moved away: then this is the beginning of one, the first one. */
	bool begins = first->at.end == 0 && verify->reached.segment == 0;
	chain->key_known = chain->has_vkey && memcmp(chain->key, first->key, CHECKPOINT_KEY) == 0;
	chain->unlinked = chain->has_vkey && !chain->key_known && begins;
	if (!begins)
		logverify_tell(verify, LOGVERIFY_CHECKPOINT_MISSING, "", 0, first->index - 1);
	chain->index = first->index;
}

/* 1: it is the next of this log; 0: it is not, which was told; negative errno. */
static int accept(struct chain *chain, const char *file, const struct checkpoint *one, bool *gap)
{
	struct logverify *verify = &chain->verify;
	if (!chain->origin[0])
		memcpy(chain->origin, one->origin, sizeof(chain->origin));
	if (strcmp(chain->origin, one->origin) != 0) {
		if (!chain->foreign)
			logverify_tell(verify, LOGVERIFY_ORIGIN, file, one->index, one->index);
		chain->foreign = true;
		return 0;
	}
	if (verify->summary->checkpoints == 0 && !verify->summary->vkey[0])
		begin(chain, one);
	if (one->index < chain->index) {
		logverify_tell(verify, LOGVERIFY_CHECKPOINT_ORDER, file, one->index, one->index);
		return 0;
	}
	*gap = one->index > chain->index;
	if (*gap)
		logverify_tell(
			verify, LOGVERIFY_CHECKPOINT_MISSING, file, chain->index, one->index - 1);
	bool wrong = !*gap && chain->key_known && memcmp(chain->key, one->key, CHECKPOINT_KEY) != 0;
	chain->index = one->index + 1;
	chain->key_known = !wrong;
	memcpy(chain->key, one->next, CHECKPOINT_KEY);
	if (wrong)
		return name_key(chain, file, one);
	if (one->at.tree.size < verify->before.tree.size ||
		one->at.sequence < verify->before.sequence) {
		logverify_tell(verify, LOGVERIFY_CHECKPOINT_ORDER, file, one->index, one->index);
		return 0;
	}
	return 1;
}

static void compare_kept(struct chain *chain, const char *file, const char *text, size_t length,
	const struct checkpoint *one)
{
	if (!chain->has_kept || chain->kept_found || one->index != chain->kept.index)
		return;
	chain->kept_found = true;
	chain->kept_differs =
		length != chain->kept_length || memcmp(text, chain->kept_text, length) != 0;
	if (chain->kept_differs)
		logverify_tell(
			&chain->verify, LOGVERIFY_KEPT_DIFFERS, file, one->index, one->index);
}

static int take_checkpoint(struct chain *chain, const char *file, const char *text, size_t length)
{
	struct logverify_summary *summary = chain->verify.summary;
	struct checkpoint one;
	int used = checkpoint_parse(text, length, &one);
	bool gap = false;
	if (used != (int)length) {
		logverify_tell(&chain->verify, LOGVERIFY_CHECKPOINT_INVALID, file, chain->index,
			chain->index);
		chain->index++;
		chain->key_known = false;
		return 0;
	}
	compare_kept(chain, file, text, length, &one);
	int r = accept(chain, file, &one, &gap);
	if (r <= 0)
		return r;
	summary->checkpoints++;
	summary->last = one;
	return logverify_interval(&chain->verify, &one, gap);
}

/* The beginning of a checkpoint at the very end is what a crash leaves. */
static bool is_beginning(const struct chain *chain, const char *text, size_t length)
{
	size_t origin = strlen(chain->origin);
	return length < CHECKPOINT_MAX &&
	       strncmp(text, chain->origin, origin < length ? origin : length) == 0;
}

static int take_file(struct chain *chain, const char *file, bool last)
{
	char *text, segment[LOGNAME_MAX];
	size_t length, at = 0, used;
	int r = logscan_read(chain->verify.request->directory, file, &text, &length);
	(void)seal_segment(file, segment);
	if (r == -EBADMSG) {
		logverify_tell(&chain->verify, LOGVERIFY_CHECKPOINT_INVALID, segment, chain->index,
			chain->index);
		return 0;
	}
	if (r < 0)
		return r;
	chain->foreign = false;
	while (r == 0 && (used = note_length(text + at, length - at)) > 0) {
		r = take_checkpoint(chain, segment, text + at, used);
		at += used;
	}
	if (r == 0 && at < length && !(last && is_beginning(chain, text + at, length - at)))
		logverify_tell(&chain->verify, LOGVERIFY_CHECKPOINT_INVALID, segment, chain->index,
			chain->index);
	free(text);
	return r;
}

/* The whole -------------------------------------------------------------------------------------
 */

/* What was kept elsewhere. 0, or -EINVAL. */
static int take_anchors(struct chain *chain)
{
	const struct logverify_request *request = chain->verify.request;
	if (request->vkey) {
		if (checkpoint_vkey_parse(request->vkey, chain->origin, chain->key) < 0)
			return -EINVAL;
		chain->has_vkey = chain->key_known = true;
	}
	if (!request->kept)
		return 0;
	int used = checkpoint_parse(request->kept, request->kept_length, &chain->kept);
	if (used < 0 || (chain->origin[0] && strcmp(chain->origin, chain->kept.origin) != 0))
		return -EINVAL;
	memcpy(chain->origin, chain->kept.origin, sizeof(chain->origin));
	memcpy(chain->kept_text, request->kept, (size_t)used);
	chain->kept_length = (size_t)used;
	chain->has_kept = true;
	return 0;
}

/* What the keys and the kept checkpoint say of the end. */
static void check_end(struct chain *chain)
{
	const struct checkpoint *key = &chain->current;
	struct logverify *verify = &chain->verify;
	const struct logverify_summary *summary = verify->summary;
	if (verify->segments.count == 0 && verify->seals.count == 0)
		logverify_tell(verify, LOGVERIFY_LOG_MISSING, "", 0, 0);
	else if (summary->key_known && chain->origin[0] && strcmp(key->origin, chain->origin) != 0)
		logverify_tell(verify, LOGVERIFY_ORIGIN, "", 0, chain->index);
	else if (summary->key_known && key->index > chain->index)
		logverify_tell(
			verify, LOGVERIFY_CHECKPOINT_MISSING, "", chain->index, key->index - 1);
	verify->summary->first_on_record = verify->cut_sealed;
	bool anchored = verify->cut_sealed && chain->kept_found && !chain->kept_differs;
	if (chain->unlinked && !anchored)
		logverify_tell(verify, LOGVERIFY_CHECKPOINT_MISSING, "", 0,
			verify->summary->first_index - 1);
	if (chain->has_kept && !chain->kept_found)
		logverify_tell(
			verify, LOGVERIFY_KEPT_MISSING, "", chain->kept.index, chain->kept.index);
}

static int run(struct chain *chain)
{
	struct logverify *verify = &chain->verify;
	const struct logverify_summary *summary = verify->summary;
	int r = logscan_open(verify->request->directory, &verify->segments, &verify->scan);
	for (size_t i = 0; r == 0 && i < verify->seals.count; i++)
		r = take_file(chain, verify->seals.names[i], i + 1 == verify->seals.count);
	if (r == 0)
		r = logverify_tail(verify, summary->checkpoints ? summary->last.time : 0);
	if (r == 0) {
		logverify_tell_gone(verify);
		check_end(chain);
	}
	logscan_close(verify->scan);
	return r;
}

int logverify_run(const struct logverify_request *request, struct logverify_summary *ret_summary)
{
	struct chain *chain = calloc(1, sizeof(*chain));
	if (!chain)
		return -ENOMEM;
	struct logverify *verify = &chain->verify;
	memset(ret_summary, 0, sizeof(*ret_summary));
	verify->request = request;
	verify->summary = ret_summary;
	int r = take_anchors(chain);
	/* First: checkpoints that are made while we read are none that are missing. */
	if (r == 0 && request->key_directory)
		ret_summary->key_known = seal_peek(request->key_directory, &chain->current) == 0 &&
					 chain->current.index > 0;
	if (r == 0)
		r = logscan_list(request->directory, LOGSCAN_SEALS, &verify->seals);
	if (r == 0)
		r = logscan_list(request->directory, LOGSCAN_SEGMENTS, &verify->segments);
	if (r == 0 && verify->seals.count == 0 && verify->segments.count == 0 &&
		!ret_summary->key_known && !request->kept && !request->vkey)
		r = -ENOENT;
	if (r == 0)
		r = run(chain);
	logscan_free_names(&verify->seals);
	logscan_free_names(&verify->segments);
	free(verify->gone);
	free(chain);
	return r;
}
