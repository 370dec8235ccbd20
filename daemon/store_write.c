/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/conf.h"
#include "../lib/fileio.h"
#include "clock.h"
#include "store_impl.h"

#define DRAFT	  "draft" /* a file on its way to its name */
#define FILE_MODE 0640

static int64_t realtime_seconds(void)
{
	return clock_realtime() / CLOCK_SECOND;
}

/* Files ---------------------------------------------------------------------------------------- */

static int fill_draft(const struct store *store, int fd, const char *bytes, size_t length)
{
	int r = fileio_write(write, fd, bytes, length, NULL);

	if (r == 0 && store->has_user && geteuid() == 0 &&
		fchown(fd, store->user.uid, store->user.gid) < 0)
		r = -errno;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* In the place of what has that name; on disk once the directory is. */
static int write_file(const struct store *store, const char *name, const char *bytes, size_t length)
{
	int fd = openat(store->directory, DRAFT,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		return -errno;
	int r = fill_draft(store, fd, bytes, length);

	close(fd);
	if (r == 0 && renameat(store->directory, DRAFT, store->directory, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(store->directory, DRAFT, 0);
	return r;
}

static int sync_directory(const struct store *store)
{
	return fsync(store->directory) < 0 ? -errno : 0;
}

static void remove_file(const struct store *store, uint64_t number, const char *extension)
{
	char name[STORE_FILE_MAX];

	store_file_name(name, number, extension);
	(void)unlinkat(store->directory, name, 0);
}

static int write_entry(const struct store *store, const struct store_entry *entry)
{
	char name[STORE_FILE_MAX];
	struct json json;

	store_file_name(name, entry->number, ".json");
	json_init(&json);
	store_entry_write(&json, entry);
	int r = json.failed ? -ENOMEM : write_file(store, name, json.text, json.length);

	json_clear(&json);
	return r;
}

static int put_current(const struct store *store, const struct store_current *current)
{
	char text[STORE_CURRENT_MAX];

	store_current_write(current, text);
	int r = write_file(store, STORE_CURRENT, text, strlen(text));

	return r < 0 ? r : sync_directory(store);
}

/* Where it cannot be brought to disk, those who read see what was before. */
static int set_current(struct store *store, const struct store_current *current)
{
	int r = put_current(store, current);

	if (r < 0)
		(void)put_current(store, &store->current);
	else
		store->current = *current;
	return r;
}

/* Keeping -------------------------------------------------------------------------------------- */

static bool counts(const struct store *store, uint64_t number)
{
	return number == store->current.confirmed || number == store->current.pending;
}

/* Those that are too many, oldest first. */
static void remove_old(const struct store *store)
{
	uint64_t *numbers;
	size_t count;

	if (store_list(store, &numbers, &count) < 0)
		return;
	for (size_t i = 0; i + STORE_KEPT < count; i++) {
		if (counts(store, numbers[i]))
			continue;
		remove_file(store, numbers[i], ".json");
		remove_file(store, numbers[i], ".conf");
	}
	free(numbers);
}

/* A state that was not written any more, though "current" was. 0; negative errno: it still is not.
 * A line that is broken stays so. */
static int write_state(const struct store *store, uint64_t number)
{
	char name[STORE_FILE_MAX], *line = NULL;
	struct store_entry entry, written;
	size_t length = 0;
	int r = store_entry(store, number, &entry);

	store_file_name(name, number, ".json");
	if (r == 0)
		r = store_read_file(store, name, CONF_SIZE_MAX, &line, &length);
	if (r < 0)
		return store_error_passes(r) ? r : 0;
	r = store_entry_read(line, length, &written);
	free(line);
	if (r < 0 || written.state == entry.state)
		return store_error_passes(r) ? r : 0;
	r = write_entry(store, &entry);
	return r < 0 ? r : sync_directory(store);
}

static void write_states(const struct store *store)
{
	uint64_t *numbers;
	size_t count;

	if (store_list(store, &numbers, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		(void)write_state(store, numbers[i]);
	free(numbers);
}

/* Bytes whose line was not written any more: nothing ever referred to them. */
static void remove_incomplete(const struct store *store)
{
	char name[STORE_FILE_MAX];
	DIR *names;

	if (fileio_names(store->directory, ".", &names) < 0)
		return;
	for (struct dirent *entry; (entry = readdir(names));) {
		uint64_t number = strtoull(entry->d_name, NULL, 10);

		store_file_name(name, number, ".conf");
		if (strcmp(name, entry->d_name) != 0 || counts(store, number))
			continue;
		store_file_name(name, number, ".json");
		if (faccessat(store->directory, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
			errno == ENOENT)
			remove_file(store, number, ".conf");
	}
	closedir(names);
}

void store_tidy(struct store *store)
{
	(void)unlinkat(store->directory, DRAFT, 0);
	remove_incomplete(store);
	write_states(store);
	remove_old(store);
}

/* Steps ---------------------------------------------------------------------------------------- */

static int write_both(const struct store *store, const struct store_entry *entry, const char *bytes,
	size_t length)
{
	char name[STORE_FILE_MAX];

	store_file_name(name, entry->number, ".conf");
	int r = write_file(store, name, bytes, length);

	if (r == 0)
		r = write_entry(store, entry);
	if (r == 0)
		r = sync_directory(store);
	if (r < 0) {
		remove_file(store, entry->number, ".json");
		remove_file(store, entry->number, ".conf");
	}
	return r;
}

int store_put(struct store *store, struct store_entry *entry, const char *bytes, size_t length)
{
	entry->number = store->last + 1;
	crypto_generichash(entry->digest, sizeof(entry->digest), (const unsigned char *)bytes,
		length, NULL, 0);
	sodium_bin2hex(entry->revision, sizeof(entry->revision), entry->digest,
		POLICY_REVISION_LENGTH / 2);
	entry->state = STORE_PENDING;
	if (entry->time == 0)
		entry->time = realtime_seconds();
	int r = write_both(store, entry, bytes, length);

	if (r == 0)
		store->last = entry->number;
	return r;
}

int store_begin(struct store *store, uint64_t number, uint32_t seconds)
{
	struct store_current current = { .confirmed = store->current.confirmed, .pending = number };
	int r = current.confirmed ? write_state(store, current.confirmed) : 0;

	/* As long as "current" knows it: later nothing would tell that it was confirmed, and nobody
	 * could go back to it. */
	if (r < 0)
		return r;
	store_boot(current.boot);
	if (seconds) {
		current.deadline = realtime_seconds() + seconds;
		/* Rounded up: not a moment less than was said. */
		current.deadline_boot = clock_boottime() / CLOCK_SECOND + 1 + seconds;
	}
	return set_current(store, &current);
}

/* "current" says it already. */
static void note_end(
	const struct store *store, uint64_t number, enum store_state state, const char *by)
{
	struct store_entry entry;

	if (store_entry(store, number, &entry) < 0)
		return;
	entry.state = state;
	entry.ended = realtime_seconds();
	store_text(entry.ended_by, sizeof(entry.ended_by), by);
	if (write_entry(store, &entry) == 0)
		(void)sync_directory(store);
	remove_old(store);
}

int store_confirm(struct store *store, const char *by)
{
	const struct store_current current = { .confirmed = store->current.pending };

	if (current.confirmed == 0)
		return -ENOENT;
	int r = set_current(store, &current);

	if (r == 0)
		note_end(store, current.confirmed, STORE_CONFIRMED, by);
	return r;
}

int store_end(struct store *store, enum store_state state, const char *by)
{
	const struct store_current current = { .confirmed = store->current.confirmed };
	uint64_t number = store->current.pending;

	if (number == 0)
		return -ENOENT;
	int r = set_current(store, &current);

	if (r == 0)
		note_end(store, number, state, by);
	return r;
}
