/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changes.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/change.h"
#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "changes_impl.h"

/* Texts ---------------------------------------------------------------------------------------- */

void kept_clear(struct kept_text *kept)
{
	free(kept->bytes);
	*kept = (struct kept_text){ 0 };
}

static void digest_of(const char *bytes, size_t length, uint8_t digest[POLICY_DIGEST_LENGTH])
{
	crypto_generichash(
		digest, POLICY_DIGEST_LENGTH, (const unsigned char *)bytes, length, NULL, 0);
}

int kept_set(struct kept_text *kept, uint64_t number, const char *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	kept_clear(kept);
	*kept = (struct kept_text){ .number = number, .bytes = copy, .length = length };
	digest_of(bytes, length, kept->digest);
	return 0;
}

int kept_take(struct kept_text *kept, const struct store *store, uint64_t number)
{
	struct store_entry entry;
	size_t length;
	char *bytes;
	int r = store_get(store, number, &entry, &bytes, &length);

	if (r == 0) {
		r = kept_set(kept, number, bytes, length);
		free(bytes);
	}
	return r;
}

const char *kept_name(
	const struct changes *changes, const struct kept_text *kept, char name[PATH_MAX])
{
	if (!kept->number || !changes->store)
		return changes->config_file;
	snprintf(name, PATH_MAX, "%s/%06" PRIu64 ".conf", store_path(changes->store), kept->number);
	return name;
}

static bool is_in_force(const struct changes *changes, const uint8_t *digest)
{
	const struct policy *policy = lifecycle_policy(changes->lifecycle);

	return policy && memcmp(policy->digest, digest, POLICY_DIGEST_LENGTH) == 0;
}

bool kept_in_force(const struct changes *changes, const struct kept_text *kept)
{
	return kept->bytes && is_in_force(changes, kept->digest);
}

/* Set-up --------------------------------------------------------------------------------------- */

#define LOOK_MS 50

static int open_store(struct changes *changes, unsigned int wait_ms)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	const struct sandbox_user *user = changes->has_user ? &changes->user : NULL;

	for (unsigned int waited = 0;; waited += LOOK_MS) {
		int r = store_open_anyway(changes->config_file, STORE_WRITE, user, &changes->store,
			&changes->begun.current_broken);

		if (r != -EWOULDBLOCK || waited >= wait_ms)
			return r;
		(void)nanosleep(&pause, NULL);
	}
}

int changes_new(const char *config_file, const struct sandbox_user *user, unsigned int wait_ms,
	struct changes **ret_changes)
{
	struct changes *changes = calloc(1, sizeof(*changes));
	int r = -ENOMEM;

	if (!changes)
		return r;
	changes->config_file = strdup(config_file);
	changes->has_user = user != NULL;
	if (user)
		changes->user = *user;
	if (changes->config_file)
		r = open_store(changes, wait_ms);
	if (r == -ENOMEM) {
		changes_free(changes);
		return r;
	}
	if (r < 0)
		snprintf(changes->begun.problem, sizeof(changes->begun.problem),
			"the store of configurations beside %s: %s", config_file,
			r == -EWOULDBLOCK ? "another hedated has it"
			: r == -EPERM	  ? "it belongs to another user, or others may write to it"
					  : errtext_english(r));
	changes->begun.not_kept = r;
	*ret_changes = changes;
	return 0;
}

void changes_free(struct changes *changes)
{
	if (!changes)
		return;
	loop_remove(changes->timer);
	store_close(changes->store);
	kept_clear(&changes->confirmed);
	kept_clear(&changes->pending);
	free(changes->config_file);
	free(changes);
}

const struct store *changes_store(const struct changes *changes)
{
	return changes ? changes->store : NULL;
}

uint64_t changes_in_force(const struct changes *changes)
{
	if (kept_in_force(changes, &changes->pending))
		return changes->pending.number;
	return kept_in_force(changes, &changes->confirmed) ? changes->confirmed.number : 0;
}

