/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening and reading. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/array.h"
#include "../lib/conf.h"
#include "../lib/fileio.h"
#include "clock.h"
#include "rundir.h"
#include "store_impl.h"

#define BOOT_FILE      "/proc/sys/kernel/random/boot_id"
#define NO_BOOT	       "00000000-0000-0000-0000-000000000000"
#define LINE_MAX_BYTES 8192

/* Files ---------------------------------------------------------------------------------------- */

void store_file_name(char name[STORE_FILE_MAX], uint64_t number, const char *extension)
{
	snprintf(name, STORE_FILE_MAX, "%06" PRIu64 "%s", number, extension);
}

int store_read_file(const struct store *store, const char *name, size_t max, char **ret_bytes,
	size_t *ret_length)
{
	int r = fileio_load_at(store->directory, name, max, ret_bytes, ret_length);

	return r == -EINVAL ? -EBADMSG : r;
}

void store_boot(char boot[STORE_BOOT_MAX])
{
	int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t length = fd < 0 ? -1 : fileio_read(fd, boot, STORE_BOOT_MAX - 1, 0);

	if (fd >= 0)
		close(fd);
	if (length == STORE_BOOT_MAX - 1)
		boot[length] = '\0';
	else
		memcpy(boot, NO_BOOT, sizeof(NO_BOOT));
}

/* Opening -------------------------------------------------------------------------------------- */

static char *path_beside(const char *config_file)
{
	char *copy = strdup(config_file), *path = NULL;

	if (copy && asprintf(&path, "%s/" STORE_DIRECTORY, dirname(copy)) < 0)
		path = NULL;
	free(copy);
	return path;
}

bool store_is_there(const char *config_file)
{
	struct stat status;
	char *path = path_beside(config_file);
	bool missing = path && lstat(path, &status) < 0 && errno == ENOENT;

	free(path);
	return !missing;
}

static int check_owner(const struct store *store)
{
	struct stat status;

	if (fstat(store->directory, &status) < 0)
		return -errno;
	if (status.st_uid != 0 && status.st_uid != geteuid() &&
		!(store->has_user && status.st_uid == store->user.uid))
		return -EPERM;
	return status.st_mode & (S_IWGRP | S_IWOTH) ? -EPERM : 0;
}

static int read_current(struct store *store)
{
	char *text = NULL;
	size_t length = 0;
	int r = store_read_file(store, STORE_CURRENT, STORE_CURRENT_MAX, &text, &length);

	if (r < 0)
		return r == -ENOENT ? 0 : r == -EFBIG || r == -ELOOP ? -EBADMSG : r;
	if (store_current_read(text, length, &store->current) < 0)
		r = -EBADMSG;
	free(text);
	return r;
}

static int open_or_make(struct store *store, enum store_mode mode)
{
	const struct sandbox_user *user = store->has_user && geteuid() == 0 ? &store->user : NULL;

	store->directory = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->directory >= 0 || errno != ENOENT || mode != STORE_WRITE)
		return store->directory < 0 ? -errno : 0;
	int r = rundir_make(store->path, 0750, user);

	if (r < 0)
		return r;
	store->directory = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return store->directory < 0 ? -errno : 0;
}

static int open_directory(struct store *store, enum store_mode mode)
{
	int r = open_or_make(store, mode);

	if (r == 0)
		r = check_owner(store);
	if (r == 0 && mode == STORE_WRITE && flock(store->directory, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	return r;
}

static int find_last(struct store *store)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	int r = store_list(store, &numbers, &count);

	if (r < 0)
		return r;
	store->last = count ? numbers[count - 1] : 0;
	free(numbers);
	if (store->last < store->current.confirmed)
		store->last = store->current.confirmed;
	if (store->last < store->current.pending)
		store->last = store->current.pending;
	return 0;
}

/* broken: NULL where "current" must be intact. */
static int open_store(struct store *store, enum store_mode mode, bool *broken)
{
	int r = store->path ? open_directory(store, mode) : -ENOMEM;

	if (r < 0)
		return r;
	r = read_current(store);
	if (r == -EBADMSG && broken) {
		*broken = true;
		store->current = (struct store_current){ 0 };
		r = store_confirmed_before(store, UINT64_MAX, &store->current.confirmed);
	}
	if (r == 0)
		r = find_last(store);
	if (r == 0 && mode == STORE_WRITE)
		store_tidy(store);
	return r;
}

static int open_new(const char *config_file, enum store_mode mode, const struct sandbox_user *user,
	struct store **ret_store, bool *broken)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->directory = -1;
	store->path = path_beside(config_file);
	store->has_user = user != NULL;
	if (user)
		store->user = *user;
	int r = open_store(store, mode, broken);

	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

int store_open(const char *config_file, enum store_mode mode, const struct sandbox_user *user,
	struct store **ret_store)
{
	return open_new(config_file, mode, user, ret_store, NULL);
}

int store_open_anyway(const char *config_file, enum store_mode mode,
	const struct sandbox_user *user, struct store **ret_store, bool *ret_broken)
{
	*ret_broken = false;
	return open_new(config_file, mode, user, ret_store, ret_broken);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->directory >= 0)
		close(store->directory);
	free(store->path);
	free(store);
}

