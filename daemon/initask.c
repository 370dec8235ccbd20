/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initask.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/i18n.h"

#define ANSWER_MAX 1024 /* bytes of a line */

/* A conversation. */
struct talk {
	struct setup *setup;
	const struct conf_options *options;
	FILE *in, *out;
};

/* A question and where its answer goes. */
struct question {
	const char *key;
	struct setup_interface *interface; /* or NULL */
	const char *text;
	const char *otherwise; /* when only Return is pressed */
};

/* One line without its end. False: there are no more. */
static bool read_line(const struct talk *talk, char line[ANSWER_MAX])
{
	size_t length;

	fflush(talk->out);
	if (!fgets(line, ANSWER_MAX, talk->in))
		return false;
	length = strlen(line);
	while (length > 0 && strchr("\r\n \t", line[length - 1]))
		line[--length] = '\0';
	return true;
}

static int ask(const struct talk *talk, const struct question *question)
{
	char line[ANSWER_MAX];
	const char *why;

	for (;;) {
		if (question->otherwise[0])
			fprintf(talk->out, "%s [%s]: ", question->text, question->otherwise);
		else
			fprintf(talk->out, "%s: ", question->text);
		if (!read_line(talk, line))
			return -ECANCELED;
		if (setup_set(talk->setup, question->key, question->interface,
			    line[0] ? line : question->otherwise, &why) == 0)
			return 0;
		fprintf(talk->out, "  %s\n", why);
	}
}

/* ---- the site ---- */

