/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"

#define MAGIC	  "hedate sealing key\n"
#define NEW_FILE  SEAL_KEY_FILE ".new"
#define NO_FILE	  "hedate-00000000.jsonl" /* before all others: nothing is sealed */
#define BASE64	  sodium_base64_VARIANT_ORIGINAL
#define SEED_TEXT 45
#define KEY_TEXT  (CHECKPOINT_MAX + 256)

/* What the key file holds. */
struct keys {
	uint8_t seed[CHECKPOINT_SEED], next_seed[CHECKPOINT_SEED];
	uint64_t sealed;
	struct checkpoint next; /* its place is that of the last one */
};

struct seal {
	int log_directory, key_directory;
	struct keys keys;
	bool behind; /* the key file is: it still has a key that was used */
};

/* Names --------------------------------------------------------------------------------------- */

static int change_ending(const char *from, const char *ending, const char *to, char *name)
{
	size_t length = strlen(from), cut = strlen(ending);
	struct logname parsed;
	char segment[LOGNAME_MAX + 8];
	if (length <= cut || length >= LOGNAME_MAX || strcmp(from + length - cut, ending) != 0)
		return -EINVAL;
	snprintf(segment, sizeof(segment), "%.*s.jsonl", (int)(length - cut), from);
	if (logname_parse(segment, &parsed) < 0)
		return -EINVAL;
	snprintf(name, LOGNAME_MAX, "%.*s%s", (int)(length - cut), from, to);
	return 0;
}

int seal_name(const char *segment, char name[LOGNAME_MAX])
{
	return change_ending(segment, ".jsonl", ".seal", name);
}

int seal_segment(const char *name, char segment[LOGNAME_MAX])
{
	return change_ending(name, ".seal", ".jsonl", segment);
}

/* Files --------------------------------------------------------------------------------------- */

/* The bytes of a file that has no name any more. Where the file system writes in place they are
 * gone; where it does not, nothing better can be done. */
static void overwrite(int fd)
{
	static const char zeros[512];
	struct stat status;
	if (fstat(fd, &status) < 0)
		return;
	for (off_t at = 0; at < status.st_size; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) < 0)
			return;
	(void)fdatasync(fd);
}

/* The key file -------------------------------------------------------------------------------- */

