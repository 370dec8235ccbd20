/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "incidentview.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "../lib/logtime.h"
#include "clock.h"
#include "reasonview.h"

static const struct {
	const char *word, *title;
} readers[INCIDENT_READERS] = {
	[INCIDENT_CISO] = { "ciso", N_("To: chief information security officer (CISO)") },
	[INCIDENT_PREFECTURE] = { "prefecture", N_("To: the prefecture") },
	[INCIDENT_MINISTRY] = { "ministry",
		N_("To: the Ministry of Internal Affairs and Communications") },
};

int incidentview_parse(const char *text, enum incident_reader *ret_reader)
{
	for (int i = 0; i < INCIDENT_READERS; i++) {
		if (strcmp(readers[i].word, text) != 0)
			continue;
		*ret_reader = (enum incident_reader)i;
		return 0;
	}
	return -EINVAL;
}

/* Who is outside gets no addresses of the inside, unless that is wanted. */
static bool with_addresses(const struct incident_report *report)
{
	return report->reader == INCIDENT_CISO || report->addresses;
}

/* Markdown ------------------------------------------------------------------------------------- */

static void heading(const char *text)
{
	printf("\n## %s\n\n", text);
}

/* A line that people fill in. */
static void blank(const char *what)
{
	printf("- %s: [                    ]\n", what);
}

static void item(const char *what, const char *value)
{
	printf("- %s: %s\n", what, value);
}

static void item_number(const char *what, uint64_t value)
{
	printf("- %s: %" PRIu64 "\n", what, value);
}

/* In a cell of a table: nothing of it is markup. Names and addresses have none of these; what was
 * not written by us may. */
static void cell(const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("|\\`*_<>[]#", *text))
			putchar('\\');
		putchar((unsigned char)*text < ' ' ? ' ' : *text);
	}
}

#define TIME_MAX (2 * LOGTIME_TEXT_MAX + 1)

static void local_time(int64_t time, char text[TIME_MAX])
{
	char local[LOGTIME_TEXT_MAX], zone[LOGTIME_TEXT_MAX];

	logtime_format_local(time, local);
	logtime_zone(time, zone);
	snprintf(text, TIME_MAX, "%s %s", local, zone);
}

static void item_time(const char *what, int64_t time)
{
	char text[TIME_MAX];

	local_time(time, text);
	item(what, text);
}

/* The parts ------------------------------------------------------------------------------------ */

static void print_title(const struct incident_report *report)
{
	printf("# %s\n\n", _("Information security incident report (draft)"));
	printf("%s\n\n", _(readers[report->reader].title));
	if (report->incident->site[0] != '\0')
		item(_("site"), report->incident->site);
	else
		blank(_("site"));
	item_time(_("drafted"), clock_realtime());
	printf("\n%s\n", _("The gateway's records are filled in. What stands in [ ] is for people "
			   "to fill in: nothing in the records tells it."));
	if (strcmp(report->incident->profile, "miyazaki") == 0)
		printf("\n%s\n",
			_("Asked for by the security policy's chapter 2, 2(9)(3); its parts are "
			  "those of 8.3(2)."));
}

static void print_contacts(void)
{
	heading(_("1. Contacts"));
	blank(_("reported by (department, name)"));
	blank(_("telephone, mail"));
	blank(_("CSIRT in charge"));
	blank(_("others that were told (police, contractors), and when"));
}

static void print_rows(const struct incident_report *report, enum logcount_by by, const char *title,
	const char *second)
{
	const struct incident_rows *rows = &report->incident->rows[by];
	bool two = second != NULL, reason = by == LOGCOUNT_REASON;

	if (rows->count == 0)
		return;
	printf("\n| %s |%s%s%s %s | %s |\n|---|%s---|---|\n", title, two ? " " : "",
		two ? second : "", two ? " |" : "", _("records"), _("packets"), two ? "---|" : "");
	for (size_t i = 0; i < rows->count; i++) {
		const struct logcount_row *row = &rows->rows[i];

		fputs("| ", stdout);
		cell(row->name[0] ? row->name : "-");
		if (two) {
			fputs(" | ", stdout);
			cell(reason		 ? reasonview_text(row->name)
				: row->second[0] ? row->second
						 : "-");
		}
		printf(" | %" PRIu64 " | %" PRIu64 " |\n", row->records, row->packets);
	}
}

static void print_numbers(const struct incident *incident)
{
	if (!incident->any) {
		printf("- %s\n", _("In what was asked for, no blocked flow is on record."));
		return;
	}
	item_time(_("first packet on record"), incident->first);
	item_time(_("last packet on record"), incident->last);
	item_number(_("flows on record"), incident->totals.records);
	item_number(_("packets of them"), incident->totals.packets);
	if (incident->observed > 0)
		item_number(_("OF THESE PACKETS PASSED, as their pair of zones is only observed"),
			incident->observed);
	item_number(_("scans that were detected"), incident->scans);
	if (incident->totals.losses > 0)
		item_number(_("packets of which no record could be made, of these flows or others"),
			incident->totals.lost_packets);
}

static void print_events(const struct incident *incident)
{
	if (incident->event_count == 0)
		return;
	printf("\n%s\n\n", _("What else is on record for that time, these flows or not:"));
	for (size_t i = 0; i < incident->event_count; i++) {
		const struct incident_event *event = &incident->events[i];
		char time[TIME_MAX];

		local_time(event->time, time);
		printf("- %s %s: ", time, event->action);
		cell(event->message);
		printf(" (%" PRIu64 ")\n", event->sequence);
	}
	if (incident->event_total > incident->event_count)
		printf(_("- and %" PRIu64 " more\n"),
			incident->event_total - incident->event_count);
}

