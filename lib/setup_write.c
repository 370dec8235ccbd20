/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration as text, with comments in the reader's language. */
#include <string.h>

#include "i18n.h"
#include "setup.h"

static const enum zone_kind kinds[] = { ZONE_MYNUMBER, ZONE_LGWAN, ZONE_INTERNET, ZONE_MANAGEMENT };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A zone's label is Japanese in every language: it stands in records that Japanese staff reads. */
static const char *zone_label(enum zone_kind kind)
{
	static const char *const labels[] = {
		[ZONE_MYNUMBER] = "マイナンバー利用事務系",
		[ZONE_LGWAN] = "LGWAN接続系",
		[ZONE_INTERNET] = "インターネット接続系",
		[ZONE_MANAGEMENT] = "管理",
	};

	return labels[kind];
}

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

/* key = "text"; unless the text is empty */
static void put_text(FILE *out, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	fprintf(out, " %s = ", key);
	put_string(out, text);
	putc(';', out);
}

/* Lines of a comment, each after indent and "# ". */
static void put_comment(FILE *out, const char *indent, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		fprintf(out, "%s# %.*s\n", indent, (int)length, text);
		text += length + (text[length] != '\0');
	}
}

/* ---- addresses ---- */

/* A list being written: "networks = [ ... ]", the key before the first. */
struct list {
	FILE *out;
	const char *before; /* what stands before the key */
	const char *key;
	size_t count;
};

static void put_prefix(struct list *list, const struct addr_prefix *prefix)
{
	char text[ADDR_TEXT_MAX];

	addr_prefix_format(prefix, text);
	if (list->count++ == 0)
		fprintf(list->out, "\n%s%s = [ ", list->before, list->key);
	else
		fputs(", ", list->out);
	fprintf(list->out, "\"%s\"", text);
}

static void end_list(struct list *list)
{
	if (list->count > 0)
		fputs(" ];", list->out);
}

static bool within(const struct addr_range *inner, const struct addr_range *outer)
{
	return memcmp(inner->first, outer->first, sizeof(inner->first)) >= 0 &&
	       memcmp(inner->last, outer->last, sizeof(inner->last)) <= 0;
}

static bool meets(const struct addr_range *a, const struct addr_range *b)
{
	return memcmp(a->first, b->last, sizeof(a->first)) <= 0 &&
	       memcmp(b->first, a->last, sizeof(b->first)) <= 0;
}

/* The part of a range that lies in a prefix, as the fewest prefixes: all of it, or its halves. At
 * most 128 deep. */
static void put_part(struct list *list, const struct addr_range *range, struct addr_prefix prefix)
{
	struct addr_range all = addr_prefix_range(&prefix);

	if (!meets(&all, range))
		return;
	if (within(&all, range)) {
		put_prefix(list, &prefix);
		return;
	}
	prefix.length++;
	put_part(list, range, prefix);
	prefix.addr.bytes[(prefix.length - 1) / 8] |= (uint8_t)(0x80 >> (prefix.length - 1) % 8);
	put_part(list, range, prefix);
}

static void put_sets(struct list *list, const struct addrset sets[ADDR_FAMILIES])
{
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		struct addr_prefix everything = { .addr.family = (enum addr_family)family };

		for (size_t i = 0; i < sets[family].count; i++)
			put_part(list, &sets[family].ranges[i], everything);
	}
}

static void put_rest(struct list *list, const bool rest[ADDR_FAMILIES])
{
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		const struct addr_prefix everything = { .addr.family = (enum addr_family)family };

		if (rest[family])
			put_prefix(list, &everything);
	}
}

/* ---- segments ---- */

#define INDENT "        "

static void put_remote(FILE *out, const struct setup_interface *interface)
{
	struct list list = { out, interface->remote_left_out ? INDENT "# " : INDENT, "remote", 0 };

	put_sets(&list, interface->remote);
	put_rest(&list, interface->rest);
	end_list(&list);
}

static bool has_remote(const struct setup_interface *interface)
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		if (interface->remote[family].count > 0 || interface->rest[family])
			return true;
	return false;
}