static int save_keys(struct seal *seal)
{
	const struct keys *keys = &seal->keys;
	char text[KEY_TEXT], seed[SEED_TEXT], next[SEED_TEXT], body[CHECKPOINT_MAX];
	sodium_bin2base64(seed, sizeof(seed), keys->seed, CHECKPOINT_SEED, BASE64);
	sodium_bin2base64(next, sizeof(next), keys->next_seed, CHECKPOINT_SEED, BASE64);
	(void)checkpoint_format(&keys->next, body);
	int length =
		snprintf(text, sizeof(text), MAGIC "seed %s\nnext-seed %s\nsealed %" PRIu64 "\n%s",
			seed, next, keys->sealed, body);
	int old = openat(seal->key_directory, SEAL_KEY_FILE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = fileio_replace(
		seal->key_directory, SEAL_KEY_FILE, NEW_FILE, 0600, text, (size_t)length);
	if (old >= 0) {
		if (r == 0)
			overwrite(old);
		close(old);
	}
	sodium_memzero(text, sizeof(text));
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(next, sizeof(next));
	seal->behind = r < 0;
	return r;
}

static bool take_seed(const char **text, const char *key, uint8_t seed[CHECKPOINT_SEED])
{
	size_t skip = strlen(key), length;
	const char *end;
	if (strncmp(*text, key, skip) != 0 ||
		sodium_base642bin(seed, CHECKPOINT_SEED, *text + skip, strcspn(*text + skip, "\n"),
			NULL, &length, &end, BASE64) != 0 ||
		length != CHECKPOINT_SEED || *end != '\n')
		return false;
	*text = end + 1;
	return true;
}

/* Does the public key belong to the seed? */
static bool is_key_of(const uint8_t seed[CHECKPOINT_SEED], const uint8_t key[CHECKPOINT_KEY])
{
	uint8_t public[CHECKPOINT_KEY], secret[crypto_sign_SECRETKEYBYTES];
	crypto_sign_seed_keypair(public, secret, seed);
	sodium_memzero(secret, sizeof(secret));
	return memcmp(public, key, CHECKPOINT_KEY) == 0;
}

static int parse_keys(const char *text, struct keys *keys)
{
	const char *end = text + strlen(text);
	char *after;
	if (strncmp(text, MAGIC, sizeof(MAGIC) - 1) != 0)
		return -EBADMSG;
	text += sizeof(MAGIC) - 1;
	if (!take_seed(&text, "seed ", keys->seed) ||
		!take_seed(&text, "next-seed ", keys->next_seed) ||
		strncmp(text, "sealed ", 7) != 0)
		return -EBADMSG;
	keys->sealed = strtoull(text + 7, &after, 10);
	if (*after != '\n' || checkpoint_parse_body(after + 1, (size_t)(end - after - 1),
				      &keys->next) != end - after - 1)
		return -EBADMSG;
	return is_key_of(keys->seed, keys->next.key) && is_key_of(keys->next_seed, keys->next.next)
		       ? 0
		       : -EBADMSG;
}

static int load_keys(int directory, struct keys *keys)
{
	char text[KEY_TEXT + 1];
	int fd = openat(directory, SEAL_KEY_FILE, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t length = fileio_read(fd, text, KEY_TEXT, 0);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	int r = length < 0 ? (int)length : parse_keys(text, keys);
	sodium_memzero(text, sizeof(text));
	return r;
}

static void new_seed(uint8_t seed[CHECKPOINT_SEED], uint8_t key[CHECKPOINT_KEY])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	randombytes_buf(seed, CHECKPOINT_SEED);
	crypto_sign_seed_keypair(key, secret, seed);
	sodium_memzero(secret, sizeof(secret));
}

static int first_keys(struct seal *seal, const char *host)
{
	struct keys *keys = &seal->keys;
	char vkey[CHECKPOINT_VKEY_MAX + 1];
	memset(keys, 0, sizeof(*keys));
	new_seed(keys->seed, keys->next.key);
	new_seed(keys->next_seed, keys->next.next);
	checkpoint_origin(host, keys->next.key, keys->next.origin);
	memcpy(keys->next.at.file, NO_FILE, sizeof(NO_FILE));
	checkpoint_vkey(keys->next.origin, keys->next.key, vkey);
	size_t length = strlen(vkey);
	vkey[length] = '\n';
	int r = fileio_replace(
		seal->log_directory, SEAL_VKEY_FILE, SEAL_VKEY_FILE ".new", 0640, vkey, length + 1);
	return r < 0 ? r : save_keys(seal);
}

/* The checkpoint at this place of the .seal file has used up a key. */
static int next_key(struct seal *seal, const struct logpoint *at, uint64_t sealed)
{
	struct keys *keys = &seal->keys;
	memcpy(keys->seed, keys->next_seed, CHECKPOINT_SEED);
	memcpy(keys->next.key, keys->next.next, CHECKPOINT_KEY);
	new_seed(keys->next_seed, keys->next.next);
	keys->next.index++;
	keys->next.at = *at;
	keys->sealed = sealed;
	return save_keys(seal);
}

/* The .seal files ----------------------------------------------------------------------------- */

/* The last .seal file, "" when there is none. */
static int find_last(const char *directory, char last[LOGNAME_MAX])
{
	char segment[LOGNAME_MAX];
	const struct dirent *entry;
	DIR *names = opendir(directory);
	if (!names)
		return -errno;
	last[0] = '\0';
	while ((entry = readdir(names)))
		if (seal_segment(entry->d_name, segment) == 0 && strcmp(entry->d_name, last) > 0)
			memcpy(last, entry->d_name, strlen(entry->d_name) + 1);
	closedir(names);
	return 0;
}

/* What was written behind the checkpoint that the key file knows: the next one as a whole, and the
 * keys move on, or a part of it, which is cut off. */
static int settle_opened(struct seal *seal, int fd, off_t from)
{
	char text[CHECKPOINT_MAX];
	struct checkpoint found;
	struct stat status;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size <= from)
		return 0;
	ssize_t length = fileio_read(fd, text, sizeof(text), from);
	if (length < 0)
		return (int)length;
	int used = checkpoint_parse(text, (size_t)length, &found);
	bool next = used > 0 && found.index == seal->keys.next.index &&
		    memcmp(found.key, seal->keys.next.key, CHECKPOINT_KEY) == 0 &&
		    memcmp(found.next, seal->keys.next.next, CHECKPOINT_KEY) == 0;
	off_t end = status.st_size;
	size_t whole = next ? (size_t)used : 0;
	struct checkpoint ignored;
	/* Only what can be a part of one is cut off: anything else, such as what follows when old
	 * keys were put back, is for those who verify the log to judge. */
	if (end - from < CHECKPOINT_MAX &&
		(next ? checkpoint_parse(text + whole, (size_t)length - whole, &ignored) : used) ==
			-EINVAL)
		end = from + (off_t)whole;
	if (status.st_size > end && (ftruncate(fd, end) < 0 || fsync(fd) < 0))
		return -errno;
	if (next)
		return next_key(seal, &found.at, (uint64_t)end);
	if (from > 0)
		seal->keys.sealed = (uint64_t)end;
	return 0;
}