static void print_what(const struct incident_report *report)
{
	heading(_("2. What happened"));
	blank(_("subject"));
	blank(_("when and how it was noticed, by whom"));
	print_numbers(report->incident);
	print_rows(report, LOGCOUNT_PAIR, _("from zone"), _("to zone"));
	print_rows(report, LOGCOUNT_REASON, _("reason"), _("why it was blocked"));
	print_rows(report, LOGCOUNT_PORT, _("protocol"), _("port"));
	if (with_addresses(report)) {
		print_rows(report, LOGCOUNT_SOURCE, _("source"), NULL);
		print_rows(report, LOGCOUNT_DESTINATION, _("destination"), NULL);
	} else {
		printf("\n%s\n", _("Addresses of our own networks are left out; they are in the "
				   "report to the CISO."));
	}
	if (report->reader == INCIDENT_CISO)
		print_events(report->incident);
}

/* May this address open the path? */
static bool opens(const struct policy_path *path, const struct addr *address)
{
	for (size_t i = 0; i < path->from.part_count; i++)
		if (addrset_contains(
			    &path->from.parts[i].addresses[address->family], address->bytes))
			return true;
	return false;
}

static void print_permitted_of(const struct policy *policy, const char *name)
{
	struct addr_prefix address;
	bool any = false;

	if (addr_prefix_parse(name, &address) < 0)
		return;
	printf("- %s: ", name);
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		char service[512];

		if (!opens(path, &address.addr))
			continue;
		policy_path_service_text(policy, path, service, sizeof(service));
		printf("%s%s > %s (%s)", any ? "; " : "", path->name,
			path->to.part_count > 0 ? path->to.text : "gateway", service);
		any = true;
	}
	puts(any ? "" : _("nothing"));
}

static void print_permitted(const struct incident_report *report)
{
	const struct incident_rows *rows = &report->incident->rows[LOGCOUNT_SOURCE];

	if (report->reader != INCIDENT_CISO || rows->count == 0)
		return;
	if (!report->policy) {
		printf("\n%s\n",
			_("What the sources may reach by permitted paths: the configuration "
			  "could not be read."));
		return;
	}
	printf("\n%s\n\n",
		_("What these sources may open by permitted paths, today; that passed without a "
		  "record, if it was used:"));
	for (size_t i = 0; i < rows->count; i++)
		print_permitted_of(report->policy, rows->rows[i].name);
}

static void print_impact(const struct incident_report *report)
{
	heading(_("3. Impact"));
	printf("- %s\n",
		report->incident->observed > 0
			? _("What was blocked did not pass the gateway. What was only observed "
			    "passed.")
			: _("What was blocked did not pass the gateway."));
	blank(_("systems and work affected"));
	blank(_("information that leaked, was changed or was lost"));
	blank(_("personal data, My Number data: kinds, how many people"));
	print_permitted(report);
}

static void print_measures(void)
{
	heading(_("4. What was done"));
	printf("- %s\n", _("The gateway blocked the flows above, by itself and at once."));
	blank(_("cut off, isolated (also the cable)"));
	blank(_("evidence preserved"));
	blank(_("recovery"));
	blank(_("notice to the public"));
	heading(_("5. So that it does not happen again"));
	blank(_("cause"));
	blank(_("measures, by when, by whom"));
}

static void print_seal(const struct incident *incident)
{
	char root[sodium_base64_ENCODED_LEN(MERKLE_HASH, sodium_base64_VARIANT_ORIGINAL)];
	struct merkle_hash hash;
	char time[TIME_MAX];

	if (!incident->sealed) {
		printf("- %s\n", _("no checkpoint of the log was found"));
		return;
	}
	merkle_root(&incident->checkpoint.at.tree, &hash);
	sodium_bin2base64(
		root, sizeof(root), hash.bytes, sizeof(hash.bytes), sodium_base64_VARIANT_ORIGINAL);
	local_time(incident->checkpoint.time, time);
	printf(_("- the log's last checkpoint: number %" PRIu64 " of %s, %" PRIu64
		 " records, root %s\n"),
		incident->checkpoint.index, time, incident->checkpoint.at.tree.size, root);
	item(_("log"), incident->checkpoint.origin);
}

static void print_evidence(const struct incident_report *report)
{
	const struct incident *incident = report->incident;

	heading(_("6. Evidence"));
	if (incident->any)
		printf(_("- records %" PRIu64 " to %" PRIu64 " of %s\n"), incident->first_sequence,
			incident->last_sequence, report->query->directory);
	print_seal(incident);
	printf("- %s\n", _("\"hedate log verify\" shows that none of them was changed"));
}

static void print_limits(void)
{
	static const char *const limits[] = {
		N_("what passed by permitted paths, and what was in it"),
		N_("whether anything happened inside a network, where nothing passes the gateway"),
		N_("who was at the source, and whether malware was; with forged addresses, not "
		   "even "
		   "which machine it was"),
		N_("whether information leaked, and whose"),
		N_("the cause, and the intention"),
		N_("what happened before the first and after the last record, or while the "
		   "recorder "
		   "was away"),
	};

	heading(_("7. What these records cannot tell"));
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		printf("- %s\n", _(limits[i]));
}

int incidentview_print(const struct incident_report *report)
{
	print_title(report);
	print_contacts();
	print_what(report);
	print_impact(report);
	print_measures();
	print_evidence(report);
	print_limits();
	return EXIT_OK;
}
