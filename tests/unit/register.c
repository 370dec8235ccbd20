/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "register.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct exception_limits limits = { .longest = 90 * DAY, .emergency = 72 * HOUR };

struct exception_register reg;
struct exception_entry entry;
struct exception_refusal refusal;
struct json text;

void register_set_up(void)
{
	exception_register_init(&reg);
	json_init(&text);
	entry = (struct exception_entry){ 0 };
}

void register_tear_down(void)
{
	exception_register_clear(&reg);
	exception_entry_clear(&entry);
	json_clear(&text);
}

static char *copy(const char *string)
{
	return string ? strdup(string) : NULL;
}

void make_request(void)
{
	exception_entry_clear(&entry);
	entry.action = EXCEPTION_REQUEST;
	entry.time = NOW;
	entry.uid = SATO;
	entry.user = strdup("sato");
	entry.from = strdup("10.10.0.12");
	entry.to = strdup("10.20.0.40");
	entry.service = strdup("tcp/445");
	entry.clauses = strdup("第2章4(1)①,第2章4(2)①(ア)");
	entry.text = strdup("基幹系の障害により \"暫定\" 経路を使う");
	entry.start = NOW;
	entry.end = NOW + HOUR;
}

void make_step(
	enum exception_action action, const char *id, uint32_t uid, int64_t time, const char *words)
{
	exception_entry_clear(&entry);
	entry.action = action;
	entry.time = time;
	entry.uid = uid;
	entry.user = strdup(uid == SATO ? "sato" : "suzuki");
	entry.id = copy(id);
	entry.text = copy(words);
}

void set(char **place, const char *string)
{
	free(*place);
	*place = copy(string);
}

void take(void)
{
	size_t before = text.length;

	ck_assert_int_eq(exception_prepare(&reg, &entry), 0);
	ck_assert_int_eq(exception_check(&reg, &entry, &limits, &refusal), 0);
	exception_line_write(&text, &entry);
	ck_assert(!text.failed);
	ck_assert_int_eq(exception_add(&reg, &entry, text.text + before, text.length - before), 0);
}

void step(
	enum exception_action action, const char *id, uint32_t uid, int64_t time, const char *words)
{
	make_step(action, id, uid, time, words);
	take();
}

void request(void)
{
	make_request();
	take();
}

void request_emergency(void)
{
	make_request();
	entry.emergency = true;
	take();
}

void ck_refused(enum exception_error error)
{
	ck_assert_int_eq(exception_check(&reg, &entry, &limits, &refusal), -EINVAL);
	ck_assert_str_eq(exception_error_name(refusal.error), exception_error_name(error));
}

void ck_state(int64_t now, const char *state, bool in_force, bool report_due)
{
	const struct exception *exception = exception_find(&reg, "X-2026-0001");

	ck_assert_ptr_nonnull(exception);
	ck_assert_str_eq(exception_state_name(exception_state_at(exception, now)), state);
	ck_assert_int_eq(exception_in_force(exception, now), in_force);
	ck_assert_int_eq(exception_report_due(exception), report_due);
}

void ck_words(const char *cause, const char *fix)
{
	char have_cause[512], have_fix[512];

	exception_refusal_text(&refusal, have_cause, have_fix, sizeof(have_cause));
	ck_assert_str_eq(have_cause, cause);
	ck_assert_str_eq(have_fix, fix);
}