static int settle(struct seal *seal, const char *directory)
{
	char last[LOGNAME_MAX], known[LOGNAME_MAX];
	int r = find_last(directory, last);
	if (r < 0)
		return r;
	(void)seal_name(seal->keys.next.at.file, known);
	int order = strcmp(last, known);
	if (order < 0)
		return 0;
	int fd = openat(seal->log_directory, last, O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = settle_opened(seal, fd, order == 0 ? (off_t)seal->keys.sealed : 0);
	close(fd);
	return r;
}

/* Append to a .seal file; length: up to its last checkpoint, negative for all that it has. */
static int append(int fd, const char *text, size_t size, off_t length)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (length < 0 || status.st_size < length)
		length = status.st_size;
	if (status.st_size > length && ftruncate(fd, length) < 0)
		return -errno;
	int r = fileio_write(write, fd, text, size, NULL);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r < 0)
		(void)!ftruncate(fd, length);
	return r;
}

static int put_one(struct seal *seal, const struct logpoint *at, int64_t time)
{
	struct checkpoint checkpoint = seal->keys.next;
	bool same = strcmp(at->file, checkpoint.at.file) == 0;
	off_t length = same ? (off_t)seal->keys.sealed : -1;
	char text[CHECKPOINT_MAX], name[LOGNAME_MAX];
	checkpoint.at = *at;
	checkpoint.time = time;
	size_t size = checkpoint_sign(&checkpoint, seal->keys.seed, text);
	int r = seal_name(at->file, name);
	if (r < 0)
		return r;
	int fd = openat(seal->log_directory, name,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	r = append(fd, text, size, length);
	if (r == 0 && !same && fsync(seal->log_directory) < 0)
		r = -errno;
	struct stat status = { 0 };
	if (r == 0 && fstat(fd, &status) < 0)
		r = -errno;
	close(fd);
	return r < 0 ? r : next_key(seal, at, (uint64_t)status.st_size);
}

int seal_put(
	struct seal *seal, const struct logpoint *opened, const struct logpoint *at, int64_t time)
{
	int r = seal->behind ? save_keys(seal) : 0;
	if (r == 0 && strcmp(at->file, seal->keys.next.at.file) != 0)
		r = put_one(seal, opened, time);
	return r < 0 ? r : put_one(seal, at, time);
}

const struct logpoint *seal_last(const struct seal *seal)
{
	return &seal->keys.next.at;
}

uint64_t seal_index(const struct seal *seal)
{
	return seal->keys.next.index;
}

void seal_vkey(const struct seal *seal, char text[CHECKPOINT_VKEY_MAX])
{
	checkpoint_vkey(seal->keys.next.origin, seal->keys.next.key, text);
}

/* Begin and end ------------------------------------------------------------------------------- */

int seal_open(const char *log_directory, const char *key_directory, const char *host,
	struct seal **ret_seal, bool *ret_began)
{
	struct seal *seal = calloc(1, sizeof(*seal));
	if (!seal)
		return -ENOMEM;
	*ret_began = false;
	seal->key_directory = -1;
	seal->log_directory = open(log_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (seal->log_directory >= 0)
		seal->key_directory = open(key_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = seal->key_directory < 0 ? -errno : load_keys(seal->key_directory, &seal->keys);
	if (seal->key_directory >= 0 && r == -ENOENT) {
		r = first_keys(seal, host);
		*ret_began = r == 0;
	} else if (r == 0) {
		r = settle(seal, log_directory);
	}
	if (r < 0) {
		seal_close(seal);
		return r;
	}
	*ret_seal = seal;
	return 0;
}

void seal_close(struct seal *seal)
{
	if (!seal)
		return;
	if (seal->log_directory >= 0)
		close(seal->log_directory);
	if (seal->key_directory >= 0)
		close(seal->key_directory);
	sodium_memzero(seal, sizeof(*seal));
	free(seal);
}

int seal_peek(const char *key_directory, struct checkpoint *ret_next)
{
	struct keys keys;
	int directory = open(key_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	int r = load_keys(directory, &keys);
	close(directory);
	if (r == 0)
		*ret_next = keys.next;
	sodium_memzero(&keys, sizeof(keys));
	return r;
}
