/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register of exceptions: any bytes as a register; and what any sequence of permitted steps
 * writes must be read again, to the same state. */
#include <stdlib.h>
#include <string.h>

#include "exception.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define START INT64_C(1795253400)

struct input {
	const uint8_t *bytes;
	size_t length;
};

static unsigned int take(struct input *input)
{
	if (input->length == 0)
		return 0;
	input->length--;
	return *input->bytes++;
}

static char *words(unsigned int number)
{
	static const char *const all[] = { "", "a", "甲", "a,b", "\"\\", "b\n", "\xff", "," };

	return strdup(all[number % 8]);
}

static void make_entry(struct input *input, int64_t *now, struct exception_entry *ret_entry)
{
	char id[EXCEPTION_ID_MAX] = "X-2026-0001";

	*now += (int64_t)take(input) * 61 - 200;
	*ret_entry = (struct exception_entry){ .time = *now };
	ret_entry->action = (enum exception_action)(take(input) % EXCEPTION_ACTIONS);
	ret_entry->uid = take(input) % 3;
	ret_entry->user = strdup("u");
	ret_entry->bytes = take(input);
	if (take(input) % 4)
		ret_entry->text = words(take(input));
	id[10] = (char)('0' + take(input) % 10);
	if (ret_entry->action == EXCEPTION_REPAIR)
		return;
	if (ret_entry->action != EXCEPTION_REQUEST) {
		ret_entry->id = strdup(id);
		return;
	}
	ret_entry->from = words(take(input));
	ret_entry->to = words(1);
	ret_entry->service = words(1);
	ret_entry->clauses = words(take(input));
	ret_entry->start = take(input) % 2 ? *now + take(input) - 100 : 0;
	ret_entry->end = *now + (int64_t)take(input) * 1000 - 100;
	ret_entry->emergency = take(input) % 2;
}

static void put(struct exception_register *reg, struct exception_entry *entry, struct json *text)
{
	static const struct exception_limits limits = { 200000, 100000 };
	struct exception_refusal refusal;
	size_t before = text->length;
	char cause[64], fix[64];

	if (exception_prepare(reg, entry) < 0)
		return;
	if (exception_check(reg, entry, &limits, &refusal) < 0) {
		exception_refusal_text(&refusal, cause, fix, sizeof(cause));
		return;
	}
	exception_line_write(text, entry);
	if (text->failed || exception_add(reg, entry, text->text + before, text->length - before))
		abort();
}

static void write_all(const struct exception_register *reg, int64_t now, struct json *ret_text)
{
	json_init(ret_text);
	for (size_t i = 0; i < reg->count; i++)
		exception_write(ret_text, &reg->items[i], now, NULL);
}

static void compare(const struct exception_register *reg, const struct json *text, int64_t now)
{
	struct exception_register again;
	struct exception_reading reading;
	struct json one, two;

	exception_register_init(&again);
	if (exception_register_read(&again, text->text ? text->text : "", text->length, &reading))
		abort();
	if (again.lines != reg->lines || reading.torn != 0)
		abort();
	write_all(reg, now, &one);
	write_all(&again, now, &two);
	if (one.length != two.length || (one.length && memcmp(one.text, two.text, one.length) != 0))
		abort();
	json_clear(&one);
	json_clear(&two);
	exception_register_clear(&again);
}

static void fuzz_steps(struct input *input)
{
	struct exception_register reg;
	struct exception_entry entry;
	int64_t now = START;
	struct json text;

	json_init(&text);
	exception_register_init(&reg);
	while (input->length > 0) {
		make_entry(input, &now, &entry);
		put(&reg, &entry, &text);
		exception_entry_clear(&entry);
	}
	compare(&reg, &text, now);
	exception_register_clear(&reg);
	json_clear(&text);
}

static void fuzz_bytes(const struct input *input)
{
	struct exception_register reg;
	struct exception_reading reading;
	struct exception_entry entry;

	exception_register_init(&reg);
	(void)exception_register_read(&reg, (const char *)input->bytes, input->length, &reading);
	exception_register_clear(&reg);
	(void)exception_line_read((const char *)input->bytes, input->length, &entry);
	exception_entry_clear(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct input input = { bytes, length };

	if (length == 0)
		return 0;
	if (take(&input) % 2)
		fuzz_bytes(&input);
	else
		fuzz_steps(&input);
	return 0;
}
