/* SPDX-License-Identifier: GPL-2.0-or-later */
#undef _FORTIFY_SOURCE
#include "disk.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPS_MAX	   20000
#define FILES_MAX  2000
#define FDS_MAX	   256
#define NAME_BYTES 64
#define NONE	   (-1)

enum op_kind {
	OP_CREATE,
	OP_RENAME,
	OP_UNLINK,
	OP_WRITE,
	OP_TRUNCATE,
	OP_SYNC,
	OP_SYNC_NAMES,
};

struct op {
	enum op_kind kind;
	int directory; /* 0: the one that is watched, 1: its DISK_KEYS */
	int file;
	char name[NAME_BYTES], other[NAME_BYTES];
	off_t offset;
	size_t length;
	uint8_t *bytes;
};

struct named {
	char name[NAME_BYTES];
	int file;
};

struct names {
	struct named items[64];
	size_t count;
};

struct content {
	uint8_t *bytes;
	size_t length;
};

static struct op ops[OPS_MAX];
static size_t op_count, first_ops;
static int file_count;
static bool watching;
static char watched[PATH_MAX];
static struct names live[2];
static off_t sizes[FILES_MAX];
static struct {
	int directory, file; /* NONE: not one of ours */
	bool append;
} fds[FDS_MAX];

/* Names --------------------------------------------------------------------------------------- */

static struct named *find_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i].name, name) == 0)
			return &names->items[i];
	return NULL;
}

static void set_name(struct names *names, const char *name, int file)
{
	struct named *named = find_name(names, name);
	if (!named) {
		ck_assert_uint_lt(names->count, 64);
		named = &names->items[names->count++];
		snprintf(named->name, sizeof(named->name), "%s", name);
	}
	named->file = file;
}

static void remove_name(struct names *names, const char *name)
{
	struct named *named = find_name(names, name);
	if (named)
		*named = names->items[--names->count];
}

static void apply_to_names(struct names *names, const struct op *op)
{
	const struct named *old;
	switch (op->kind) {
	case OP_CREATE:
		set_name(names, op->name, op->file);
		break;
	case OP_RENAME:
		old = find_name(names, op->name);
		ck_assert_ptr_nonnull(old);
		set_name(names, op->other, old->file);
		remove_name(names, op->name);
		break;
	case OP_UNLINK:
		remove_name(names, op->name);
		break;
	default:
		break;
	}
}

static bool changes_names(const struct op *op)
{
	return op->kind == OP_CREATE || op->kind == OP_RENAME || op->kind == OP_UNLINK;
}

/* Recording ----------------------------------------------------------------------------------- */

static struct op *add(enum op_kind kind, int directory, int file)
{
	ck_assert_uint_lt(op_count, OPS_MAX);
	struct op *op = &ops[op_count++];
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->directory = directory;
	op->file = file;
	return op;
}

static void add_write(int file, const void *bytes, size_t length, off_t offset)
{
	struct op *op = add(OP_WRITE, NONE, file);
	op->bytes = malloc(length + 1);
	ck_assert_ptr_nonnull(op->bytes);
	memcpy(op->bytes, bytes, length);
	op->length = length;
	op->offset = offset;
	if (sizes[file] < offset + (off_t)length)
		sizes[file] = offset + (off_t)length;
}

static int add_file(int directory, const char *name)
{
	ck_assert_int_lt(file_count, FILES_MAX);
	int file = file_count++;
	struct op *op = add(OP_CREATE, directory, file);
	snprintf(op->name, sizeof(op->name), "%s", name);
	sizes[file] = 0;
	set_name(&live[directory], name, file);
	return file;
}

static void add_present(int directory, const char *path)
{
	DIR *names = opendir(path);
	ck_assert_ptr_nonnull(names);
	for (struct dirent *entry; (entry = readdir(names));) {
		struct stat status;
		if (fstatat(dirfd(names), entry->d_name, &status, 0) < 0 ||
			!S_ISREG(status.st_mode))
			continue;
		int fd = openat(dirfd(names), entry->d_name, O_RDONLY);
		uint8_t *bytes = malloc((size_t)status.st_size + 1);
		ck_assert_int_eq(read(fd, bytes, (size_t)status.st_size), status.st_size);
		int file = add_file(directory, entry->d_name);
		add_write(file, bytes, (size_t)status.st_size, 0);
		add(OP_SYNC, NONE, file);
		free(bytes);
		close(fd);
	}
	add(OP_SYNC_NAMES, directory, NONE);
	closedir(names);
}