/* The names in one directory, "x" for x.conf. */
static void list_names(const struct talk *talk, const char *root, const char *kind)
{
	char path[4096];
	struct dirent **entries;
	int count;

	snprintf(path, sizeof(path), "%s/%s", root, kind);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *end = strrchr(entries[i]->d_name, '.');

		if (end && end != entries[i]->d_name && strcmp(end, ".conf") == 0)
			fprintf(talk->out, " %.*s", (int)(end - entries[i]->d_name),
				entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void show_names(const struct talk *talk, const char *intro, const char *kind)
{
	fprintf(talk->out, "%s", intro);
	for (size_t i = 0; i < talk->options->root_count; i++)
		list_names(talk, talk->options->roots[i], kind);
	putc('\n', talk->out);
}

static int ask_site(const struct talk *talk)
{
	struct setup *setup = talk->setup;
	char site[POLICY_NAME_MAX + 1];
	int r;

	memcpy(site, setup->site, sizeof(site));
	r = ask(talk,
		&(struct question){ "site", NULL, _("Name of the site (a-z, 0-9, -)"), site });
	if (r == 0)
		r = ask(talk,
			&(struct question){ "label", NULL, _("Its name as people write it"), "" });
	if (r == 0)
		show_names(talk, _("Security policies that are known:"), "profiles");
	if (r == 0)
		r = ask(talk, &(struct question){ "profile", NULL,
				      _("The one that is to be kept (empty: none)"), "" });
	if (r == 0)
		show_names(talk, _("Models of separation that are known:"), "models");
	if (r == 0)
		r = ask(talk, &(struct question){
				      "model", NULL, _("The site's model (empty: none)"), "" });
	return r;
}

/* ---- interfaces ---- */

static void show_prefix(const struct talk *talk, const struct addr_prefix *prefix)
{
	char text[ADDR_TEXT_MAX];

	addr_prefix_format(prefix, text);
	fprintf(talk->out, " %s", text);
}

static void show_interface(const struct talk *talk, const struct setup_interface *interface)
{
	fprintf(talk->out, "\n%s (%s):", interface->name, interface->up ? _("up") : _("down"));
	for (size_t i = 0; i < interface->network_count; i++)
		show_prefix(talk, &interface->networks[i]);
	if (interface->route_count > 0)
		fprintf(talk->out, "; %s", _("behind it"));
	for (size_t i = 0; i < interface->route_count; i++)
		show_prefix(talk, &interface->routes[i].prefix);
	putc('\n', talk->out);
}

/* Whose networks are behind it; nothing is asked where no answer would be used. */
static int ask_behind(const struct talk *talk, struct setup_interface *interface)
{
	const struct question questions[] = {
		{ "permission", interface, _("  Number of the permission to connect"), "" },
		{ "survey", interface, _("  Reference of the survey of that network"), "" },
		{ "line", interface, _("  Kind of line: dedicated, lgwan, vpn or internet"), "" },
		{ "encryption", interface, _("  How the line is encrypted (empty: not)"), "" },
	};
	int r;

	if (interface->route_count == 0)
		return 0;
	r = ask(talk, &(struct question){ "owner", interface,
			      _("  Who runs the networks behind it (empty: not known)"), "" });
	for (size_t i = 0;
		r == 0 && interface->owner[0] && i < sizeof(questions) / sizeof(questions[0]); i++)
		r = ask(talk, &questions[i]);
	return r;
}

static int ask_interface(const struct talk *talk, struct setup_interface *interface)
{
	int r;

	show_interface(talk, interface);
	if (interface->network_count == 0) {
		fprintf(talk->out, "%s\n", _("  It has no address and stays blocked."));
		return 0;
	}
	r = ask(talk, &(struct question){ "interface", interface,
			      _("  Zone: mynumber, lgwan, internet, management, or none (blocked)"),
			      interface->used ? zone_kind_name(interface->kind) : "none" });
	if (r < 0 || !interface->used)
		return r;
	r = ask(talk, &(struct question){ "label", interface, _("  What it is for"), "" });
	return r < 0 ? r : ask_behind(talk, interface);
}

/* ---- ssh ---- */

static void ssh_text(const struct setup *setup, char text[SETUP_SSH_MAX * ADDR_TEXT_MAX])
{
	size_t length = 0;

	snprintf(text, SETUP_SSH_MAX * ADDR_TEXT_MAX, "none");
	for (size_t i = 0; i < setup->ssh_count; i++) {
		char address[ADDR_TEXT_MAX];

		addr_format(setup->ssh[i].family, setup->ssh[i].bytes, address);
		length += (size_t)snprintf(text + length, SETUP_SSH_MAX * ADDR_TEXT_MAX - length,
			"%s%s", i > 0 ? "," : "", address);
	}
}

/* Until nobody is locked out, or nobody is to be let in. */
static int ask_ssh(const struct talk *talk)
{
	char otherwise[SETUP_SSH_MAX * ADDR_TEXT_MAX];
	const struct addr *outside;
	int r;

	putc('\n', talk->out);
	do {
		ssh_text(talk->setup, otherwise);
		r = ask(talk, &(struct question){ "ssh", NULL,
				      _("Addresses that ssh to this gateway comes from, or none"),
				      otherwise });
		if (r == 0)
			r = setup_settle(talk->setup);
		outside = setup_locked_out(talk->setup);
		if (r == 0 && outside) {
			char text[ADDR_TEXT_MAX];

			addr_format(outside->family, outside->bytes, text);
			fprintf(talk->out,
				_("  %s is behind no interface in a zone, or what is behind it is "
				  "not stated.\n"),
				text);
		}
	} while (r == 0 && outside);
	return r;
}

int initask(struct setup *setup, const struct conf_options *options, FILE *in, FILE *out)
{
	const struct talk talk = { setup, options, in, out };
	int r;

	fprintf(out, "%s\n\n",
		_("A first configuration from the interfaces and routes of this host. Return "
		  "takes\n"
		  "what stands in brackets. What is not answered stays blocked."));
	r = ask_site(&talk);
	for (size_t i = 0; r == 0 && i < setup->interface_count; i++)
		r = ask_interface(&talk, &setup->interfaces[i]);
	return r < 0 ? r : ask_ssh(&talk);
}
