/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logtime.h"
#include "record.h"

#define BASE64	    sodium_base64_VARIANT_ORIGINAL
#define HASH_TEXT   45 /* base64 of 32 bytes, with NUL */
#define KEY_ID	    4
#define SIGNATURE   (KEY_ID + crypto_sign_BYTES)
#define SIGNED_TEXT 93 /* base64 of SIGNATURE bytes, with NUL */
#define SIGNED_BY   "\xe2\x80\x94 "
#define ALGORITHM   0x01 /* Ed25519, in signed-note's key ids */

/* Writing ------------------------------------------------------------------------------------- */

/* CHECKPOINT_MAX has room for the longest one: the compact range is at most 64 * 45 bytes. */
__attribute__((format(printf, 3, 4))) static void put(
	char *text, size_t *length, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	*length += (size_t)vsnprintf(text + *length, CHECKPOINT_MAX - *length, format, arguments);
	va_end(arguments);
}

static const char *encode(const uint8_t bytes[32], char text[HASH_TEXT])
{
	return sodium_bin2base64(text, HASH_TEXT, bytes, 32, BASE64);
}

size_t checkpoint_format(const struct checkpoint *checkpoint, char text[CHECKPOINT_MAX])
{
	const struct logpoint *at = &checkpoint->at;
	char time[RECORD_TIME_MAX], hash[HASH_TEXT];
	struct merkle_hash root;
	size_t length = 0;
	merkle_root(&at->tree, &root);
	record_time_format(checkpoint->time, time);
	put(text, &length, "%s\n%" PRIu64 "\n%s\n", checkpoint->origin, at->tree.size,
		encode(root.bytes, hash));
	put(text, &length, "index %" PRIu64 "\ntime %s\n", checkpoint->index, time);
	put(text, &length, "segment %s %" PRIu64 "\n", at->file, at->end);
	put(text, &length, "sequence %" PRIu64 "\n", at->sequence);
	put(text, &length, "key %s\n", encode(checkpoint->key, hash));
	put(text, &length, "next %s\ntree", encode(checkpoint->next, hash));
	for (unsigned int level = MERKLE_LEVELS; level-- > 0;)
		if (at->tree.size >> level & 1)
			put(text, &length, " %s", encode(at->tree.nodes[level].bytes, hash));
	put(text, &length, "\n");
	return length;
}

static void key_id(const char *origin, const uint8_t key[CHECKPOINT_KEY], uint8_t id[KEY_ID])
{
	static const uint8_t between[] = { '\n', ALGORITHM };
	uint8_t digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)origin, strlen(origin));
	crypto_hash_sha256_update(&state, between, sizeof(between));
	crypto_hash_sha256_update(&state, key, CHECKPOINT_KEY);
	crypto_hash_sha256_final(&state, digest);
	memcpy(id, digest, KEY_ID);
}

size_t checkpoint_sign(const struct checkpoint *checkpoint, const uint8_t seed[CHECKPOINT_SEED],
	char text[CHECKPOINT_MAX])
{
	uint8_t public[CHECKPOINT_KEY], secret[crypto_sign_SECRETKEYBYTES], signature[SIGNATURE];
	char signed_text[SIGNED_TEXT];
	size_t length = checkpoint_format(checkpoint, text);
	crypto_sign_seed_keypair(public, secret, seed);
	key_id(checkpoint->origin, checkpoint->key, signature);
	crypto_sign_detached(signature + KEY_ID, NULL, (const unsigned char *)text, length, secret);
	sodium_memzero(secret, sizeof(secret));
	sodium_bin2base64(signed_text, sizeof(signed_text), signature, SIGNATURE, BASE64);
	put(text, &length, "\n" SIGNED_BY "%s %s\n", checkpoint->origin, signed_text);
	return length;
}

/* Reading -------------------------------------------------------------------------------------- */

/* Lines are read loosely, and then compared with what they would be written as. */
struct reader {
	const char *next, *end;
	char line[CHECKPOINT_MAX];
};