void disk_watch(const char *directory)
{
	char keys[PATH_MAX];
	disk_stop();
	for (size_t i = 0; i < op_count; i++)
		free(ops[i].bytes);
	op_count = 0;
	file_count = 0;
	live[0].count = live[1].count = 0;
	for (int i = 0; i < FDS_MAX; i++)
		fds[i].directory = fds[i].file = NONE;
	snprintf(watched, sizeof(watched), "%s", directory);
	snprintf(keys, sizeof(keys), "%s/" DISK_KEYS, directory);
	add_present(0, directory);
	add_present(1, keys);
	first_ops = op_count;
	watching = true;
}

void disk_stop(void)
{
	watching = false;
}

size_t disk_ops(void)
{
	return op_count;
}

size_t disk_first(void)
{
	return first_ops;
}

static int file_of(int fd)
{
	return watching && fd >= 0 && fd < FDS_MAX ? fds[fd].file : NONE;
}

static int directory_of(int fd)
{
	return watching && fd >= 0 && fd < FDS_MAX ? fds[fd].directory : NONE;
}

static int watched_directory(const char *path)
{
	size_t length = strlen(watched);
	if (strncmp(path, watched, length) != 0)
		return NONE;
	if (path[length] == '\0')
		return 0;
	return strcmp(path + length, "/" DISK_KEYS) == 0 ? 1 : NONE;
}

int disk_openat(int directory, const char *name, int flags, mode_t mode)
{
	int fd = (int)syscall(SYS_openat, directory, name, flags, mode);
	if (!watching || fd < 0)
		return fd;
	ck_assert_int_lt(fd, FDS_MAX);
	int in = directory_of(directory);
	fds[fd].directory = watched_directory(name);
	fds[fd].file = NONE;
	fds[fd].append = flags & O_APPEND;
	if (in == NONE || flags & O_DIRECTORY)
		return fd;
	const struct named *named = find_name(&live[in], name);
	if (named)
		fds[fd].file = named->file;
	else if (flags & O_CREAT)
		fds[fd].file = add_file(in, name);
	return fd;
}

int disk_close(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		fds[fd].directory = fds[fd].file = NONE;
	return (int)syscall(SYS_close, fd);
}

ssize_t disk_write(int fd, const void *bytes, size_t length)
{
	int file = file_of(fd);
	off_t offset = 0;
	if (file != NONE)
		offset = fds[fd].append ? sizes[file] : lseek(fd, 0, SEEK_CUR);
	ssize_t written = syscall(SYS_write, fd, bytes, length);
	if (file != NONE && written > 0)
		add_write(file, bytes, (size_t)written, offset);
	return written;
}

ssize_t disk_pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	int file = file_of(fd);
	ssize_t written = syscall(SYS_pwrite64, fd, bytes, length, offset);
	if (file != NONE && written > 0)
		add_write(file, bytes, (size_t)written, offset);
	return written;
}

/* To the real disk nothing need go. */
int disk_sync(int fd, bool data)
{
	(void)data;
	if (file_of(fd) != NONE)
		add(OP_SYNC, NONE, file_of(fd));
	else if (directory_of(fd) != NONE)
		add(OP_SYNC_NAMES, directory_of(fd), NONE);
	return 0;
}

int disk_truncate(int fd, off_t length)
{
	int r = (int)syscall(SYS_ftruncate, fd, length);
	if (r == 0 && file_of(fd) != NONE) {
		add(OP_TRUNCATE, NONE, file_of(fd))->offset = length;
		sizes[file_of(fd)] = length;
	}
	return r;
}

int disk_rename(int from, const char *old, int to, const char *new)
{
	int r = (int)syscall(SYS_renameat, from, old, to, new);
	if (r == 0 && directory_of(from) != NONE) {
		ck_assert_int_eq(directory_of(from), directory_of(to));
		struct op *op = add(OP_RENAME, directory_of(from), NONE);
		snprintf(op->name, sizeof(op->name), "%s", old);
		snprintf(op->other, sizeof(op->other), "%s", new);
		apply_to_names(&live[op->directory], op);
	}
	return r;
}

