/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isolating: what a name stands for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/suggest.h"
#include "isolate_impl.h"
#include "isolatefile.h"

static int add_target(struct isolate_names *names, const struct isolation_target *target)
{
	struct isolation_target *grown =
		reallocarray(names->targets, names->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	names->targets = grown;
	grown[names->count++] = *target;
	return 0;
}

/* Looking a name up in the zones of the policy. */
struct lookup {
	const char *name;
	struct isolate_names *names;
	bool is_zone, is_interface;
	struct suggest suggest;
};

static int look_at(const char *zone, const char *interface, void *data)
{
	struct lookup *lookup = data;
	struct isolation_target target;

	suggest_consider(&lookup->suggest, zone);
	suggest_consider(&lookup->suggest, interface);
	if (strcmp(interface, lookup->name) == 0)
		lookup->is_interface = true;
	if (strcmp(zone, lookup->name) != 0)
		return 0;
	lookup->is_zone = true;
	return isolation_target_parse(interface, &target) < 0 ? -EINVAL
							      : add_target(lookup->names, &target);
}

/* An interface that there is none of may come yet; but a slip of the finger must not look done. */
static bool is_there(const char *interface)
{
	char path[ISOLATION_TARGET_MAX + 64];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s", interface);
	return access(path, F_OK) == 0;
}

static void complain_name(struct isolate_work *work, const char *name, const char *meant)
{
	char fix[128];

	if (meant)
		snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), meant);
	else
		snprintf(fix, sizeof(fix), "%s",
			_("name a zone, an interface, an address, a network or a MAC address"));
	isolate_complain(work, fix, _("there is no zone and no interface \"%s\""), name);
}

static enum exit_code one_target(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_names *names, bool is_known)
{
	struct isolation_target target;
	char fix[ISOLATION_TARGET_MAX + 64];
	int r = isolation_target_parse(request->target, &target);

	if (r == -EDOM) {
		snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), target.text);
		isolate_complain(
			work, fix, _("\"%s\" has bits set past its length"), request->target);
		return EXIT_USAGE;
	}
	if (request->action == ISOLATE_DEVICE && (r < 0 || target.kind == ISOLATION_INTERFACE)) {
		isolate_complain(work,
			_("\"hedate isolate\" takes the name of a zone or an interface"),
			_("\"%s\" is neither a MAC address nor an address"), request->target);
		return EXIT_USAGE;
	}
	if (r < 0 || (target.kind == ISOLATION_INTERFACE && !is_known && !is_there(target.text)))
		return EXIT_UNREACHABLE; /* no such name: the caller says what may have been meant
					  */
	r = add_target(names, &target);
	if (r < 0)
		isolate_complain(work, NULL, "%s", errtext(r));
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

enum exit_code isolate_resolve(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_names *names)
{
	struct lookup lookup = {
		.name = request->target, .names = names, .suggest = { .word = request->target }
	};
	enum exit_code result = EXIT_OK;
	char *text = NULL;
	int r = 0;

	names->zone = "";
	if (request->action != ISOLATE_DEVICE && work->directory >= 0)
		r = isolatefile_zones(work->directory, look_at, &lookup, &text);
	if (r == -ENOMEM) {
		/* Half a zone is none. */
		isolate_complain(work, NULL, "%s", errtext(r));
		result = EXIT_FAILED;
	} else if (lookup.is_zone)
		names->zone = request->target;
	else
		result = one_target(work, request, names, lookup.is_interface);
	if (result == EXIT_UNREACHABLE) {
		complain_name(work, request->target, lookup.suggest.best);
		result = EXIT_USAGE;
	}
	free(text);
	return result;
}

enum exit_code isolate_find(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_names *names)
{
	enum exit_code code = EXIT_OK;

	names->zone = "";
	for (size_t i = 0; i < work->isolation.count && code == EXIT_OK; i++) {
		const struct isolation_entry *entry = &work->isolation.entries[i];

		if (isolation_in_force(entry) && strcmp(entry->zone, request->target) == 0 &&
			add_target(names, &entry->target) < 0) {
			isolate_complain(work, NULL, "%s", errtext(-ENOMEM));
			code = EXIT_FAILED;
		}
	}
	if (code == EXIT_OK && names->count == 0)
		code = one_target(work, request, names, true);
	if (code == EXIT_UNREACHABLE ||
		(code == EXIT_OK && !isolation_find(&work->isolation, &names->targets[0]))) {
		isolate_complain(work, _("\"hedate isolated\" shows what is"),
			_("\"%s\" is not isolated"), request->target);
		return EXIT_USAGE;
	}
	return code;
}
