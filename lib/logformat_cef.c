/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cef: "CEF:0|vendor|product|version|id|name|severity|key=value ...". What CEF's dictionary has a
 * key for gets it; every other member is called as here, without dots: "hedateTcpFlags".
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "logformat_impl.h"
#include "plaintext.h"

static const unsigned int severities[WEIGHTS] = {
	[WEIGHT_LEDGER] = 0,
	[WEIGHT_DONE] = 1,
	[WEIGHT_UNKNOWN] = 3,
	[WEIGHT_PASSED] = 4,
	[WEIGHT_BLOCKED] = 5,
	[WEIGHT_FAILED] = 7,
};

enum form {
	FORM_TEXT,
	FORM_TIME,   /* milliseconds since 1970 */
	FORM_MAC,    /* with colons */
	FORM_SOURCE, /* an address of either family: each has a key of its own */
	FORM_DESTINATION,
	FORM_LEFT_OUT, /* stands in the header, or says nothing here */
};

static const struct {
	const char *member, *key;
	const char *label; /* of a custom string or number */
	enum form form;
} keys[] = {
	{ "@timestamp", "rt", NULL, FORM_TIME },
	{ "event.sequence", "externalId", NULL, FORM_TEXT },
	{ "event.kind", NULL, NULL, FORM_LEFT_OUT },
	{ "event.category", "cat", NULL, FORM_TEXT },
	{ "event.type", NULL, NULL, FORM_LEFT_OUT },
	{ "event.action", NULL, NULL, FORM_LEFT_OUT },
	{ "event.outcome", "outcome", NULL, FORM_TEXT },
	{ "event.reason", "reason", NULL, FORM_TEXT },
	{ "event.start", "start", NULL, FORM_TIME },
	{ "event.end", "end", NULL, FORM_TIME },
	{ "observer.name", "dvchost", NULL, FORM_TEXT },
	{ "hedate.zone.source", "cs1", "sourceZone", FORM_TEXT },
	{ "hedate.zone.destination", "cs2", "destinationZone", FORM_TEXT },
	{ "hedate.segment.source", "cs3", "sourceSegment", FORM_TEXT },
	{ "hedate.segment.destination", "cs4", "destinationSegment", FORM_TEXT },
	{ "rule.ruleset", "cs5", "policyRevision", FORM_TEXT },
	{ "hedate.detail", "cs6", "detail", FORM_TEXT },
	{ "observer.ingress.interface.name", "deviceInboundInterface", NULL, FORM_TEXT },
	{ "observer.egress.interface.name", "deviceOutboundInterface", NULL, FORM_TEXT },
	{ "source.mac", "smac", NULL, FORM_MAC },
	{ "source.ip", NULL, NULL, FORM_SOURCE },
	{ "source.port", "spt", NULL, FORM_TEXT },
	{ "destination.ip", NULL, NULL, FORM_DESTINATION },
	{ "destination.port", "dpt", NULL, FORM_TEXT },
	{ "network.type", NULL, NULL, FORM_LEFT_OUT },
	{ "network.transport", "proto", NULL, FORM_TEXT },
	{ "network.iana_number", "cn1", "protocolNumber", FORM_TEXT },
	{ "network.packets", "cnt", NULL, FORM_TEXT },
	{ "network.bytes", "in", NULL, FORM_TEXT },
	{ "message", "msg", NULL, FORM_TEXT },
};

/* Ends of lines have an escape of their own. */
static void put_value(FILE *out, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, "\r\n");

		plaintext_put_n(out, text, length, "\\=", '\\');
		if (text[length] == '\0')
			return;
		fputs(text[length] == '\n' ? "\\n" : "\\r", out);
		text += length + 1;
	}
}

static void put_time(
	FILE *out, const char *key, const struct logmembers *members, const char *member)
{
	fprintf(out, " %s=%" PRId64, key, logmembers_time(members, member) / 1000000);
}

static void put_mac(FILE *out, const char *key, const char *text)
{
	fprintf(out, " %s=", key);
	for (; *text != '\0'; text++)
		putc(*text == '-' || !isxdigit((unsigned char)*text) ? ':' : *text, out);
}

static void put_text(FILE *out, const char *key, const char *label, const char *text)
{
	if (label)
		fprintf(out, " %sLabel=%s", key, label);
	fprintf(out, " %s=", key);
	put_value(out, text);
}

/* Addresses of IPv6 have custom keys. */
static void put_address(FILE *out, bool source, const char *text)
{
	if (!strchr(text, ':'))
		put_text(out, source ? "src" : "dst", NULL, text);
	else if (source)
		put_text(out, "c6a2", "Source IPv6 Address", text);
	else
		put_text(out, "c6a3", "Destination IPv6 Address", text);
}

/* "hedate.tcp.flags" -> "hedateTcpFlags": keys are letters and digits. */
static void put_other(FILE *out, const struct json_member *member)
{
	bool capital = false;

	putc(' ', out);
	for (const char *at = member->key; *at != '\0'; at++) {
		unsigned char character = (unsigned char)*at;

		if (!isalnum(character)) {
			capital = true;
			continue;
		}
		putc(capital ? toupper(character) : character, out);
		capital = false;
	}
	putc('=', out);
	put_value(out, member->text);
}

static void put_member(
	FILE *out, const struct logmembers *members, const struct json_member *member)
{
	size_t i = 0;

	while (i < sizeof(keys) / sizeof(keys[0]) && strcmp(keys[i].member, member->key) != 0)
		i++;
	if (i == sizeof(keys) / sizeof(keys[0])) {
		if (strncmp(member->key, "hedate.", 7) == 0)
			put_other(out, member);
		return;
	}
	switch (keys[i].form) {
	case FORM_TEXT:
		put_text(out, keys[i].key, keys[i].label, member->text);
		break;
	case FORM_TIME:
		put_time(out, keys[i].key, members, member->key);
		break;
	case FORM_MAC:
		put_mac(out, keys[i].key, member->text);
		break;
	case FORM_SOURCE:
	case FORM_DESTINATION:
		put_address(out, keys[i].form == FORM_SOURCE, member->text);
		break;
	case FORM_LEFT_OUT:
		break;
	}
}

static const char *name_of(const struct logformat_record *record)
{
	switch (record->weight) {
	case WEIGHT_BLOCKED:
		return "Flow blocked";
	case WEIGHT_PASSED:
		return "Flow observed";
	case WEIGHT_LEDGER:
		return "Ledger";
	case WEIGHT_DONE:
	case WEIGHT_UNKNOWN:
	case WEIGHT_FAILED:
		break;
	}
	return record->action;
}

void logformat_cef(FILE *out, const struct logformat_record *record)
{
	fputs("CEF:0|" LOGFORMAT_NAME "|" LOGFORMAT_NAME "|" HEDATE_VERSION "|", out);
	plaintext_put(out, record->action, "\\|", '\\');
	putc('|', out);
	plaintext_put(out, name_of(record), "\\|", '\\');
	fprintf(out, "|%u|act=%s", severities[record->weight],
		record->weight == WEIGHT_BLOCKED  ? "blocked"
		: record->weight == WEIGHT_PASSED ? "allowed"
						  : "");
	if (!logformat_is_flow(record))
		plaintext_put(out, record->action, "\\=", '\\');
	for (size_t i = 0; i < record->members.count; i++)
		put_member(out, &record->members, &record->members.items[i]);
	putc('\n', out);
}
