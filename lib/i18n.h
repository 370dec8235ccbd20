/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages in the reader's language. The library only asks for a translation; the programs set the
 * locale and bind the domain. Every text that a person reads is marked, nothing else is: log
 * records, JSON keys and names in the kernel are the same in every language.
 */
#ifndef HEDATE_I18N_H
#define HEDATE_I18N_H

#include <libintl.h>

#define _(text)	 dgettext("hedate", text)
#define N_(text) (text) /* marked for translation, translated where it is used */

#endif