int disk_unlink(int directory, const char *name)
{
	int r = (int)syscall(SYS_unlinkat, directory, name, 0);
	if (r == 0 && directory_of(directory) != NONE) {
		struct op *op = add(OP_UNLINK, directory_of(directory), NONE);
		snprintf(op->name, sizeof(op->name), "%s", name);
		apply_to_names(&live[op->directory], op);
	}
	return r;
}

/* Making it anew ------------------------------------------------------------------------------ */

static bool coin(void)
{
	return rand() % 2;
}

/* Bytes from first to last of what the call wrote. */
static void apply_write(struct content *content, const struct op *op, size_t first, size_t last)
{
	size_t end = (size_t)op->offset + last;
	if (first >= last)
		return;
	if (end > content->length) {
		content->bytes = realloc(content->bytes, end);
		if (!content->bytes)
			abort();
		memset(content->bytes + content->length, 0, end - content->length);
		content->length = end;
	}
	if (content->bytes)
		memcpy(content->bytes + op->offset + first, op->bytes + first, last - first);
}

static void apply_data(struct content *content, const struct op *op)
{
	if (op->kind == OP_WRITE)
		apply_write(content, op, 0, op->length);
	else if (op->kind == OP_TRUNCATE && (size_t)op->offset < content->length)
		content->length = (size_t)op->offset;
}

/* Something of it, or all, or nothing: the disk writes blocks in the order that it likes. */
static void apply_part(struct content *content, const struct op *op)
{
	if (op->kind != OP_WRITE) {
		if (coin())
			apply_data(content, op);
		return;
	}
	size_t from = coin() ? 0 : (size_t)rand() % (op->length + 1);
	size_t until = coin() ? op->length : (size_t)rand() % (op->length + 1);
	if (rand() % 3)
		apply_write(content, op, from, until);
}

static void make_content(struct content *content, int file, size_t count, bool power_cut)
{
	size_t synced = count;
	if (power_cut)
		for (synced = count; synced > 0; synced--)
			if (ops[synced - 1].kind == OP_SYNC && ops[synced - 1].file == file)
				break;
	for (size_t i = 0; i < count; i++)
		if (ops[i].file == file && i < synced)
			apply_data(content, &ops[i]);
		else if (ops[i].file == file)
			apply_part(content, &ops[i]);
	/* The call that was under way. */
	if (count < op_count && ops[count].file == file && ops[count].kind == OP_WRITE)
		apply_write(content, &ops[count], 0, (size_t)rand() % (ops[count].length + 1));
}

static void make_names(struct names *names, int directory, size_t count, bool power_cut)
{
	size_t synced = count, some;
	if (power_cut)
		for (synced = count; synced > 0; synced--)
			if (ops[synced - 1].kind == OP_SYNC_NAMES &&
				ops[synced - 1].directory == directory)
				break;
	some = synced + (size_t)rand() % (count - synced + 1);
	names->count = 0;
	for (size_t i = 0; i < some; i++)
		if (changes_names(&ops[i]) && ops[i].directory == directory)
			apply_to_names(names, &ops[i]);
}

static void put_file(int directory, const char *name, const struct content *content)
{
	int fd = (int)syscall(SYS_openat, directory, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(syscall(SYS_write, fd, content->bytes, content->length), content->length);
	syscall(SYS_close, fd);
}

static void make_directory(const char *path, int which, size_t count, bool power_cut)
{
	struct names names;
	int directory = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	ck_assert_int_ge(directory, 0);
	make_names(&names, which, count, power_cut);
	for (size_t i = 0; i < names.count; i++) {
		struct content content = { 0 };
		make_content(&content, names.items[i].file, count, power_cut);
		put_file(directory, names.items[i].name, &content);
		free(content.bytes);
	}
	syscall(SYS_close, directory);
}

void disk_make(const char *directory, size_t count, bool power_cut)
{
	char keys[PATH_MAX];
	snprintf(keys, sizeof(keys), "%s/" DISK_KEYS, directory);
	make_directory(directory, 0, count, power_cut);
	make_directory(keys, 1, count, power_cut);
}
