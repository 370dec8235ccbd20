/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as a signed certificate, and any object as what one says of itself: what is taken apart
 * is within the text and put together again as it was, and texts end.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/certificate.h"
#include "demand.h"

static void check_end(const char *text, size_t size)
{
	demand(memchr(text, '\0', size) != NULL, "a text ends");
}

static void check_object(const char *object, size_t length)
{
	struct certificate_facts facts;

	if (certificate_read(object, length, &facts) < 0)
		return;
	demand(facts.version == CERTIFICATE_VERSION, "of this version");
	check_end(facts.result, sizeof(facts.result));
	check_end(facts.time, sizeof(facts.time));
	check_end(facts.machine, sizeof(facts.machine));
	check_end(facts.site, sizeof(facts.site));
	check_end(facts.snapshot_digest, sizeof(facts.snapshot_digest));
	check_end(facts.policy_digest, sizeof(facts.policy_digest));
	check_end(facts.revision, sizeof(facts.revision));
}

static void check_again(const char *text, size_t length, const struct certificate_parts *parts)
{
	char *object = strndup(parts->object, parts->length);
	struct json json;

	demand(object != NULL, "memory");
	json_init(&json);
	certificate_sign(&json, object, parts->key, parts->signature);
	/* An object with a NUL in it is shorter as a text, and base64 may end in other bits. */
	if (strlen(object) == parts->length)
		demand(json.length == length && memcmp(json.text, text, 15) == 0,
			"as long as it was");
	json_clear(&json);
	free(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	/* Of exactly this length: what is behind it is not read. */
	char *text = malloc(length ? length : 1);
	struct certificate_parts parts;

	demand(text != NULL, "memory");
	memcpy(text, bytes, length);
	if (certificate_parse(text, length, &parts) == 0) {
		demand(parts.object >= text && parts.length <= length &&
				(size_t)(parts.object - text) <= length - parts.length,
			"within the text");
		check_again(text, length, &parts);
		(void)certificate_verify(&parts);
		check_object(parts.object, parts.length);
	}
	check_object(text, length);
	free(text);
	return 0;
}
