/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "said.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"

#define PARTS	 4    /* of "%s" in a text */
#define PART_MAX 1024 /* bytes of one */

/* "%s": whatever hedated writes there. The first that fits is the one. */
static const char *const said[] = {
	N_("no recorder is connected; the kernel goes on counting"),
	N_("not on disk after 10 seconds; it goes on"),
	N_("refused: only root and members of the group hedate-approver may do this"),
	N_("refused: only root and members of the group hedate-operator may do this"),
	N_("no recorder is connected; nothing was put on record"),
	N_("there is no hold with this number"),
	N_("there are as many holds as there can be, or the disk is full"),
	N_("the file with the holds cannot be read; nothing is removed"),
	N_("that record is not in the log yet, or was reviewed before"),
	N_("refused: only root and members of the groups hedate-operator, hedate-approver and "
	   "hedate-csirt may do this"),
	N_("refused: only root and members of the groups hedate-operator and hedate-approver may "
	   "do this"),
	N_("refused: only root and members of the groups hedate-operator, hedate-approver, "
	   "hedate-csirt and hedate-auditor may ask this"),
	N_("in place, but what was read back from the kernel differs"),
	N_("out of memory; nothing changed"),
	N_("revoked on record, but the rule set could not be changed; it is tried again and again"),
	N_("somebody changed the register of exceptions; nothing is granted until hedated is "
	   "started again"),
	N_("the exception was refused; nothing changed"),
	N_("the path of the exception was refused; nothing changed"),
	N_("the register of exceptions cannot be used: nothing is granted; \"hedate status\" says "
	   "why"),
	N_("the path is closed, but that could not be put into the register; revoke it again when "
	   "there is space"),
	N_("the register of exceptions cannot be written; nothing changed"),
	N_("the register of exceptions: no space left; nothing changed"),
	N_("the rule set could not be changed; the exception is revoked again"),
	N_("the configuration was refused; nothing changed"),
	N_("the policy was replaced while it was being read; ask again"),
	N_("the rule set could not be put in place; nothing changed"),
	N_("refused: it cannot be told who asks; the process that asked is gone, or its entry in "
	   "/proc is hidden from hedated"),
	N_("a proposal is called by the first 12 digits of its digest, or more"),
	N_("several proposals begin with these digits"),
	N_("no proposal has this digest; it may have ended, or was decided on: \"hedate "
	   "proposals\" shows those that wait"),
	N_("all digits of the digest are needed"),
	N_("refused: you have proposed it yourself; another person has to approve it"),
	N_("refused: the proposal has ended"),
	N_("refused: another configuration has come into force since it was proposed, so that "
	   "nobody has seen what it would change now; propose it again"),
	N_("refused: what you have seen is what it would have changed of another configuration; "
	   "look at it again"),
	N_("refused: only members of the group hedate-approver, root, and who has proposed it may "
	   "do this"),
	N_("refused: 8 proposals of yours wait already; take one back with \"hedate refuse\""),
	N_("refused: too many proposals wait already; \"hedate proposals\" shows them"),
	N_("refused: another person has proposed this already; \"hedate approve\" approves it"),
	N_("the proposal cannot be read: its file is broken"),
	N_("refused: this is not the name of the site that is enforced here"),
	N_("refused: a reason is needed"),
	N_("refused: the gateway is open already"),
	N_("the gateway is not open: all is enforced"),
	N_("revision %s is in place, but what was read back from the kernel differs"),
	N_("%s of %s assertions do not hold; nothing changed"),
	N_("number %s of %s is not there"),
	N_("number %s of %s is broken and cannot be used"),
	N_("number %s of %s %s"),
	N_("nothing else was confirmed before: see \"hedate history\""),
	N_("a text is too long, or not what it should be"),
	N_("too many in this minute; it was counted, which will be on record"),
	N_("the kernel cannot be read"),
	N_("the table is not in the kernel any more: what it counted is lost"),
	N_("the kernel cannot be read for you"),
	N_("the proposal cannot be read"),
	N_("its file is broken"),
	N_("the proposal cannot be taken away"),
	N_("nothing can be proposed"),
	N_("the proposal cannot be kept"),
	N_("the proposal has ended already"),
	N_("out of memory"),
	N_("reading it"),
	N_("the store of configurations beside %s"),
	N_("another hedated has it"),
	N_("it belongs to another user, or others may write to it"),
	N_("another process has it open"),
	N_("it is not a regular file"),
	N_("line %s is not valid"),
	N_("it cannot be kept, and what was before could not be put back; that is tried again"),
	N_("it cannot be kept; what was before is back in place"),
	N_("it cannot be kept, so nothing was changed"),
	N_("refused: the policy in force wants two persons: one proposes it with \"hedate apply\", "
	   "another approves it"),
	N_("refused: change %s waits to be confirmed; \"hedate confirm\" or \"hedate rollback\" "
	   "first"),
	N_("no change waits to be confirmed"),
	N_("that it is confirmed cannot be kept"),
	N_("what was confirmed is back in place, but that cannot be kept yet; it is tried again"),
	N_("what was confirmed before could not be put back"),
	N_("the rule set could not be changed"),
	N_("revoked, which is not on record yet"),
	N_("the gateway was not opened"),
	N_("the kernel cannot be told to keep the gateway open: it shuts by itself"),
	N_("the gateway is still open; it shuts when hedated is restarted"),
	N_("the gateway is not open"),
	N_("refused: two persons are needed"),
	N_("refused: only root and members of the groups hedate-auditor and hedate-approver may do "
	   "this"),
	N_("only root can read all that a whole proof is of"),
};

