/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csv.h"

#include <string.h>

#include "plaintext.h"

void csv_begin(FILE *out)
{
	fputs("\xef\xbb\xbf", out);
}

void csv_field(FILE *out, const char *text, bool last)
{
	putc('"', out);
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]))
		putc('\'', out);
	plaintext_put(out, text, "\"", '"');
	fputs(last ? "\"\r\n" : "\",", out);
}
