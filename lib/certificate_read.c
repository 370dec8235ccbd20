/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signed certificates: put together, taken apart, checked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "certificate.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL

static const char begin[] = "{\"certificate\":", middle[] = ",\"signature\":{\"key\":\"",
		  between[] = "\",\"ed25519\":\"", end[] = "\"}}\n";

#define KEY_TEXT       sodium_base64_ENCODED_LEN(CERTIFICATE_KEY, BASE64)
#define SIGNATURE_TEXT sodium_base64_ENCODED_LEN(CERTIFICATE_SIGNATURE, BASE64)
/* Of all that follows the object; the two lengths count a NUL each. */
#define TAIL                                                                                       \
	(sizeof(middle) - 1 + KEY_TEXT - 1 + sizeof(between) - 1 + SIGNATURE_TEXT - 1 +            \
		sizeof(end) - 1)

void certificate_sign(struct json *json, const char *object, const uint8_t key[CERTIFICATE_KEY],
	const uint8_t signature[CERTIFICATE_SIGNATURE])
{
	char text[SIGNATURE_TEXT];

	json_object_begin(json);
	json_key(json, "certificate");
	/* As it stands: a number is written without looking at it. */
	json_number(json, object);
	json_key(json, "signature");
	json_object_begin(json);
	json_key(json, "key");
	json_string(json, sodium_bin2base64(text, KEY_TEXT, key, CERTIFICATE_KEY, BASE64));
	json_key(json, "ed25519");
	json_string(json,
		sodium_bin2base64(text, SIGNATURE_TEXT, signature, CERTIFICATE_SIGNATURE, BASE64));
	json_object_end(json);
	json_object_end(json);
	json_newline(json);
}

/* A constant text at *at, which moves behind it. */
static bool take(const char **at, const char *constant, size_t length)
{
	if (memcmp(*at, constant, length) != 0)
		return false;
	*at += length;
	return true;
}

static bool take_base64(const char **at, size_t text_length, uint8_t *bytes, size_t length)
{
	size_t written;

	if (sodium_base642bin(bytes, length, *at, text_length, NULL, &written, NULL, BASE64) != 0 ||
		written != length)
		return false;
	*at += text_length;
	return true;
}

int certificate_parse(const char *text, size_t length, struct certificate_parts *ret_parts)
{
	const char *at = text;

	if (length < sizeof(begin) - 1 + 2 + TAIL || !take(&at, begin, sizeof(begin) - 1))
		return -EINVAL;
	ret_parts->object = at;
	ret_parts->length = length - (sizeof(begin) - 1) - TAIL;
	at += ret_parts->length;
	if (!take(&at, middle, sizeof(middle) - 1) ||
		!take_base64(&at, KEY_TEXT - 1, ret_parts->key, CERTIFICATE_KEY) ||
		!take(&at, between, sizeof(between) - 1) ||
		!take_base64(
			&at, SIGNATURE_TEXT - 1, ret_parts->signature, CERTIFICATE_SIGNATURE) ||
		!take(&at, end, sizeof(end) - 1))
		return -EINVAL;
	return 0;
}

bool certificate_verify(const struct certificate_parts *parts)
{
	return crypto_sign_verify_detached(parts->signature, (const unsigned char *)parts->object,
		       parts->length, parts->key) == 0;
}

/* Facts -----------------------------------------------------------------------------------------
 */

struct fact {
	const char *key;
	char *text; /* or NULL */
	size_t size;
	uint64_t *number; /* or NULL */
	bool found;
};

struct facts {
	struct fact *facts;
	size_t count;
};

static int take_member(const struct json_member *member, void *data)
{
	struct facts *facts = data;

	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->facts[i];

		if (strcmp(fact->key, member->key) != 0)
			continue;
		if (fact->found || (fact->number && member->type != JSON_NUMBER))
			return -EINVAL;
		if (fact->number)
			*fact->number = strtoull(member->text, NULL, 10);
		else if (member->type == JSON_STRING)
			snprintf(fact->text, fact->size, "%s", member->text);
		else if (member->type != JSON_NULL)
			return -EINVAL;
		fact->found = true;
	}
	return 0;
}

static int read_facts(const char *text, size_t length, struct fact *list, size_t count)
{
	struct facts facts = { list, count };
	char *copy = strndup(text, length);
	int r = copy ? json_read_object(copy, strlen(copy), take_member, &facts) : -ENOMEM;

	free(copy);
	for (size_t i = 0; i < count && r == 0; i++)
		if (!list[i].found)
			r = -EINVAL;
	return r;
}

#define TEXT(key, place)                                                                           \
	{                                                                                          \
		(key), (place), sizeof(place), NULL, false                                         \
	}
#define NUMBER(key, place)                                                                         \
	{                                                                                          \
		(key), NULL, 0, (place), false                                                     \
	}

/* One nested object of an object, as it stands. */
struct nested {
	const char *key;
	char *text; /* owned */
};

static int take_nested(const struct json_member *member, void *data)
{
	struct nested *nested = data;

	if (strcmp(member->key, nested->key) != 0)
		return 0;
	if (member->type != JSON_NESTED || nested->text)
		return -EINVAL;
	nested->text = strdup(member->text);
	return nested->text ? 0 : -ENOMEM;
}

static int read_nested(
	const char *object, size_t length, const char *key, struct fact *list, size_t count)
{
	struct nested nested = { .key = key };
	char *copy = strndup(object, length);
	int r = copy ? json_read_object(copy, strlen(copy), take_nested, &nested) : -ENOMEM;

	if (r == 0)
		r = nested.text ? read_facts(nested.text, strlen(nested.text), list, count)
				: -EINVAL;
	free(nested.text);
	free(copy);
	return r;
}

int certificate_read(const char *object, size_t length, struct certificate_facts *ret_facts)
{
	uint64_t seconds = 0, nodes = 0;

	memset(ret_facts, 0, sizeof(*ret_facts));
	struct fact own[] = { NUMBER("hedate.prove", &ret_facts->version),
		TEXT("result", ret_facts->result), TEXT("time", ret_facts->time),
		NUMBER("seconds", &seconds) };
	int r = read_facts(object, length, own, sizeof(own) / sizeof(own[0]));

	if (r == 0) {
		struct fact snapshot[] = { TEXT("sha256", ret_facts->snapshot_digest),
			TEXT("machine", ret_facts->machine) };

		r = read_nested(object, length, "snapshot", snapshot, 2);
	}
	if (r == 0) {
		struct fact policy[] = { TEXT("site", ret_facts->site),
			TEXT("revision", ret_facts->revision),
			TEXT("blake2b", ret_facts->policy_digest) };

		r = read_nested(object, length, "policy", policy, 3);
	}
	if (r == 0) {
		struct fact budget[] = { NUMBER("nodes", &nodes),
			NUMBER("steps", &ret_facts->budget.steps) };

		r = read_nested(object, length, "budget", budget, 2);
	}
	ret_facts->seconds = (int64_t)seconds;
	ret_facts->budget.nodes = nodes;
	return r == 0 && ret_facts->version != CERTIFICATE_VERSION ? -EINVAL : r;
}
