/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rfc5424: facility local0; all members as structured data, a summary as the message. */
#include <string.h>

#include "logformat_impl.h"
#include "plaintext.h"
#include "record.h"

#define FACILITY_LOCAL0 16
#define SD_ID		LOGFORMAT_NAME "@32473" /* the number that RFC 5612 sets aside for no one */
#define NAME_MAX_BYTES	32
#define HOST_MAX_BYTES	255
#define MICROSECONDS	26 /* "2026-11-20T08:00:00.123456", no more are allowed */

static const unsigned int severities[WEIGHTS] = {
	[WEIGHT_LEDGER] = 6,
	[WEIGHT_DONE] = 6,
	[WEIGHT_UNKNOWN] = 5,
	[WEIGHT_PASSED] = 5,
	[WEIGHT_BLOCKED] = 4,
	[WEIGHT_FAILED] = 3,
};

/* Only characters that print, of ASCII, not too many; NULL gives the nil value. */
static const char *or_nil(const char *text, size_t longest)
{
	size_t length = 0;

	while (text && text[length] > ' ' && text[length] < 0x7f)
		length++;
	return length > 0 && length <= longest && text[length] == '\0' ? text : "-";
}

/* A name that structured data cannot have is not one of ours. */
static bool can_be_name(const char *key)
{
	return or_nil(key, NAME_MAX_BYTES) == key && !strpbrk(key, "=]\"");
}

static void put_data(FILE *out, const struct logmembers *members)
{
	fputs("[" SD_ID, out);
	for (size_t i = 0; i < members->count; i++) {
		const struct json_member *member = &members->items[i];

		if (!can_be_name(member->key))
			continue;
		fprintf(out, " %s=\"", member->key);
		plaintext_put(out, member->text, "\"\\]", '\\');
		putc('"', out);
	}
	putc(']', out);
}

static bool is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

void logformat_rfc5424(FILE *out, const struct logformat_record *record)
{
	char time[RECORD_TIME_MAX];

	record_time_format(logmembers_time(&record->members, "@timestamp"), time);
	fprintf(out, "<%u>1 %.*sZ %s " LOGFORMAT_NAME " - %s ",
		FACILITY_LOCAL0 * 8 + severities[record->weight], MICROSECONDS, time,
		or_nil(logformat_text(record, "observer.name"), HOST_MAX_BYTES),
		or_nil(record->action, NAME_MAX_BYTES));
	put_data(out, &record->members);
	/* A byte order mark says that it is UTF-8. */
	fputs(is_ascii(record->summary) ? " " : " \xef\xbb\xbf", out);
	plaintext_put(out, record->summary, "", '\\');
	putc('\n', out);
}
