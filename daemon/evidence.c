/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/fileio.h"

#define PIECE	  65536
#define FILE_MODE 0600
/* From there on statuses are those of a shell that could not start a program, or of signals. */
#define STATUS_ANSWERED 125

int evidence_begin(struct evidence *ret_evidence, const char *path)
{
	memset(ret_evidence, 0, sizeof(*ret_evidence));
	ret_evidence->directory = -1;
	if (mkdir(path, 0700) < 0)
		return -errno;
	ret_evidence->directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return ret_evidence->directory < 0 ? -errno : 0;
}

void evidence_clear(struct evidence *evidence)
{
	if (evidence->directory >= 0)
		close(evidence->directory);
	free(evidence->parts);
	memset(evidence, 0, sizeof(*evidence));
	evidence->directory = -1;
}

/* Put a part on the list. */
static int note(struct evidence *evidence, const char *name, int error, int status)
{
	struct evidence_part *parts =
		reallocarray(evidence->parts, evidence->count + 1, sizeof(*parts));

	if (!parts)
		return -ENOMEM;
	evidence->parts = parts;
	parts += evidence->count++;
	snprintf(parts->name, sizeof(parts->name), "%s", name);
	parts->error = error;
	parts->status = status;
	if (error < 0)
		evidence->missing++;
	return error;
}

/* A new file of the bundle, open for writing. Its descriptor, or negative errno. */
static int create(const struct evidence *evidence, const char *name)
{
	const char *slash = strchr(name, '/');
	char directory[EVIDENCE_NAME_MAX];
	int fd;

	if (slash) {
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - name), name);
		if (mkdirat(evidence->directory, directory, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	fd = openat(evidence->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		FILE_MODE);
	return fd < 0 ? -errno : fd;
}

/* What was written is on disk; one that is not whole is no part. */
static int finish_file(const struct evidence *evidence, const char *name, int fd, int r)
{
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		(void)unlinkat(evidence->directory, name, 0);
	return r;
}

static int copy_bytes(int from, int to)
{
	char bytes[PIECE];
	ssize_t length;
	int r = 0;

	while (r == 0 && (length = read(from, bytes, sizeof(bytes))) != 0) {
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		r = fileio_write(write, to, bytes, (size_t)length, NULL);
	}
	return r;
}

int evidence_copy(struct evidence *evidence, const char *name, const char *path)
{
	int from = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status = { .st_mode = 0 };
	int r = from < 0 || fstat(from, &status) < 0 ? -errno : 0;
	int to = -1;

	if (r == 0 && !S_ISREG(status.st_mode))
		r = -EINVAL;
	if (r == 0 && (to = create(evidence, name)) < 0)
		r = to;
	if (r == 0)
		r = finish_file(evidence, name, to, copy_bytes(from, to));
	if (from >= 0)
		close(from);
	return note(evidence, name, r, -1);
}

int evidence_write(struct evidence *evidence, const char *name, const char *text, size_t length)
{
	int fd = create(evidence, name);
	int r = fd < 0 ? fd : fileio_write(write, fd, text, length, NULL);

	if (fd >= 0)
		r = finish_file(evidence, name, fd, r);
	return note(evidence, name, r, -1);
}

int evidence_missing(struct evidence *evidence, const char *name, int error)
{
	return note(evidence, name, error, -1);
}

/* Programs are the system's, whatever the caller's PATH says. Their messages are not part of it. */
static int start(int output, char *const argv[], pid_t *ret_pid)
{
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C.UTF-8";
	char *const environment[] = { path, language, NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(
			&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawnp(ret_pid, argv[0], &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int evidence_run(struct evidence *evidence, const char *name, char *const argv[])
{
	int status = -1, fd = create(evidence, name);
	pid_t pid = -1;
	int r = fd < 0 ? fd : start(fd, argv, &pid);

	if (r == 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		status = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_ANSWERED + 1;
		r = status > STATUS_ANSWERED ? -ECHILD : 0;
	}
	if (fd >= 0)
		r = finish_file(evidence, name, fd, r);
	return note(evidence, name, r, status);
}

/* Digests -------------------------------------------------------------------------------------- */

static void to_hex(const unsigned char *digest, char hex[EVIDENCE_HEX_MAX])
{
	sodium_bin2hex(hex, EVIDENCE_HEX_MAX, digest, crypto_hash_sha256_BYTES);
}

static int digest_file(const struct evidence *evidence, const char *name, char *hex)
{
	int fd = openat(evidence->directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned char bytes[PIECE], digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	ssize_t length = 0;

	if (fd < 0)
		return -errno;
	crypto_hash_sha256_init(&state);
	while ((length = read(fd, bytes, sizeof(bytes))) != 0) {
		if (length < 0 && errno != EINTR)
			break;
		if (length > 0)
			crypto_hash_sha256_update(&state, bytes, (unsigned long long)length);
	}
	int r = length < 0 ? -errno : 0;

	close(fd);
	crypto_hash_sha256_final(&state, digest);
	to_hex(digest, hex);
	return r;
}

/* The list of digests, owned by the caller. */
static int make_sums(const struct evidence *evidence, char **ret_text, size_t *ret_length)
{
	FILE *out = open_memstream(ret_text, ret_length);
	char hex[EVIDENCE_HEX_MAX];
	int r = out ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < evidence->count; i++) {
		const struct evidence_part *part = &evidence->parts[i];

		if (part->error < 0)
			continue;
		r = digest_file(evidence, part->name, hex);
		if (r == 0)
			fprintf(out, "%s  %s\n", hex, part->name);
	}
	if (out && fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	return r;
}

static int put_signature(
	struct evidence *evidence, const struct evidencekey *key, const char *text, size_t length)
{
	unsigned char signature[EVIDENCEKEY_SIGNATURE];
	char pem[EVIDENCEKEY_PEM_MAX];
	int r;

	evidencekey_sign(key, text, length, signature);
	evidencekey_pem(key, pem);
	r = evidence_write(
		evidence, EVIDENCE_SUMS ".sig", (const char *)signature, sizeof(signature));
	return r < 0 ? r : evidence_write(evidence, "evidence.pub", pem, strlen(pem));
}

int evidence_finish(
	struct evidence *evidence, const struct evidencekey *key, char digest[EVIDENCE_HEX_MAX])
{
	unsigned char bytes[crypto_hash_sha256_BYTES];
	char *text = NULL;
	size_t length = 0;
	int r = make_sums(evidence, &text, &length);

	if (r == 0)
		r = evidence_write(evidence, EVIDENCE_SUMS, text, length);
	if (r == 0)
		r = put_signature(evidence, key, text, length);
	if (r == 0 && fsync(evidence->directory) < 0)
		r = -errno;
	if (r == 0) {
		crypto_hash_sha256(bytes, (const unsigned char *)text, length);
		to_hex(bytes, digest);
	}
	free(text);
	return r;
}