void changes_texts(const struct changes *changes, const struct lifecycle_text *text,
	struct packettexts *ret_texts)
{
	const struct kept_text *kept =
		kept_in_force(changes, &changes->pending) ? &changes->pending : &changes->confirmed;
	bool known = kept_in_force(changes, kept);

	*ret_texts = (struct packettexts){ .wanted = false };
	if (!known || kept->length != text->length ||
		memcmp(kept->bytes, text->bytes, text->length) != 0)
		packettexts_make(known ? kept->bytes : NULL, kept->length, text->bytes,
			text->length, ret_texts);
}

const char *changes_problem(const struct changes *changes)
{
	return changes->begun.problem;
}

const struct changes_begun *changes_begun(const struct changes *changes)
{
	return &changes->begun;
}

/* Keeping -------------------------------------------------------------------------------------- */

static void fill_entry(struct store_entry *entry, const struct change_request *request,
	const struct policy *policy, const struct change_result *result)
{
	*entry = (struct store_entry){
		.uid = request->uid,
		.approver_uid = request->approved ? request->approver_uid : STORE_NOBODY,
		.of = request->of,
		.two_person = policy->two_person,
		.confirm_seconds = policy->confirm_seconds,
		.paths = policy->path_count,
		.added = result->added,
		.removed = result->removed,
		.changed = result->changed,
	};
	store_text(entry->who, sizeof(entry->who), request->who);
	store_text(entry->approver, sizeof(entry->approver), request->approver);
	store_text(entry->ticket, sizeof(entry->ticket), request->ticket);
	store_text(entry->reason, sizeof(entry->reason), request->reason);
}

int changes_keep_confirmed(struct changes *changes, const char *who, uid_t uid)
{
	const struct change_request request = { .uid = uid, .who = who };
	const struct policy *policy = lifecycle_policy(changes->lifecycle);
	struct kept_text *kept = &changes->confirmed;
	const struct change_result result = { .added = 0 };
	struct store_entry entry;

	if (kept->number)
		return 0;
	if (!changes->store)
		return changes->begun.not_kept;
	if (!kept->bytes || !policy)
		return -ENOENT;
	fill_entry(&entry, &request, policy, &result);
	int r = store_put(changes->store, &entry, kept->bytes, kept->length);

	if (r == 0)
		r = store_begin(changes->store, entry.number, 0);
	if (r == 0)
		r = store_confirm(changes->store, who);
	if (r == 0)
		kept->number = entry.number;
	return r;
}

static enum exit_code refuse(struct change_result *result, const char *what, int error)
{
	snprintf(result->why, sizeof(result->why), "%s%s%s", what, error ? ": " : "",
		error ? errtext_english(error) : "");
	return EXIT_FAILED;
}

/* In the store, and waiting there, before the kernel learns of it. */
static int keep(struct changes *changes, const struct change_request *request,
	const struct policy *policy, const struct lifecycle_text *text,
	struct change_result *result)
{
	struct store_entry entry;
	int r = changes_keep_confirmed(changes, "hedated", 0);

	if (r < 0)
		return r;
	fill_entry(&entry, request, policy, result);
	r = store_put(changes->store, &entry, text->bytes, text->length);
	if (r == 0)
		r = kept_set(&changes->pending, entry.number, text->bytes, text->length);
	if (r == 0)
		r = store_begin(changes->store, entry.number, result->seconds);
	if (r == 0)
		result->number = entry.number;
	else
		kept_clear(&changes->pending);
	return r;
}

/* Steps ---------------------------------------------------------------------------------------- */

static void confirmed_now(struct changes *changes)
{
	kept_clear(&changes->confirmed);
	changes->confirmed = changes->pending;
	changes->pending = (struct kept_text){ 0 };
	changes->failing = false;
	if (changes->timer)
		loop_stop_timer(changes->timer);
}

