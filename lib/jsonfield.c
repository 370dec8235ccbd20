/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsonfield.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"

/* Numbers by their size ------------------------------------------------------------------------ */

static uint64_t get_unsigned(const uint8_t *at, size_t size)
{
	uint8_t one;
	uint16_t two;
	uint32_t four;
	uint64_t eight = 0;

	switch (size) {
	case sizeof(one):
		memcpy(&one, at, sizeof(one));
		return one;
	case sizeof(two):
		memcpy(&two, at, sizeof(two));
		return two;
	case sizeof(four):
		memcpy(&four, at, sizeof(four));
		return four;
	default:
		memcpy(&eight, at, sizeof(eight));
		return eight;
	}
}

static void put_unsigned(uint8_t *at, size_t size, uint64_t number)
{
	uint8_t one = (uint8_t)number;
	uint16_t two = (uint16_t)number;
	uint32_t four = (uint32_t)number;

	switch (size) {
	case sizeof(one):
		memcpy(at, &one, sizeof(one));
		break;
	case sizeof(two):
		memcpy(at, &two, sizeof(two));
		break;
	case sizeof(four):
		memcpy(at, &four, sizeof(four));
		break;
	default:
		memcpy(at, &number, sizeof(number));
	}
}

static uint64_t unsigned_max(size_t size)
{
	return size == sizeof(uint64_t) ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

static int64_t get_signed(const uint8_t *at, size_t size)
{
	int32_t four;
	int64_t eight;

	if (size == sizeof(four)) {
		memcpy(&four, at, sizeof(four));
		return four;
	}
	memcpy(&eight, at, sizeof(eight));
	return eight;
}

/* Writing -------------------------------------------------------------------------------------- */

static void write_bytes(const uint8_t *bytes, size_t length, struct json *json)
{
	static const char digits[] = "0123456789abcdef";
	char text[129];

	for (size_t i = 0; i < length && 2 * i + 2 < sizeof(text); i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json_string_n(json, text, 2 * length);
}

static void write_field(const struct jsonfield *field, const uint8_t *at, struct json *json)
{
	const char *text;
	bool yes;

	switch (field->kind) {
	case JSONFIELD_UNSIGNED:
		json_unsigned(json, get_unsigned(at, field->size));
		break;
	case JSONFIELD_SIGNED:
		json_signed(json, get_signed(at, field->size));
		break;
	case JSONFIELD_BOOL:
		memcpy(&yes, at, sizeof(yes));
		json_bool(json, yes);
		break;
	case JSONFIELD_TEXT:
		json_string(json, (const char *)at);
		break;
	case JSONFIELD_OWNED:
		memcpy(&text, at, sizeof(text));
		json_string(json, text);
		break;
	case JSONFIELD_BYTES:
		write_bytes(at, field->size, json);
		break;
	}
}

void jsonfield_write(
	const struct jsonfield *fields, size_t count, const void *record, struct json *json)
{
	for (size_t i = 0; i < count; i++) {
		json_key(json, fields[i].name);
		write_field(&fields[i], (const uint8_t *)record + fields[i].offset, json);
	}
}

/* Reading -------------------------------------------------------------------------------------- */

static bool read_text(const struct jsonfield *field, struct jsonpull *pull, uint8_t *at)
{
	if (!jsonpull_string(pull))
		return false;
	if (pull->string_length >= field->size)
		return jsonpull_refuse(pull, N_("this text is too long"), field->name);
	memcpy(at, pull->string, pull->string_length + 1);
	return true;
}

static bool read_owned(struct jsonpull *pull, uint8_t *at)
{
	char **place = (char **)(void *)at;

	if (!jsonpull_string(pull))
		return false;
	*place = strdup(pull->string);
	return *place || jsonpull_no_memory(pull);
}

static bool read_bytes(const struct jsonfield *field, struct jsonpull *pull, uint8_t *at)
{
	if (!jsonpull_hex(pull))
		return false;
	if (pull->string_length != field->size)
		return jsonpull_refuse(
			pull, N_("these are more or fewer bytes than it has"), field->name);
	memcpy(at, pull->string, field->size);
	return true;
}

static bool read_field(const struct jsonfield *field, struct jsonpull *pull, uint8_t *at)
{
	uint64_t number = 0;
	int64_t with_sign = 0;
	int32_t four;
	bool yes = false, small = field->size == sizeof(four);

	switch (field->kind) {
	case JSONFIELD_UNSIGNED:
		if (!jsonpull_unsigned(pull, unsigned_max(field->size), &number))
			return false;
		put_unsigned(at, field->size, number);
		return true;
	case JSONFIELD_SIGNED:
		if (!jsonpull_signed(pull, small ? INT32_MIN : INT64_MIN,
			    small ? INT32_MAX : INT64_MAX, &with_sign))
			return false;
		four = (int32_t)with_sign;
		memcpy(at, small ? (const void *)&four : &with_sign, field->size);
		return true;
	case JSONFIELD_BOOL:
		if (!jsonpull_bool(pull, &yes))
			return false;
		memcpy(at, &yes, sizeof(yes));
		return true;
	case JSONFIELD_TEXT:
		return read_text(field, pull, at);
	case JSONFIELD_OWNED:
		return read_owned(pull, at);
	case JSONFIELD_BYTES:
		return read_bytes(field, pull, at);
	}
	return false;
}

bool jsonfield_read(
	const struct jsonfield *fields, size_t count, struct jsonpull *pull, void *record)
{
	for (size_t i = 0; i < count; i++)
		if (!jsonpull_member(pull, fields[i].name) ||
			!read_field(&fields[i], pull, (uint8_t *)record + fields[i].offset))
			return false;
	return true;
}
