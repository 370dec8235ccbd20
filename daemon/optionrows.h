/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that mean the same in several commands: rows of their tables (options.h). */
#ifndef HEDATE_OPTIONROWS_H
#define HEDATE_OPTIONROWS_H

#include "../lib/i18n.h"
#include "options.h"

/* The log, and what was made of it. */
#define OPTIONROW_LOG                                                                              \
	{                                                                                          \
		"directory", 'd', N_("DIR"), N_("where the log is")                                \
	}
#define OPTIONROW_INDEX                                                                            \
	{                                                                                          \
		"index", 0, N_("DIR"), N_("where its index is")                                    \
	}
#define OPTIONROW_RESULTS                                                                          \
	{                                                                                          \
		"results", 0, N_("DIR"), N_("where the results are kept")                          \
	}

/* What is decided on: rules, and the policy that they are held against (inforce.h). */
#define OPTIONROW_SNAPSHOT                                                                         \
	{                                                                                          \
		"snapshot", 's', N_("FILE"),                                                       \
			N_("decide on the snapshot in FILE, not on this host")                     \
	}
#define OPTIONROW_INFORCE                                                                          \
	{                                                                                          \
		"config", 'c', N_("FILE"),                                                         \
			N_("hold it against the configuration in FILE, not against the one in "    \
			   "force")                                                                \
	}
#define OPTIONROW_EXCEPTIONS                                                                       \
	{                                                                                          \
		"exceptions", 0, N_("FILE"), N_("the register of exceptions; \"\" for none")       \
	}
/* The one that another is tried on. */
#define OPTIONROW_CONFIG                                                                           \
	{                                                                                          \
		"config", 'c', N_("FILE"), N_("the configuration, if another one")                 \
	}

/* What goes on record with an act. */
#define OPTIONROW_REASON                                                                           \
	{                                                                                          \
		"reason", 'R', N_("TEXT"), N_("why; goes on record")                               \
	}
#define OPTIONROW_TICKET                                                                           \
	{                                                                                          \
		"ticket", 0, N_("TEXT"), N_("the number of the request; goes on record")           \
	}

/* How it is shown. */
#define OPTIONROW_REPORT_LANGUAGE                                                                  \
	{                                                                                          \
		"lang", 'l', N_("LANGUAGE"), N_("ja (usual) or en")                                \
	}
#define OPTIONROW_FOLLOW                                                                           \
	{                                                                                          \
		"follow", 'f', NULL, N_("go on as records come")                                   \
	}

#endif
