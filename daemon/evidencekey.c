/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidencekey.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fileio.h"

#define SEED crypto_sign_SEEDBYTES
#define TEXT sodium_base64_ENCODED_LEN(SEED, sodium_base64_VARIANT_ORIGINAL) /* with NUL */

_Static_assert(sizeof(((struct evidencekey *)0)->secret) == crypto_sign_SECRETKEYBYTES, "");
_Static_assert(sizeof(((struct evidencekey *)0)->public) == crypto_sign_PUBLICKEYBYTES, "");
_Static_assert(EVIDENCEKEY_SIGNATURE == crypto_sign_BYTES, "");

/* What stands before an Ed25519 public key in its SubjectPublicKeyInfo (RFC 8410). */
static const unsigned char info[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
	0x21, 0x00 };

static void take_seed(struct evidencekey *key, const unsigned char seed[SEED])
{
	(void)crypto_sign_seed_keypair(key->public, key->secret, seed);
}

static int read_seed(int fd, unsigned char seed[SEED])
{
	struct stat status;
	char text[TEXT + 1];
	size_t length = 0;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
		return -EPERM;
	ssize_t got = fileio_read(fd, text, sizeof(text), 0);

	if (got < 0)
		return (int)got;
	/* The text, and the newline in the place of its NUL. */
	int r = got == (ssize_t)TEXT && text[TEXT - 1] == '\n' &&
				sodium_base642bin(seed, SEED, text, TEXT - 1, NULL, &length, NULL,
					sodium_base64_VARIANT_ORIGINAL) == 0 &&
				length == SEED
			? 0
			: -EINVAL;

	sodium_memzero(text, sizeof(text));
	return r;
}

static int make_seed(const char *path, unsigned char seed[SEED])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char text[TEXT];
	int r;

	if (fd < 0)
		return -errno;
	randombytes_buf(seed, SEED);
	sodium_bin2base64(text, sizeof(text), seed, SEED, sodium_base64_VARIANT_ORIGINAL);
	text[TEXT - 1] = '\n';
	r = fileio_write(write, fd, text, TEXT, NULL);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		(void)unlink(path);
	sodium_memzero(text, sizeof(text));
	return r;
}

int evidencekey_open(const char *path, struct evidencekey *ret_key, bool *ret_made)
{
	unsigned char seed[SEED];
	int fd, r;

	if (sodium_init() < 0)
		return -EIO;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*ret_made = fd < 0 && errno == ENOENT;
	if (*ret_made)
		r = make_seed(path, seed);
	else
		r = fd < 0 ? -errno : read_seed(fd, seed);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		take_seed(ret_key, seed);
	sodium_memzero(seed, sizeof(seed));
	return r;
}

void evidencekey_clear(struct evidencekey *key)
{
	sodium_memzero(key, sizeof(*key));
}

void evidencekey_sign(const struct evidencekey *key, const void *text, size_t length,
	unsigned char signature[EVIDENCEKEY_SIGNATURE])
{
	(void)crypto_sign_detached(signature, NULL, text, length, key->secret);
}

void evidencekey_pem(const struct evidencekey *key, char pem[EVIDENCEKEY_PEM_MAX])
{
	unsigned char bytes[sizeof(info) + sizeof(key->public)];
	char text[sodium_base64_ENCODED_LEN(sizeof(bytes), sodium_base64_VARIANT_ORIGINAL)];

	memcpy(bytes, info, sizeof(info));
	memcpy(bytes + sizeof(info), key->public, sizeof(key->public));
	sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), sodium_base64_VARIANT_ORIGINAL);
	snprintf(pem, EVIDENCEKEY_PEM_MAX,
		"-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", text);
}

void evidencekey_text(const struct evidencekey *key, char text[EVIDENCEKEY_TEXT_MAX])
{
	sodium_bin2base64(text, EVIDENCEKEY_TEXT_MAX, key->public, sizeof(key->public),
		sodium_base64_VARIANT_ORIGINAL);
}
