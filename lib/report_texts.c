/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every text of a report is there: "" for one that nobody has set. */
#include <string.h>

#include "report_shape.h"

static void complete_object(const struct report_shape *shape, unsigned char *object);

static void complete_text(unsigned char *place)
{
	static const char *const none = "";
	const char *text;

	memcpy(&text, place, sizeof(text));
	if (!text)
		memcpy(place, &none, sizeof(none));
}

static void complete_array(const struct report_field *field, unsigned char *object)
{
	unsigned char *items;
	size_t count;

	memcpy(&items, object + field->offset, sizeof(items));
	memcpy(&count, object + field->count, sizeof(count));
	for (size_t i = 0; i < count; i++)
		if (field->shape)
			complete_object(field->shape, items + i * field->shape->size);
		else
			complete_text(items + i * sizeof(const char *));
}

static void complete_object(const struct report_shape *shape, unsigned char *object)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct report_field *field = &shape->fields[i];

		if (field->kind == REPORT_FIELD_TEXT)
			complete_text(object + field->offset);
		else if (field->kind == REPORT_FIELD_OBJECT)
			complete_object(field->shape, object + field->offset);
		else if (field->kind == REPORT_FIELD_ARRAY || field->kind == REPORT_FIELD_TEXTS)
			complete_array(field, object);
		for (size_t k = 0; field->kind == REPORT_FIELD_FAMILIES && k < REPORT_FAMILIES; k++)
			complete_text(object + field->offset + k * sizeof(const char *));
	}
}

void report_complete(struct report *report)
{
	complete_object(&report_shape, (unsigned char *)report);
}