/*
 * The rest of the next line after prefix, NUL-terminated; NULL: there is no such line. One with a
 * NUL in it is none: what follows the NUL, nobody would compare.
 */
static char *take(struct reader *reader, const char *prefix)
{
	size_t left = (size_t)(reader->end - reader->next), skip = strlen(prefix);
	const char *newline =
		memchr(reader->next, '\n', left < CHECKPOINT_MAX ? left : CHECKPOINT_MAX);
	size_t length = newline ? (size_t)(newline - reader->next) : 0;
	if (!newline || length >= sizeof(reader->line) || length < skip ||
		memchr(reader->next, '\0', length) || memcmp(reader->next, prefix, skip) != 0)
		return NULL;
	memcpy(reader->line, reader->next + skip, length - skip);
	reader->line[length - skip] = '\0';
	reader->next = newline + 1;
	return reader->line;
}

static bool take_number(struct reader *reader, const char *prefix, uint64_t *ret_number)
{
	const char *text = take(reader, prefix);
	if (text)
		*ret_number = strtoull(text, NULL, 10);
	return text != NULL;
}

/* The library takes bytes beyond ASCII for '/'. */
static bool decode(const char *text, uint8_t *bytes, size_t size)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/=";
	size_t length;
	return text && text[strspn(text, alphabet)] == '\0' &&
	       sodium_base642bin(bytes, size, text, strlen(text), NULL, &length, NULL, BASE64) ==
		       0 &&
	       length == size;
}

static bool take_segment(struct reader *reader, struct logpoint *at)
{
	char *text = take(reader, "segment "), *space = text ? strchr(text, ' ') : NULL;
	struct logname name;
	if (!space)
		return false;
	*space = '\0';
	if (logname_parse(text, &name) < 0)
		return false;
	memcpy(at->file, text, strlen(text) + 1);
	at->end = strtoull(space + 1, NULL, 10);
	return true;
}

static bool take_time(struct reader *reader, int64_t *ret_time)
{
	const char *text = take(reader, "time ");
	return text && logtime_parse(text, ret_time) == 0;
}

static bool take_tree(struct reader *reader, struct merkle_range *tree)
{
	char *text = take(reader, "tree");
	for (unsigned int level = MERKLE_LEVELS; level-- > 0 && text;) {
		char *space;
		if (!(tree->size >> level & 1))
			continue;
		if (*text != ' ')
			return false;
		space = strchr(text + 1, ' ');
		if (space)
			*space = '\0';
		if (!decode(text + 1, tree->nodes[level].bytes, MERKLE_HASH))
			return false;
		if (!space)
			text += strlen(text);
		else
			*(text = space) = ' ';
	}
	return text != NULL;
}

static bool take_origin(struct reader *reader, char origin[CHECKPOINT_ORIGIN_MAX])
{
	const char *text = take(reader, "");
	size_t length = text ? strlen(text) : 0;
	if (length == 0 || length >= CHECKPOINT_ORIGIN_MAX)
		return false;
	memcpy(origin, text, length + 1);
	return true;
}

int checkpoint_parse_body(const char *text, size_t length, struct checkpoint *ret_checkpoint)
{
	struct reader reader = { .next = text, .end = text + length };
	struct checkpoint *checkpoint = ret_checkpoint;
	char again[CHECKPOINT_MAX];
	memset(checkpoint, 0, sizeof(*checkpoint));
	if (!take_origin(&reader, checkpoint->origin) ||
		!take_number(&reader, "", &checkpoint->at.tree.size) || !take(&reader, "") ||
		!take_number(&reader, "index ", &checkpoint->index) ||
		!take_time(&reader, &checkpoint->time) || !take_segment(&reader, &checkpoint->at) ||
		!take_number(&reader, "sequence ", &checkpoint->at.sequence) ||
		!decode(take(&reader, "key "), checkpoint->key, CHECKPOINT_KEY) ||
		!decode(take(&reader, "next "), checkpoint->next, CHECKPOINT_KEY) ||
		!take_tree(&reader, &checkpoint->at.tree))
		return -EINVAL;
	size_t used = (size_t)(reader.next - text);
	if (used >= CHECKPOINT_MAX || checkpoint_format(checkpoint, again) != used ||
		memcmp(text, again, used) != 0)
		return -EINVAL;
	return (int)used;
}