struct parts {
	char texts[PARTS][PART_MAX];
	size_t count;
};

/* Is it this text, and with what in the place of each "%s"? */
static bool fits(const char *form, const char *text, struct parts *parts)
{
	parts->count = 0;
	for (;;) {
		const char *place = strstr(form, "%s");
		size_t same = place ? (size_t)(place - form) : strlen(form), length;
		const char *behind, *end;

		if (strncmp(form, text, same) != 0)
			return false;
		text += same;
		if (!place)
			return *text == '\0';
		form = place + 2;
		/* Up to what stands between this one and the next. */
		behind = strstr(form, "%s");
		if (form[0] == '\0') {
			end = text + strlen(text);
		} else {
			char between[PART_MAX];

			length = behind ? (size_t)(behind - form) : strlen(form);
			snprintf(between, sizeof(between), "%.*s", (int)length, form);
			end = strstr(text, between);
		}
		if (!end || end == text || parts->count == PARTS ||
			(size_t)(end - text) >= PART_MAX)
			return false;
		snprintf(parts->texts[parts->count++], PART_MAX, "%.*s", (int)(end - text), text);
		/* Where one sentence ends, so does its part. */
		if (strstr(parts->texts[parts->count - 1], ": "))
			return false;
		text = end;
	}
}

/* The translation, with each part in its place: the next one, or the one that "%2$s" names. */
static void fill(FILE *out, const char *form, const struct parts *parts)
{
	size_t next = 0;

	while (*form != '\0') {
		if (form[0] == '%' && form[1] == 's' && next < parts->count) {
			fputs(parts->texts[next++], out);
			form += 2;
		} else if (form[0] == '%' && form[1] >= '1' && form[1] <= '0' + PARTS &&
			   form[2] == '$' && form[3] == 's') {
			fputs(parts->texts[form[1] - '1'], out);
			form += 4;
		} else {
			fputc(*form++, out);
		}
	}
}

/* False: it is not known as a whole. */
static bool put_whole(FILE *out, const char *text)
{
	const char *error = errtext_translated(text);
	struct parts parts;

	if (error) {
		fputs(error, out);
		return true;
	}
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (!fits(said[i], text, &parts))
			continue;
		for (size_t k = 0; k < parts.count; k++)
			said_translate(parts.texts[k], PART_MAX);
		fill(out, _(said[i]), &parts);
		return true;
	}
	return false;
}

static void put(FILE *out, char *text)
{
	char *first = strstr(text, ": ");

	if (put_whole(out, text))
		return;
	for (char *colon = first; colon; colon = strstr(colon + 2, ": ")) {
		*colon = '\0';
		bool whole = put_whole(out, text);

		*colon = ':';
		if (!whole)
			continue;
		fputs(": ", out);
		put(out, colon + 2);
		return;
	}
	/* Where the beginning is not known, the name of a file, what comes behind it may be. */
	fprintf(out, "%.*s", first ? (int)(first + 2 - text) : -1, text);
	if (first)
		put(out, first + 2);
}

void said_translate(char *text, size_t size)
{
	char *translated = NULL, *copy = strdup(text);
	size_t length = 0;
	FILE *out = copy ? open_memstream(&translated, &length) : NULL;

	if (out) {
		put(out, copy);
		if (fclose(out) == 0)
			snprintf(text, size, "%s", translated);
	}
	free(translated);
	free(copy);
}