static void put_external(FILE *out, const struct setup_interface *interface)
{
	if (!has_remote(interface) || interface->remote_left_out)
		return;
	if (interface->owner[0] != '\0') {
		fputs("\n" INDENT "external = {", out);
		put_text(out, "owner", interface->owner);
		put_text(out, "permission", interface->permission);
		put_text(out, "survey", interface->survey);
		fputs(" };", out);
	}
	if (interface->line != LINE_UNSTATED) {
		fprintf(out, "\n" INDENT "line = { type = \"%s\";",
			line_type_name(interface->line));
		put_text(out, "encryption", interface->encryption);
		fputs(" };", out);
	}
}

/* A name for the segment: the interface's, as far as names of segments allow. */
static void put_name(FILE *out, const struct setup_interface *interface)
{
	const char *name = interface->name;

	fputs(name[0] >= 'a' && name[0] <= 'z' ? "" : "if-", out);
	for (; *name != '\0'; name++) {
		bool fits = (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9');

		putc(fits ? *name : '-', out);
	}
}

static void put_remarks(FILE *out, const struct setup_interface *interface)
{
	if (interface->remote_left_out)
		put_comment(out, "      ",
			_("What is behind it stays blocked until external and line say whose it "
			  "is."));
	if (interface->rest_left_out[ADDR_IPV4] || interface->rest_left_out[ADDR_IPV6])
		put_comment(out, "      ",
			_("The default route leads here. Name the networks behind it in remote."));
}

static void put_segment(FILE *out, const struct setup_interface *interface, bool last)
{
	struct list networks = { out, INDENT, "networks", 0 };

	put_remarks(out, interface);
	fputs("      { name = \"", out);
	put_name(out, interface);
	fprintf(out, "\"; interface = \"%s\";", interface->name);
	put_text(out, "label", interface->label);
	put_sets(&networks, interface->on_link);
	end_list(&networks);
	put_remote(out, interface);
	put_external(out, interface);
	/* What was left out is a comment to its line's end. */
	fprintf(out, "%s}%s\n", interface->remote_left_out ? "\n      " : " ", last ? "" : ",");
}

static size_t count_of(const struct setup *setup, enum zone_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < setup->interface_count; i++)
		if (setup->interfaces[i].used && setup->interfaces[i].kind == kind)
			count++;
	return count;
}

static void put_zone(FILE *out, const struct setup *setup, enum zone_kind kind, bool last)
{
	size_t left = count_of(setup, kind);

	fprintf(out,
		"  {\n    name = \"%s\";\n    kind = \"%s\";\n    label = \"%s\";\n"
		"    segments = (\n",
		zone_kind_name(kind), zone_kind_name(kind), zone_label(kind));
	for (size_t i = 0; i < setup->interface_count; i++)
		if (setup->interfaces[i].used && setup->interfaces[i].kind == kind)
			put_segment(out, &setup->interfaces[i], --left == 0);
	fprintf(out, "    );\n  }%s\n", last ? "" : ",");
}

static void put_zones(FILE *out, const struct setup *setup)
{
	size_t left = 0;

	put_comment(out, "",
		_("Zones and their segments. Each interface is in one segment, each address too.\n"
		  "networks are those of the interface itself, remote those behind a router on "
		  "it.\n"
		  "The segments of a zone do not reach each other without a path either."));
	for (size_t i = 0; i < KINDS; i++)
		left += count_of(setup, kinds[i]) > 0;
	fputs("zones = (\n", out);
	for (size_t i = 0; i < KINDS; i++)
		if (count_of(setup, kinds[i]) > 0)
			put_zone(out, setup, kinds[i], --left == 0);
	fputs(");\n\n", out);
}

static const char *blocked_cause(const struct setup_interface *interface)
{
	if (interface->taken)
		return _("its networks are those of another interface");
	if (interface->network_count == 0)
		return _("it has no address");
	return _("no zone was named");
}

/* Those in no zone, so that whoever reads the file knows of them. */
static void put_blocked(FILE *out, const struct setup *setup)
{
	bool any = false;

	for (size_t i = 0; i < setup->interface_count; i++) {
		const struct setup_interface *interface = &setup->interfaces[i];
		char network[ADDR_TEXT_MAX] = "-";

		if (interface->used)
			continue;
		if (!any)
			put_comment(out, "",
				_("Interfaces in no zone. Nothing is forwarded from them or to "
				  "them, "
				  "and the gateway\nitself does not talk there:"));
		any = true;
		if (interface->network_count > 0)
			addr_prefix_format(&interface->networks[0], network);
		fprintf(out, "#   %-15s %-20s %s\n", interface->name, network,
			blocked_cause(interface));
	}
	if (any)
		putc('\n', out);
}