int checkpoint_parse(const char *text, size_t length, struct checkpoint *ret_checkpoint)
{
	uint8_t signature[SIGNATURE], id[KEY_ID];
	char prefix[CHECKPOINT_ORIGIN_MAX + 8];
	int used = checkpoint_parse_body(text, length, ret_checkpoint);
	if (used < 0)
		return used;
	struct reader reader = { .next = text + used, .end = text + length };
	const char *empty = take(&reader, "");
	if (!empty || *empty)
		return -EINVAL;
	snprintf(prefix, sizeof(prefix), SIGNED_BY "%s ", ret_checkpoint->origin);
	if (!decode(take(&reader, prefix), signature, sizeof(signature)))
		return -EINVAL;
	key_id(ret_checkpoint->origin, ret_checkpoint->key, id);
	if (memcmp(id, signature, KEY_ID) != 0 ||
		crypto_sign_verify_detached(signature + KEY_ID, (const unsigned char *)text,
			(size_t)used, ret_checkpoint->key) != 0)
		return -EBADMSG;
	return (int)(reader.next - text);
}

/* Keys and names ------------------------------------------------------------------------------- */

void checkpoint_vkey(
	const char *origin, const uint8_t key[CHECKPOINT_KEY], char text[CHECKPOINT_VKEY_MAX])
{
	uint8_t typed[1 + CHECKPOINT_KEY] = { ALGORITHM }, id[KEY_ID];
	char encoded[HASH_TEXT + 4];
	memcpy(typed + 1, key, CHECKPOINT_KEY);
	key_id(origin, key, id);
	sodium_bin2base64(encoded, sizeof(encoded), typed, sizeof(typed), BASE64);
	snprintf(text, CHECKPOINT_VKEY_MAX, "%s+%02x%02x%02x%02x+%s", origin, id[0], id[1], id[2],
		id[3], encoded);
}

int checkpoint_vkey_parse(
	const char *text, char origin[CHECKPOINT_ORIGIN_MAX], uint8_t key[CHECKPOINT_KEY])
{
	const char *first = strchr(text, '+'), *second = first ? strchr(first + 1, '+') : NULL;
	uint8_t typed[1 + CHECKPOINT_KEY];
	char again[CHECKPOINT_VKEY_MAX];
	if (!second || first == text || first - text >= CHECKPOINT_ORIGIN_MAX ||
		!decode(second + 1, typed, sizeof(typed)) || typed[0] != ALGORITHM)
		return -EINVAL;
	memcpy(origin, text, (size_t)(first - text));
	origin[first - text] = '\0';
	memcpy(key, typed + 1, CHECKPOINT_KEY);
	checkpoint_vkey(origin, key, again);
	return strcmp(text, again) == 0 ? 0 : -EINVAL;
}

void checkpoint_origin(
	const char *host, const uint8_t key[CHECKPOINT_KEY], char origin[CHECKPOINT_ORIGIN_MAX])
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char name[65];
	size_t length = 0;
	for (; length < sizeof(name) - 1 && host[length] != '\0'; length++) {
		char c = host[length];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '.' || c == '-';
		name[length] = plain ? c : '-';
	}
	name[length] = '\0';
	crypto_hash_sha256(digest, key, CHECKPOINT_KEY);
	snprintf(origin, CHECKPOINT_ORIGIN_MAX, "hedate/%s/%02x%02x%02x%02x%02x%02x%02x%02x",
		name[0] ? name : "gateway", digest[0], digest[1], digest[2], digest[3], digest[4],
		digest[5], digest[6], digest[7]);
}
