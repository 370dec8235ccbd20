/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plaintext.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "width.h"

static void put_ascii(FILE *out, char character, const char *special, char escape)
{
	if (strchr(special, character))
		putc(escape, out);
	putc(character, out);
}

static void put_unprintable(FILE *out, uint32_t character, const char *special, char escape)
{
	put_ascii(out, '\\', special, escape);
	fprintf(out, character > 0xffff ? "U%08" PRIx32 : "u%04" PRIx32, character);
}

void plaintext_put_n(FILE *out, const char *text, size_t length, const char *special, char escape)
{
	while (length > 0) {
		uint32_t character;
		size_t taken = width_decode(text, length, &character);

		if (character == WIDTH_REPLACEMENT)
			fputs("\xef\xbf\xbd", out);
		else if (!width_printable(character))
			put_unprintable(out, character, special, escape);
		else if (character < 0x80)
			put_ascii(out, (char)character, special, escape);
		else
			fwrite(text, 1, taken, out);
		text += taken;
		length -= taken;
	}
}

void plaintext_put(FILE *out, const char *text, const char *special, char escape)
{
	plaintext_put_n(out, text, strlen(text), special, escape);
}
