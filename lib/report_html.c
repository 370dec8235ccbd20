/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_html.h"
void report_html(const struct report *report, struct html *html)
{
	(void)report;
	html_raw(html, "<!DOCTYPE html>\n");
}
