/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logdamage.h"

#include <string.h>

#include "cmd.h"
#include "table.h"

static bool is_known(const struct logdamage *damage, const struct logread_damage *part)
{
	for (unsigned int i = 0; i < damage->count; i++)
		if (damage->parts[i].begin == part->begin &&
			strcmp(damage->parts[i].file, part->file) == 0)
			return true;
	return false;
}

static void say(const char *directory, const struct logread_damage *part)
{
	char begin[TABLE_NUMBER_MAX], end[TABLE_NUMBER_MAX];

	if (part->end < 0) {
		cmd_failed(_("%s/%s.zst is damaged: nothing of it can be read; it is skipped"),
			directory, part->file);
		return;
	}
	table_number_text((uint64_t)part->begin, begin);
	table_number_text((uint64_t)part->end, end);
	cmd_failed(_("%s/%s.zst is damaged: of what it holds, bytes %s to %s cannot be read; they "
		     "are skipped (\"hedate log verify\" names the records)"),
		directory, part->file, begin, end);
}

void logdamage_tell(
	struct logdamage *damage, const char *directory, const struct logread_damage *part)
{
	if (is_known(damage, part))
		return;
	if (damage->count == LOGDAMAGE_MAX) {
		damage->more++;
		return;
	}
	memcpy(damage->parts[damage->count].file, part->file, strlen(part->file) + 1);
	damage->parts[damage->count].begin = part->begin;
	damage->count++;
	say(directory, part);
}

bool logdamage_end(const struct logdamage *damage)
{
	char more[TABLE_NUMBER_MAX];

	table_number_text(damage->more, more);
	if (damage->more > 0)
		cmd_failed(_("further damaged parts of the log that were skipped: %s"), more);
	return damage->count > 0;
}
