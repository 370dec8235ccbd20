/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is put in place first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/conf.h"
#include "changes_impl.h"

/* What there is to choose from. */
struct choice {
	struct changes *changes;
	struct changes_begun *begun;
	struct kept_text file;	      /* the daemon's own; without bytes: it cannot be read */
	struct diag_list *file_diags; /* why not */
	bool protected;		      /* the file is not to be asked: a change is made by persons */
	bool unknown;		      /* whether it is, for what was confirmed is broken */
};

/* The store ------------------------------------------------------------------------------------ */

/* Nobody confirmed it in time, or in the life of that system. */
static void end_pending(struct choice *choice)
{
	struct store *store = choice->changes->store;

	choice->begun->rolled_back = store_current(store)->pending;
	/* Where this cannot be written, the next one does; the deadline stays over. */
	(void)store_end(store, STORE_ROLLED_BACK, "");
}

/* What the line says, whatever became of the bytes. 0, or negative errno of the moment. */
static int learn(struct choice *choice, uint64_t number)
{
	struct store_entry entry;
	int r = store_entry(choice->changes->store, number, &entry);

	if (store_error_passes(r))
		return r;
	choice->unknown = r < 0;
	choice->protected = choice->unknown || entry.two_person || entry.confirm_seconds > 0;
	/* The own file may be what was lost. */
	if (!choice->unknown && choice->file.bytes &&
		memcmp(entry.digest, choice->file.digest, sizeof(entry.digest)) == 0)
		return kept_set(&choice->changes->confirmed, number, choice->file.bytes,
			choice->file.length);
	return 0;
}

/* Number is broken: the newest before it that is intact. */
static int take_before(struct choice *choice, uint64_t number)
{
	struct changes *changes = choice->changes;
	int r = store_confirmed_before(changes->store, number, &number);

	if (r == 0 && number)
		r = kept_take(&changes->confirmed, changes->store, number);
	if (r < 0 || number == 0)
		return r;
	return choice->unknown ? learn(choice, number) : 0;
}

/* What is confirmed; the newest before it that is intact, when it is broken. 0, also with nothing
 * of it; negative errno: it cannot be read now, and what it is cannot be told. */
static int take_confirmed(struct choice *choice)
{
	struct changes *changes = choice->changes;
	uint64_t number = store_current(changes->store)->confirmed;

	if (number == 0) {
		/* Something was, or there were no file that says which. */
		choice->protected = choice->begun->current_broken;
		return 0;
	}
	int r = kept_take(&changes->confirmed, changes->store, number);
	bool broken = r < 0;

	if (store_error_passes(r))
		return r;
	r = learn(choice, number);
	if (r < 0 || !broken)
		return r;
	choice->begun->broken = number;
	return changes->confirmed.bytes ? 0 : take_before(choice, number);
}

/* Is the own file what was put in place last, and not confirmed? 1, 0, or negative errno of the
 * moment. */
static int file_is_unconfirmed(const struct choice *choice)
{
	const struct store *store = choice->changes->store;
	struct store_entry entry = { 0 };
	uint64_t *numbers;
	size_t count;
	bool found = false;

	if (!choice->file.bytes)
		return 0;
	int r = store_list(store, &numbers, &count);

	if (r < 0)
		return r;
	while (count > 0 && !found && !store_error_passes(r)) {
		count--;
		r = store_entry(store, numbers[count], &entry);
		found = r == 0 &&
			memcmp(entry.digest, choice->file.digest, sizeof(entry.digest)) == 0;
	}
	free(numbers);
	if (store_error_passes(r))
		return r;
	return found && entry.state == STORE_ROLLED_BACK;
}

/* Putting in place ----------------------------------------------------------------------------- */

/* Each try has findings of its own: errors of one are none of the next. */
static enum exit_code put(struct choice *choice, const struct kept_text *kept,
	struct diag_list *diags, struct lifecycle_change *change)
{
	struct changes *changes = choice->changes;
	char name[PATH_MAX];
	const struct lifecycle_text text = { kept_name(changes, kept, name), kept->bytes,
		kept->length };
	struct diag_list *findings;

	choice->begun->number = kept->number;
	if (diag_list_new(&findings) < 0)
		return EXIT_FAILED;
	enum exit_code code = lifecycle_apply(changes->lifecycle, &text, findings, change);

	diag_list_append(diags, findings);
	diag_list_free(findings);
	return code;
}

static bool is_in_place(enum exit_code code)
{
	return code == EXIT_OK || code == EXIT_DIFFERS;
}

/* What is in place is confirmed by that: who starts the daemon could have changed the file. */
static void confirm_file(struct choice *choice)
{
	struct changes *changes = choice->changes;
	int r = 0;

	if (!changes->confirmed.bytes || memcmp(changes->confirmed.digest, choice->file.digest,
						 sizeof(choice->file.digest)) != 0)
		r = kept_set(&changes->confirmed, 0, choice->file.bytes, choice->file.length);
	if (r == 0)
		r = changes_keep_confirmed(changes, "hedated", getuid());
	choice->begun->not_kept = r;
	choice->begun->number = changes->confirmed.number;
}