/* Reading -------------------------------------------------------------------------------------- */

const struct store_current *store_current(const struct store *store)
{
	return &store->current;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

/* "current" decides: what the line says is written after it. */
static void settle_state(const struct store *store, struct store_entry *entry)
{
	if (entry->number == store->current.confirmed)
		entry->state = STORE_CONFIRMED;
	else if (entry->number == store->current.pending)
		entry->state = STORE_PENDING;
	else if (entry->state == STORE_PENDING)
		entry->state = STORE_ROLLED_BACK;
}

int store_entry(const struct store *store, uint64_t number, struct store_entry *ret_entry)
{
	char name[STORE_FILE_MAX], *line = NULL;
	size_t length = 0;

	store_file_name(name, number, ".json");
	int r = store_read_file(store, name, LINE_MAX_BYTES, &line, &length);

	if (r < 0)
		return r == -EFBIG || r == -ELOOP ? -EBADMSG : r;
	r = store_entry_read(line, length, ret_entry);
	free(line);
	if (r == -EINVAL || (r == 0 && ret_entry->number != number))
		return -EBADMSG;
	settle_state(store, ret_entry);
	return r;
}

static bool digest_fits(const struct store_entry *entry, const char *bytes, size_t length)
{
	uint8_t digest[POLICY_DIGEST_LENGTH];

	crypto_generichash(digest, sizeof(digest), (const unsigned char *)bytes, length, NULL, 0);
	return memcmp(digest, entry->digest, sizeof(digest)) == 0;
}

int store_get(const struct store *store, uint64_t number, struct store_entry *ret_entry,
	char **ret_bytes, size_t *ret_length)
{
	char name[STORE_FILE_MAX], *bytes = NULL;
	size_t length = 0;
	int r = store_entry(store, number, ret_entry);

	if (r < 0)
		return r;
	store_file_name(name, number, ".conf");
	r = store_read_file(store, name, CONF_SIZE_MAX, &bytes, &length);
	if (r < 0) /* with a line and without its bytes it is broken */
		return r == -ENOENT || r == -EFBIG || r == -ELOOP ? -EBADMSG : r;
	if (!digest_fits(ret_entry, bytes, length)) {
		free(bytes);
		return -EBADMSG;
	}
	*ret_bytes = bytes;
	*ret_length = length;
	return 0;
}

bool store_error_passes(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE || error == -EINTR ||
	       error == -EAGAIN;
}

/* 1: it is, and was confirmed; 0: it is not; negative errno of the moment. */
static int is_intact(const struct store *store, uint64_t number)
{
	struct store_entry entry;
	size_t length;
	char *bytes = NULL;
	int r = store_get(store, number, &entry, &bytes, &length);

	if (r < 0)
		return store_error_passes(r) ? r : 0;
	free(bytes);
	return entry.state == STORE_CONFIRMED;
}

int store_confirmed_before(const struct store *store, uint64_t number, uint64_t *ret_number)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	int r = store_list(store, &numbers, &count);

	*ret_number = 0;
	while (r == 0 && count > 0) {
		uint64_t candidate = numbers[--count];

		if (candidate >= number)
			continue;
		r = is_intact(store, candidate);
		if (r > 0)
			*ret_number = candidate;
	}
	free(numbers);
	return r < 0 ? r : 0;
}

/* The number of a file's name, 0 for others. */
static uint64_t number_of(const char *name)
{
	char again[STORE_FILE_MAX];
	uint64_t number = strtoull(name, NULL, 10);

	store_file_name(again, number, ".json");
	return strcmp(again, name) == 0 ? number : 0;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static int collect(DIR *names, uint64_t **numbers, size_t *count)
{
	size_t room = 0;

	errno = 0;
	for (struct dirent *entry; (entry = readdir(names)); errno = 0) {
		uint64_t number = number_of(entry->d_name);

		if (number == 0)
			continue;
		uint64_t *grown = array_reserve(*numbers, sizeof(*grown), *count, &room);

		if (!grown)
			return -ENOMEM;
		*numbers = grown;
		(*numbers)[(*count)++] = number;
	}
	return -errno;
}

int store_list(const struct store *store, uint64_t **ret_numbers, size_t *ret_count)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	DIR *names;
	int r = fileio_names(store->directory, ".", &names);

	if (r < 0)
		return r;
	r = collect(names, &numbers, &count);
	closedir(names);
	if (r < 0) {
		free(numbers);
		return r;
	}
	if (count > 1)
		qsort(numbers, count, sizeof(*numbers), compare_numbers);
	*ret_numbers = numbers;
	*ret_count = count;
	return 0;
}

int64_t store_seconds_left(const struct store *store)
{
	char boot[STORE_BOOT_MAX];

	if (store->current.pending == 0)
		return -1;
	store_boot(boot);
	if (strcmp(boot, store->current.boot) != 0)
		return 0;
	int64_t left = store->current.deadline_boot - clock_boottime() / CLOCK_SECOND;

	/* Further away than can be: the clock of another boot, whose name could not be read. */
	return left < 0 || left > POLICY_CONFIRM_MAX + 1 ? 0 : left;
}