enum exit_code changes_put_back(struct changes *changes, const char *by, struct diag_list *diags,
	struct lifecycle_change *ret_change)
{
	char name[PATH_MAX];
	const struct lifecycle_text text = { kept_name(changes, &changes->confirmed, name),
		changes->confirmed.bytes, changes->confirmed.length };
	enum exit_code result = EXIT_OK;

	*ret_change = (struct lifecycle_change){ 0 };
	if (!kept_in_force(changes, &changes->confirmed))
		result = lifecycle_apply(changes->lifecycle, &text, diags, ret_change);
	if (result != EXIT_OK && result != EXIT_DIFFERS)
		return EXIT_FAILED;
	if (store_end(changes->store, STORE_ROLLED_BACK, by) < 0)
		(void)changes_set_timer(changes); /* tried again: the kernel has it already */
	else
		kept_clear(&changes->pending);
	return result;
}

/* The kernel has it; now it counts. Else what was before counts, there too. */
static enum exit_code count_it(struct changes *changes, const struct change_request *request,
	struct diag_list *diags, struct change_result *result, enum exit_code in_place)
{
	struct lifecycle_change back;
	int r;

	if (result->seconds) {
		(void)changes_set_timer(changes);
		return in_place;
	}
	r = store_confirm(changes->store, request->who ? request->who : "");
	if (r == 0) {
		confirmed_now(changes);
		return in_place;
	}
	result->number = 0;
	if (changes_put_back(changes, "", diags, &back) == EXIT_FAILED)
		return refuse(result,
			"it cannot be kept, and what was before could not be put back; that is "
			"tried again",
			r);
	result->change = back;
	return refuse(result, "it cannot be kept; what was before is back in place", r);
}

static enum exit_code put(struct changes *changes, const struct change_request *request,
	struct candidate *candidate, struct diag_list *diags, struct change_result *result)
{
	enum exit_code in_place =
		lifecycle_put(changes->lifecycle, candidate, diags, &result->change);

	if (result->number == 0)
		return in_place;
	if (in_place == EXIT_OK || in_place == EXIT_DIFFERS)
		return count_it(changes, request, diags, result, in_place);
	result->number = 0;
	if (store_end(changes->store, STORE_REFUSED, "") < 0)
		(void)changes_set_timer(changes);
	else
		kept_clear(&changes->pending);
	return in_place;
}

static void count_items(
	const struct changes *changes, const struct policy *policy, struct change_result *result)
{
	struct change *change;

	if (change_find(lifecycle_policy(changes->lifecycle), policy, &change) < 0)
		return;
	const struct change_counts counts = change_count(change);

	result->summary = change;
	result->added = counts.added;
	result->removed = counts.removed;
	result->changed = counts.changed;
}

void change_result_clear(struct change_result *result)
{
	change_free(result->summary);
	result->summary = NULL;
	packettexts_clear(&result->texts);
}

