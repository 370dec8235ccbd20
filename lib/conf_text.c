/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "conf.h"
#include "errtext.h"
#include "fileio.h"
#include "i18n.h"
#include "width.h"

#define BLOCK		256 /* bytes that one entry of newlines stands for */
#define ENCODING_ERRORS 10  /* after so many the file is not text */

static uint32_t count_newlines(const char *from, const char *to)
{
	uint32_t count = 0;

	while ((from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
		count++;
		from++;
	}
	return count;
}

int conf_text_init(struct conf_text *text, const char *name, const char *bytes, size_t length)
{
	uint32_t lines = 0;

	*text = (struct conf_text){ .name = name, .bytes = bytes, .length = length };
	text->newlines = calloc(length / BLOCK + 1, sizeof(*text->newlines));
	if (text->newlines == NULL)
		return -ENOMEM;
	for (size_t block = 0; block <= length / BLOCK; block++) {
		size_t end = (block + 1) * BLOCK < length ? (block + 1) * BLOCK : length;

		text->newlines[block] = lines;
		lines += count_newlines(bytes + block * BLOCK, bytes + end);
	}
	return 0;
}

void conf_text_clear(struct conf_text *text)
{
	free(text->newlines);
	text->newlines = NULL;
}

/* Characters between two bytes of a line. */
static unsigned int count_characters(const char *from, const char *to)
{
	unsigned int count = 0;

	while (from < to) {
		uint32_t character;

		if ((unsigned char)*from < 0x80)
			from++;
		else
			from += width_decode(from, (size_t)(to - from), &character);
		count++;
	}
	return count;
}

struct diag_loc conf_text_loc(const struct conf_text *text, size_t offset)
{
	const char *at = text->bytes + offset;
	const char *start = memrchr(text->bytes, '\n', offset);
	unsigned int line =
		text->newlines[offset / BLOCK] + 1 + count_newlines(at - offset % BLOCK, at);

	start = start == NULL ? text->bytes : start + 1;
	return (struct diag_loc){ text->name, line, count_characters(start, at) + 1 };
}

/* ---- encoding ---- */

static void report_character(const struct conf_text *text, size_t offset, uint32_t character,
	size_t bytes, struct diag_list *diags)
{
	struct diag_loc loc = conf_text_loc(text, offset);

	if (character == WIDTH_REPLACEMENT && bytes == 1)
		diag_add(diags, DIAG_ERROR, loc,
			_("save the file as UTF-8; one in Shift_JIS is converted by "
			  "\"iconv -f CP932 -t UTF-8\""),
			_("byte 0x%02x is not UTF-8 here"), (unsigned char)text->bytes[offset]);
	else if (character == 0xfeff)
		diag_add(diags, DIAG_ERROR, loc, _("save the file as UTF-8 without it"),
			_("byte order mark (U+FEFF)"));
	else if (character < 0x20 || (character >= 0x7f && character <= 0x9f))
		diag_add(diags, DIAG_ERROR, loc, _("remove it; is this a text file?"),
			_("control character U+%04X"), character);
	else
		diag_add(diags, DIAG_ERROR, loc, _("remove it"),
			_("character U+%04X hides or reorders the text around it"), character);
}

/* Is the character at this place allowed? Else its number and bytes. */
static bool character_allowed(
	const char *at, size_t length, uint32_t *ret_character, size_t *ret_bytes)
{
	*ret_bytes = width_decode(at, length, ret_character);
	if (*ret_character == WIDTH_REPLACEMENT && *ret_bytes == 1)
		return false;
	if (*ret_character == '\t')
		return true;
	if (*ret_character == '\r')
		return length > 1 && at[1] == '\n';
	return width_printable(*ret_character);
}

/* One finding a line is enough. */
static bool check_line(
	const struct conf_text *text, size_t start, size_t end, struct diag_list *diags)
{
	/* The '\n' that ends the line, so that '\r' can be seen before it. */
	size_t limit = end < text->length ? end + 1 : end;

	if (end - start > CONF_LINE_MAX) {
		diag_add(diags, DIAG_ERROR, conf_text_loc(text, start), _("break the line"),
			_("line of %zu bytes; at most %d are allowed"), end - start, CONF_LINE_MAX);
		return false;
	}
	for (size_t i = start; i < end;) {
		unsigned char byte = (unsigned char)text->bytes[i];
		uint32_t character;
		size_t bytes;

		if (byte >= 0x20 && byte < 0x7f) {
			i++;
			continue;
		}
		if (!character_allowed(text->bytes + i, limit - i, &character, &bytes)) {
			report_character(text, i, character, bytes, diags);
			return false;
		}
		i += bytes;
	}
	return true;
}

int conf_text_check(const struct conf_text *text, struct diag_list *diags)
{
	unsigned int errors = 0;

	for (size_t start = 0; start < text->length && errors < ENCODING_ERRORS;) {
		const char *newline = memchr(text->bytes + start, '\n', text->length - start);
		size_t end = newline != NULL ? (size_t)(newline - text->bytes) : text->length;

		errors += !check_line(text, start, end, diags);
		start = end + 1;
	}
	return errors > 0 ? -EINVAL : 0;
}

/* ---- the file ---- */

static int refuse(struct diag_list *diags, const char *name, const char *fix, const char *cause)
{
	diag_add(diags, DIAG_ERROR, (struct diag_loc){ .file = name }, fix, "%s", cause);
	return -EINVAL;
}

/* May somebody else write through the group's bits? Not when the group is root's, or private to
 * the owner (Debian gives each user a group of the same number). With an access list the bits are
 * its mask, and stand for whomever it names; when that cannot be known it is taken for so. */
static bool others_may_write(int fd, const struct stat *status)
{
	if ((status->st_mode & S_IWGRP) == 0)
		return false;
	if (status->st_gid != 0 && status->st_gid != status->st_uid)
		return true;
	return fgetxattr(fd, "system.posix_acl_access", NULL, 0) >= 0 ||
	       (errno != ENODATA && errno != EOPNOTSUPP);
}

/* Who may write the policy decides what passes (R32). */
static int check_file(int fd, const struct stat *status, const char *name, struct diag_list *diags)
{
	if (!S_ISREG(status->st_mode))
		return refuse(diags, name, NULL, _("not a regular file"));
	if (status->st_size > (off_t)CONF_SIZE_MAX) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ .file = name }, NULL,
			_("the file has %lld bytes; at most %u are read"),
			(long long)status->st_size, CONF_SIZE_MAX);
		return -EINVAL;
	}
	if (status->st_uid != 0 && status->st_uid != geteuid()) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ .file = name },
			_("make root its owner: chown root FILE"),
			_("the file belongs to user %u, not to root or the user that reads it"),
			(unsigned int)status->st_uid);
		return -EINVAL;
	}
	if ((status->st_mode & S_IWOTH) != 0)
		return refuse(diags, name, _("chmod go-w FILE"), _("everybody may write the file"));
	if (others_may_write(fd, status)) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ .file = name }, _("chmod go-w FILE"),
			_("the members of group %u may write the file"),
			(unsigned int)status->st_gid);
		return -EINVAL;
	}
	return 0;
}

int conf_text_read(
	int fd, const char *name, struct diag_list *diags, char **ret_bytes, size_t *ret_length)
{
	struct stat status;
	ssize_t length;
	char *bytes;

	if (fstat(fd, &status) < 0)
		return refuse(diags, name, NULL, errtext(-errno));
	if (check_file(fd, &status, name, diags) < 0)
		return -EINVAL;
	bytes = malloc((size_t)status.st_size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	/* One byte more than expected: a file that grew is refused. */
	length = fileio_read(fd, bytes, (size_t)status.st_size + 1, 0);
	if (length < 0 || length != status.st_size) {
		free(bytes);
		return refuse(diags, name, NULL,
			length < 0 ? errtext((int)length)
				   : _("the file changed while it was read"));
	}
	*ret_bytes = bytes;
	*ret_length = (size_t)length;
	return 0;
}
