/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explaintext.h"

#include <stdio.h>
#include <stdlib.h>

#include "../lib/i18n.h"
#include "../lib/nftprint.h"

const char *explaintext_place(const struct explain *explain, const struct explain_place *place)
{
	if (place->gateway)
		return EXPLAIN_GATEWAY;
	return place->segment < explain->policy->segment_count
		       ? explain->policy->segments[place->segment].full_name
		       : "unknown";
}

void explaintext_packet(const struct explain *explain, char *text, size_t size)
{
	char service[64], from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];

	policy_entry_text(&explain->service, service, sizeof(service));
	addr_format(explain->from.family, explain->from.bytes, from);
	addr_format(explain->to.family, explain->to.bytes, to);
	snprintf(text, size, _("%s from %s (%s) to %s (%s)"), service, from,
		explaintext_place(explain, &explain->in), to,
		explaintext_place(explain, &explain->out));
}

void explaintext_places(const struct explain *explain, char *text, size_t size)
{
	const char *in = explain->in.gateway ? NULL : explain->in.interface;
	const char *out = explain->out.gateway ? NULL : explain->out.interface;

	if (in == NULL)
		snprintf(text, size,
			_("out by %s: by the segments of the configuration; that the host's routes "
			  "lead there is assumed"),
			out);
	else if (out == NULL)
		snprintf(text, size,
			explain->in.said
				? _("in by %s, as was said; to the gateway itself")
				: _("in by %s, by the segments of the configuration; to the "
				    "gateway itself"),
			in);
	else
		snprintf(text, size,
			explain->in.said
				? _("in by %s, as was said; out by %s, by the segments of the "
				    "configuration: that the host's routes lead there is assumed")
				: _("in by %s, out by %s: by the segments of the configuration; "
				    "that the host's routes lead there is assumed"),
			in, out);
}

char *explaintext_rule(const struct ruleset *ruleset, const struct explain_rule *rule)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (out == NULL)
		return NULL;
	(void)nftprint_rule(ruleset, &rule->chain->rules[rule->index], out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

const char *explaintext_hook(enum hook hook)
{
	static const char *const names[] = {
		[HOOK_NONE] = "",
		[HOOK_PREROUTING] = "prerouting",
		[HOOK_INPUT] = "input",
		[HOOK_FORWARD] = "forward",
		[HOOK_OUTPUT] = "output",
	};

	return names[hook];
}

const char *explaintext_verdict(enum eval_verdict verdict)
{
	static const char *const names[] = {
		[EVAL_UNKNOWN] = "unknown",
		[EVAL_ACCEPT] = "accept",
		[EVAL_DROP] = "drop",
	};

	return names[verdict];
}

void explaintext_needed(const struct explain_needed *needed, char *text, size_t size)
{
	static const char *const sentences[FACT_COUNT] = {
		[FACT_REASON] = N_("why it is needed"),
		[FACT_MAC] = N_("its MAC address"),
		[FACT_ROUTER_MAC] = N_("the MAC address of the router that it is behind"),
		[FACT_REPLACED] =
			N_("the device was replaced, and the new one has this MAC address"),
		[FACT_ATTESTED] = N_("it does not reach the Internet; who attests that, and since "
				     "which day"),
		[FACT_PUBLIC_BODY] = N_("it is a public body's system, reached through LGWAN"),
		[FACT_MAIL_TEXT] = N_("what passes is mail that was made text"),
		[FACT_SCREEN] = N_("what passes is a screen (screen transfer)"),
		[FACT_FILES] = N_("what passes are files that were made harmless"),
		[FACT_SANITIZER] = N_("it is a device that makes data harmless"),
		[FACT_VDI] = N_("it is a host whose screen is shown"),
		[FACT_BREAKOUT] = N_("it is of a cloud that the site goes to directly"),
	};
	const char *sentence = _(sentences[needed->fact]);

	if (needed->address[0] != '\0')
		snprintf(text, size, "%s: %s", needed->address, sentence);
	else
		snprintf(text, size, "%s", sentence);
}