/* Is it a change, and may it be made now? */
static enum exit_code judge(const struct changes *changes, const struct change_request *request,
	const struct policy *policy, struct change_result *result)
{
	const struct policy *old = lifecycle_policy(changes->lifecycle);
	int64_t seconds = request->confirm_seconds;

	if (seconds == CHANGES_AS_POLICY)
		seconds = old->confirm_seconds;
	result->seconds = (uint32_t)seconds;
	if (is_in_force(changes, policy->digest)) {
		result->seconds = 0;
		return EXIT_OK;
	}
	if (old->two_person && !request->approved) {
		result->two_person = true;
		return refuse(result,
			"refused: the policy in force wants two persons: one proposes it with "
			"\"hedate apply\", another approves it",
			0);
	}
	if (!changes->store)
		return refuse(result, changes->begun.problem, 0);
	if (store_current(changes->store)->pending) {
		snprintf(result->why, sizeof(result->why),
			"refused: change %" PRIu64 " waits to be confirmed; \"hedate confirm\" or "
			"\"hedate rollback\" first",
			store_current(changes->store)->pending);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static enum exit_code apply_text(struct changes *changes, const struct change_request *request,
	const struct lifecycle_text *text, struct diag_list *diags, struct change_result *result)
{
	struct candidate *candidate;
	enum exit_code code =
		lifecycle_prepare(changes->lifecycle, text, diags, &candidate, &result->change);
	int r = 0;

	if (code != EXIT_OK)
		return code;
	const struct policy *policy = candidate_policy(candidate);

	count_items(changes, policy, result);
	code = judge(changes, request, policy, result);
	if (code == EXIT_OK && !is_in_force(changes, policy->digest)) {
		if (request->packets)
			changes_texts(changes, text, &result->texts);
		r = keep(changes, request, policy, text, result);
	}
	if (r < 0)
		code = refuse(result, "it cannot be kept, so nothing was changed", r);
	if (code == EXIT_OK)
		return put(changes, request, candidate, diags, result);
	lifecycle_abandon(candidate);
	return code;
}

static int load(const struct changes *changes, const struct change_request *request,
	struct diag_list *diags, char **ret_bytes, size_t *ret_length)
{
	if (request->fd >= 0)
		return conf_load(request->fd, request->name, diags, ret_bytes, ret_length);
	return conf_load_file(changes->config_file, diags, ret_bytes, ret_length);
}

enum exit_code changes_apply(struct changes *changes, const struct change_request *request,
	struct diag_list *diags, struct change_result *ret_result)
{
	struct lifecycle_text text = { request->name ? request->name : changes->config_file,
		request->bytes, request->length };
	char *bytes = NULL;
	int r = 0;

	*ret_result = (struct change_result){ 0 };
	if (request->fd >= 0 || !request->bytes) {
		r = load(changes, request, diags, &bytes, &text.length);
		text.bytes = bytes;
	}
	if (r < 0)
		return r == -EINVAL ? EXIT_CONFIG : refuse(ret_result, "reading it", r);
	enum exit_code code = apply_text(changes, request, &text, diags, ret_result);

	free(bytes);
	return code;
}

enum exit_code changes_confirm(struct changes *changes, const struct change_person *person,
	uint64_t *ret_number, char why[CHANGES_WHY_MAX])
{
	uint64_t number = changes->store ? store_current(changes->store)->pending : 0;
	int r = number ? store_confirm(changes->store, person->who) : 0;

	*ret_number = number;
	if (number == 0) {
		snprintf(why, CHANGES_WHY_MAX, "no change waits to be confirmed");
		return EXIT_FAILED;
	}
	if (r < 0) {
		snprintf(why, CHANGES_WHY_MAX, "that it is confirmed cannot be kept: %s",
			errtext_english(r));
		return EXIT_FAILED;
	}
	confirmed_now(changes);
	changes_record(changes, "confirm", true, "a change was confirmed", number, person);
	return EXIT_OK;
}

enum exit_code changes_undo(struct changes *changes, const struct change_person *person,
	struct diag_list *diags, struct change_result *ret_result)
{
	uint64_t number = changes->store ? store_current(changes->store)->pending : 0;

	*ret_result = (struct change_result){ 0 };
	if (number == 0)
		return refuse(ret_result, "no change waits to be confirmed", 0);
	enum exit_code code = changes_put_back(changes, person->who, diags, &ret_result->change);

	if (code != EXIT_FAILED && store_current(changes->store)->pending)
		code = refuse(ret_result,
			"what was confirmed is back in place, but that cannot be kept yet; it is "
			"tried again",
			0);

	ret_result->number = changes->confirmed.number;
	changes_record(changes, "rollback", code == EXIT_OK,
		code == EXIT_FAILED ? "what was confirmed before could not be put back"
				    : "a change was rolled back before it was confirmed",
		number, person);
	return code;
}
