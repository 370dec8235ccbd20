/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as one page of HTML that needs nothing else: no script, no font, no request, which its
 * Content-Security-Policy says as well. It says what the JSON says, in the language that _() is
 * set to, in this order: the result and what is not as it should be; the zones and what passes
 * between them; clause by clause; what happened in the period; what the evidence is worth.
 */
#ifndef HEDATE_REPORT_HTML_H
#define HEDATE_REPORT_HTML_H

#include "html.h"
#include "report.h"

/* html.failed says whether memory was enough. */
void report_html(const struct report *report, struct html *html);

#endif