/* ---- the gateway itself ---- */

/* "administrator", "administrator2" ... */
static void put_administrator(FILE *out, size_t index)
{
	fputs("\"administrator", out);
	if (index > 0)
		fprintf(out, "%zu", index + 1);
	putc('"', out);
}

/* One element of a list for each address that ssh comes from. */
static void put_each(FILE *out, const struct setup *setup, const char *key,
	void (*put)(FILE *out, const struct setup *setup, size_t index))
{
	fprintf(out, "%s = (\n", key);
	for (size_t i = 0; i < setup->ssh_count; i++) {
		put(out, setup, i);
		fputs(i + 1 < setup->ssh_count ? ",\n" : "\n", out);
	}
}

static void put_host(FILE *out, const struct setup *setup, size_t index)
{
	char text[ADDR_TEXT_MAX];

	addr_format(setup->ssh[index].family, setup->ssh[index].bytes, text);
	fputs("  { name = ", out);
	put_administrator(out, index);
	fprintf(out, "; address = \"%s\"; label = \"管理端末\"; }", text);
}

static void put_input(FILE *out, const struct setup *setup, size_t index)
{
	(void)setup;
	fprintf(out, "    { name = \"H%zu\"; from = ", index + 1);
	put_administrator(out, index);
	fputs("; service = \"ssh\"; reason = \"管理端末からの保守\"; }", out);
}

static void put_assertion(FILE *out, const struct setup *setup, size_t index)
{
	(void)setup;
	fprintf(out, "  { name = \"H%zu\"; must = \"pass\"; from = ", index + 1);
	put_administrator(out, index);
	fputs("; to = \"gateway\"; service = \"ssh\"; }", out);
}

static void put_access(FILE *out, const struct setup *setup)
{
	put_comment(out, "", _("What the gateway itself takes and sends: nothing but this."));
	if (setup->ssh_count == 0) {
		put_comment(out, "", _("Nothing reaches it by the network, its console does."));
		fputs("gateway = { input = ( ); output = ( ); };\n", out);
		return;
	}
	fputs("gateway = {\n  ", out);
	put_each(out, setup, "input", put_input);
	fputs("  );\n", out);
	put_comment(out, "  ", _("As a path, without from: time, names, log server."));
	fputs("  output = ( );\n};\n\n", out);
	put_comment(out, "",
		_("What must hold, whatever is changed above: a change that breaks it is "
		  "refused."));
	put_each(out, setup, "assertions", put_assertion);
	fputs(");\n", out);
}

static void put_paths(FILE *out, const struct setup *setup)
{
	if (setup->ssh_count > 0) {
		put_each(out, setup, "hosts", put_host);
		fprintf(out, ");\nservices = (\n  { name = \"ssh\"; tcp = %u; }\n);\n\n",
			setup->ssh_port);
	}
	put_comment(out, "",
		_("Permitted paths. Nothing else passes from zone to zone or within one. As an "
		  "example:"));
	fputs("#   { name = \"F01\"; from = \"mail\"; to = \"relay\"; service = \"smtp\";\n"
	      "#     reason = \"...\"; }\n"
	      "paths = (\n);\n\n",
		out);
}

void setup_write(const struct setup *setup, FILE *out)
{
	put_comment(out, "",
		_("Made by \"hedate init\" from the interfaces and routes of this host; see "
		  "hedate.conf(5).\n"
		  "Nothing passes that is not written here. After a change:\n"
		  "\"hedate check FILE\", then \"hedate apply FILE\"."));
	fputs("\nsite = {", out);
	put_text(out, "name", setup->site);
	put_text(out, "label", setup->label);
	put_text(out, "profile", setup->profile);
	put_text(out, "model", setup->model);
	fputs(" };\n\n", out);
	put_zones(out, setup);
	put_blocked(out, setup);
	put_paths(out, setup);
	put_access(out, setup);
}