static enum exit_code put_file(
	struct choice *choice, struct diag_list *diags, struct lifecycle_change *change)
{
	enum exit_code code = EXIT_CONFIG;

	choice->begun->own_file = true;
	if (choice->file.bytes)
		code = put(choice, &choice->file, diags, change);
	else
		diag_list_append(diags, choice->file_diags);
	if (is_in_place(code))
		confirm_file(choice);
	return code;
}

static enum exit_code put_confirmed(
	struct choice *choice, struct diag_list *diags, struct lifecycle_change *change)
{
	struct changes *changes = choice->changes;

	choice->begun->own_file = false;
	choice->begun->file_differs =
		choice->file.bytes && memcmp(choice->file.digest, changes->confirmed.digest,
					      sizeof(choice->file.digest)) != 0;
	return put(choice, &changes->confirmed, diags, change);
}

/* It goes on waiting. */
static bool put_pending(struct choice *choice, struct diag_list *diags,
	struct lifecycle_change *change, enum exit_code *ret_code)
{
	struct changes *changes = choice->changes;
	const struct store_current *current = store_current(changes->store);

	if (current->pending == 0)
		return false;
	if (store_seconds_left(changes->store) > 0 && changes->confirmed.bytes &&
		kept_take(&changes->pending, changes->store, current->pending) == 0) {
		*ret_code = put(choice, &changes->pending, diags, change);
		choice->begun->waits = is_in_place(*ret_code);
	}
	if (!choice->begun->waits) {
		kept_clear(&changes->pending);
		end_pending(choice);
	}
	return choice->begun->waits;
}

static enum exit_code cannot_tell(struct choice *choice, int error)
{
	choice->begun->unreadable = error;
	return EXIT_FAILED;
}

/* The file, for the policy in force leaves changes to no persons; what is confirmed, when it is
 * refused. */
static enum exit_code put_file_or_confirmed(
	struct choice *choice, struct diag_list *diags, struct lifecycle_change *change)
{
	enum exit_code code = put_file(choice, diags, change);

	if (is_in_place(code) || (code == EXIT_FAILED && choice->file.bytes))
		return code;
	choice->begun->file_refused = true;
	return put_confirmed(choice, diags, change);
}

static enum exit_code begin(
	struct choice *choice, struct diag_list *diags, struct lifecycle_change *change)
{
	struct changes *changes = choice->changes;
	enum exit_code code = EXIT_FAILED;

	/* Where there is a store, the file may be what nobody approved. */
	if (!changes->store)
		return store_is_there(changes->config_file)
			       ? cannot_tell(choice, choice->begun->not_kept)
			       : put_file(choice, diags, change);
	int r = take_confirmed(choice);

	if (r < 0)
		return cannot_tell(choice, r);
	if (put_pending(choice, diags, change, &code))
		return code;
	if (!changes->confirmed.bytes)
		return choice->protected ? EXIT_FAILED : put_file(choice, diags, change);
	r = file_is_unconfirmed(choice);
	if (r < 0)
		return cannot_tell(choice, r);
	choice->begun->file_unconfirmed = r > 0;
	return choice->protected || r > 0 ? put_confirmed(choice, diags, change)
					  : put_file_or_confirmed(choice, diags, change);
}

enum exit_code changes_begin(struct changes *changes, struct lifecycle *lifecycle,
	struct diag_list *diags, struct lifecycle_change *ret_change)
{
	struct choice choice = { .changes = changes, .begun = &changes->begun };
	size_t length;
	char *bytes;
	int r = 0;

	changes->lifecycle = lifecycle;
	if (diag_list_new(&choice.file_diags) < 0)
		return EXIT_FAILED;
	if (conf_load_file(changes->config_file, choice.file_diags, &bytes, &length) == 0) {
		r = kept_set(&choice.file, 0, bytes, length);
		free(bytes);
	}
	enum exit_code code = r < 0 ? EXIT_FAILED : begin(&choice, diags, ret_change);

	kept_clear(&choice.file);
	diag_list_free(choice.file_diags);
	return code;
}

/* The store keeps what waits, its time over: the next hedated finds it, and puts it on record. */
enum exit_code changes_roll_back_alone(struct changes *changes, struct lifecycle *lifecycle,
	struct diag_list *diags, struct lifecycle_change *ret_change)
{
	struct kept_text *kept = &changes->confirmed;
	char name[PATH_MAX];

	/* Never used when broken: nothing is better known than what the kernel has. */
	if (kept_take(kept, changes->store, store_current(changes->store)->confirmed) < 0)
		return EXIT_FAILED;
	const struct lifecycle_text text = { kept_name(changes, kept, name), kept->bytes,
		kept->length };

	return lifecycle_apply(lifecycle, &text, diags, ret_change);
}
