/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_json.h"

#include <string.h>

#include "exception.h"
#include "report_shape.h"

static void put_object(struct json *json, const struct report_shape *shape, const void *object);

/* Members are read by memcpy: their types are only known by their kinds. */
#define MEMBER(type, name, place)                                                                  \
	type name;                                                                                 \
	memcpy(&(name), (place), sizeof(name))

static void put_time(struct json *json, const void *place)
{
	MEMBER(int64_t, seconds, place);
	char text[EXCEPTION_TIME_MAX];

	if (seconds == 0) {
		json_null(json);
		return;
	}
	exception_time_format(seconds, text);
	json_string(json, text);
}

static void put_texts(struct json *json, const void *place, size_t count)
{
	MEMBER(const char *const *, texts, place);

	json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		json_string(json, texts[i] ? texts[i] : "");
	json_array_end(json);
}

static void put_array(
	struct json *json, const struct report_shape *shape, const void *place, size_t count)
{
	MEMBER(const unsigned char *, items, place);

	json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		put_object(json, shape, items + i * shape->size);
	json_array_end(json);
}

static void put_text(struct json *json, const void *place)
{
	MEMBER(const char *, text, place);

	json_string(json, text ? text : "");
}

static void put_bool(struct json *json, const void *place)
{
	MEMBER(bool, value, place);

	json_bool(json, value);
}

static void put_number(struct json *json, const void *place)
{
	MEMBER(uint64_t, value, place);

	json_unsigned(json, value);
}

static void put_families(struct json *json, const void *place)
{
	json_array_begin(json);
	for (size_t i = 0; i < REPORT_FAMILIES; i++)
		put_text(json, (const char *)place + i * sizeof(const char *));
	json_array_end(json);
}

static void put_member(struct json *json, const struct report_field *field, const void *object)
{
	const unsigned char *place = (const unsigned char *)object + field->offset;
	MEMBER(size_t, count, (const unsigned char *)object + field->count);
	unsigned int number;

	switch (field->kind) {
	case REPORT_FIELD_TEXT:
		put_text(json, place);
		break;
	case REPORT_FIELD_DIGEST:
		json_string(json, (const char *)place);
		break;
	case REPORT_FIELD_BOOL:
		put_bool(json, place);
		break;
	case REPORT_FIELD_UNSIGNED:
		memcpy(&number, place, sizeof(number));
		json_unsigned(json, number);
		break;
	case REPORT_FIELD_NUMBER:
		put_number(json, place);
		break;
	case REPORT_FIELD_TIME:
		put_time(json, place);
		break;
	case REPORT_FIELD_WORD:
		memcpy(&number, place, sizeof(number));
		json_string(json, field->words->names[number]);
		break;
	case REPORT_FIELD_OBJECT:
		put_object(json, field->shape, place);
		break;
	case REPORT_FIELD_ARRAY:
		put_array(json, field->shape, place, count);
		break;
	case REPORT_FIELD_TEXTS:
		put_texts(json, place, count);
		break;
	case REPORT_FIELD_FAMILIES:
		put_families(json, place);
		break;
	}
}

static void put_members(struct json *json, const struct report_shape *shape, const void *object)
{
	for (size_t i = 0; i < shape->count; i++) {
		json_key(json, shape->fields[i].key);
		put_member(json, &shape->fields[i], object);
	}
}

static void put_object(struct json *json, const struct report_shape *shape, const void *object)
{
	json_object_begin(json);
	put_members(json, shape, object);
	json_object_end(json);
}

void report_write(const struct report *report, struct json *json)
{
	json_object_begin(json);
	json_key(json, "json_version");
	json_unsigned(json, REPORT_VERSION);
	json_key(json, "document");
	json_string(json, REPORT_DOCUMENT);
	put_members(json, &report_shape, report);
	json_object_end(json);
}
