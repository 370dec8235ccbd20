/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key that signs evidence: Ed25519, of this gateway, made when it is used first. The file holds
 * its seed in base64 and is its owner's alone.
 */
#ifndef HEDATE_EVIDENCEKEY_H
#define HEDATE_EVIDENCEKEY_H

#include <stdbool.h>
#include <stddef.h>

#define EVIDENCEKEY_SIGNATURE 64
#define EVIDENCEKEY_PEM_MAX   128
#define EVIDENCEKEY_TEXT_MAX  48

struct evidencekey {
	unsigned char secret[64], public[32];
};

/*
 * Read it, or make it where there is none. 0, with *ret_made; -EPERM: others may read it, or it is
 * somebody else's; -EINVAL: it is no key; other negative errno.
 */
int evidencekey_open(const char *path, struct evidencekey *ret_key, bool *ret_made);
void evidencekey_clear(struct evidencekey *key);

void evidencekey_sign(const struct evidencekey *key, const void *text, size_t length,
	unsigned char signature[EVIDENCEKEY_SIGNATURE]);
/* The public key, as openssl reads it, and in base64. */
void evidencekey_pem(const struct evidencekey *key, char pem[EVIDENCEKEY_PEM_MAX]);
void evidencekey_text(const struct evidencekey *key, char text[EVIDENCEKEY_TEXT_MAX]);

#endif
