/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logview.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/i18n.h"
#include "../lib/logtime.h"
#include "../lib/record.h"
#include "options.h"

/* Minimum widths for what is usual, so that a list that is printed in pieces seldom shifts. */
int logview_new(bool color, struct table **ret_table)
{
	char title[LOGTIME_TEXT_MAX + 32], zone[LOGTIME_TEXT_MAX];
	struct table_column columns[] = {
		{ title, false, 23 },
		{ _("REASON"), false, 9 },
		{ _("FROM"), false, 18 },
		{ _("TO"), false, 18 },
		{ _("SOURCE"), false, 21 },
		{ _("DESTINATION"), false, 21 },
		{ _("PROTOCOL"), false, 6 },
		{ _("PACKETS"), true, 7 },
		{ _("DETAIL"), false, 0 },
	};
	struct table *table;
	int error;

	logtime_zone((int64_t)time(NULL) * 1000000000, zone);
	snprintf(title, sizeof(title), _("TIME (%s)"), zone);
	error = table_new(columns, sizeof(columns) / sizeof(columns[0]), color, &table);
	if (error < 0)
		return error;
	*ret_table = table;
	return 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* "10.30.17.5:40000", "[fd00::1]:443", or the address alone. */
static void show_end(struct table *table, const char *address, const char *port)
{
	if (!address)
		table_cell(table, TABLE_FAINT, "-");
	else if (!port)
		table_cell(table, TABLE_PLAIN, address);
	else if (strchr(address, ':'))
		table_format(table, TABLE_PLAIN, "[%s]:%s", address, port);
	else
		table_format(table, TABLE_PLAIN, "%s:%s", address, port);
}

static void show_protocol(struct table *table, const struct log_record *record)
{
	const char *name =
		record->transport ? record->transport : or_empty(record->protocol_number);

	if (record->icmp_type && record->icmp_code)
		table_format(
			table, TABLE_PLAIN, "%s %s/%s", name, record->icmp_type, record->icmp_code);
	else if (record->tcp_flags)
		table_format(table, TABLE_PLAIN, "%s %s", name, record->tcp_flags);
	else
		table_cell(table, TABLE_PLAIN, name);
}

static void show_number(struct table *table, enum table_style style, const char *text)
{
	unsigned long value;

	if (text && options_number(text, UINT64_MAX, &value))
		table_number(table, style, value);
	else
		table_cell(table, style, or_empty(text));
}

/* Interfaces, the source's MAC, and when less than everything is known of the packet. */
static void show_detail(struct table *table, const struct log_record *record)
{
	const char *remark = "";

	if (record->detail && strcmp(record->detail, "counted") == 0)
		remark = _("(counted only: the packet itself was not seen)");
	else if (record->detail && strcmp(record->detail, "overflow") == 0)
		remark = _("(overflow: logged one by one)");
	table_format(table, TABLE_PLAIN, "%s%s%s%s%s%s%s", or_empty(record->ingress),
		record->egress ? " > " : "", or_empty(record->egress),
		record->source_mac ? " " : "", or_empty(record->source_mac),
		*remark && (record->ingress || record->egress) ? " " : "", remark);
}

static void add_flow(struct table *table, const struct log_record *record)
{
	const char *from = record->segment_source ? record->segment_source : record->zone_source;
	const char *to = record->segment_destination ? record->segment_destination
						     : record->zone_destination;

	bool passed = record->reason && strcmp(record->reason, RECORD_OBSERVED) == 0;

	table_cell(table, passed ? TABLE_WARN : TABLE_BAD, record->reason);
	table_cell(table, TABLE_PLAIN, from);
	table_cell(table, TABLE_PLAIN, to);
	show_end(table, record->source_ip, record->source_port);
	show_end(table, record->destination_ip, record->destination_port);
	show_protocol(table, record);
	show_number(table, TABLE_PLAIN, record->packets);
	show_detail(table, record);
}

/* What is not a flow: its action, a number of packets or none, its text in the last column. */
static void add_other(struct table *table, enum table_style style, const char *action,
	const char *packets, const char *text)
{
	table_cell(table, style, action);
	for (int i = 0; i < 5; i++)
		table_cell(table, TABLE_PLAIN, "");
	show_number(table, style, packets);
	table_cell(table, TABLE_PLAIN, text);
}

/* A scan: whose, from where to where. One whose addresses are forged is known by its MAC. */
static void add_alert(struct table *table, const struct log_record *record)
{
	table_cell(table, TABLE_BAD, record->action);
	table_cell(table, TABLE_PLAIN,
		or_empty(record->segment_source ? record->segment_source : record->zone_source));
	table_cell(table, TABLE_PLAIN, or_empty(record->zone_destination));
	table_cell(table, TABLE_PLAIN,
		or_empty(record->source_ip ? record->source_ip : record->source_mac));
	for (int i = 0; i < 3; i++)
		table_cell(table, TABLE_PLAIN, "");
	table_cell(table, TABLE_PLAIN, record->message);
}

static void add_event(struct table *table, const struct log_record *record)
{
	bool failure = record->outcome && strcmp(record->outcome, "failure") == 0;

	if (record->kind && strcmp(record->kind, "alert") == 0)
		add_alert(table, record);
	else
		add_other(table, failure ? TABLE_BAD : TABLE_STRONG, record->action, NULL,
			record->message);
}

static void add_ledger(struct table *table, const struct log_record *record)
{
	char text[160];

	snprintf(text, sizeof(text), _("epoch %s: %s on record, %s lost"), or_empty(record->epoch),
		or_empty(record->epoch_recorded), or_empty(record->epoch_lost));
	add_other(table, TABLE_FAINT, record->action, record->epoch_packets, text);
}

void logview_add(struct table *table, const struct log_record *record)
{
	char time[LOGTIME_TEXT_MAX];

	logtime_format_local(record->time, time);
	table_cell(table, TABLE_FAINT, time);
	switch (log_record_class(record)) {
	case LOG_CLASS_FLOW:
		add_flow(table, record);
		break;
	case LOG_CLASS_LOSS:
		add_other(table, TABLE_BAD, record->action,
			record->lost_packets ? record->lost_packets : record->counted_packets,
			record->message);
		break;
	case LOG_CLASS_LEDGER:
		add_ledger(table, record);
		break;
	case LOG_CLASS_EVENT:
		add_event(table, record);
		break;
	}
}
