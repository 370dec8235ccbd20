/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a line of the log, in every form: what is written is one line (of csv, one more with
 * the names), which holds no other control characters than its end; what is refused writes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demand.h"
#include "logformat.h"

static void look_at(enum logformat_kind kind, const char *text, size_t length)
{
	size_t lines = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		lines += byte == '\n';
		demand(byte >= ' ' || byte == '\n' || (byte == '\r' && kind == LOGFORMAT_CSV),
			"no control characters");
	}
	demand(length > 0 && text[length - 1] == '\n', "an end");
	demand(lines == (kind == LOGFORMAT_CSV ? 2 : 1), "one line");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	for (unsigned int kind = 0; kind < LOGFORMAT_KINDS; kind++) {
		struct logformat *format;
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		demand(out && logformat_new((enum logformat_kind)kind, out, &format) == 0,
			"a form");
		int r = logformat_put(format, (const char *)bytes, length);

		logformat_free(format);
		fclose(out);
		/* json is the line as it stands. */
		if (r == 0 && kind != LOGFORMAT_JSON)
			look_at((enum logformat_kind)kind, text, size);
		free(text);
	}
	return 0;
}
