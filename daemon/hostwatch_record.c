/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of what others do to the host's network: see hostwatch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hostwatch_impl.h"

#define SUMMARY_MAX 4096

/*
 * Who writes a switch below /proc/sys the kernel tells nobody: its event has no port, fanotify does
 * not cover /proc, and audit takes rules of the administrator's. Who did something else at that
 * time is not to be named for it.
 */
static const struct causer nobody_knows;

static const struct causer *causer_of(const struct hostwatch *watch, enum host_risk risk)
{
	bool by_switch = risk == RISK_FORWARDING_OFF || risk == RISK_SWITCH;

	return by_switch ? &nobody_knows : &watch->causer;
}

static void record_one(struct hostwatch *watch, const struct host_finding *finding, bool began)
{
	const char *pairs[8 + CAUSER_PAIRS + 1] = { "risk", host_risk_name(finding->risk), "state",
		began ? "begin" : "end" };
	struct causer_text causer;
	char text[HOST_TEXT_MAX + 32];
	unsigned int count = 4;

	if (finding->interface[0]) {
		pairs[count++] = "interface";
		pairs[count++] = finding->interface;
	}
	count += causer_pairs(causer_of(watch, finding->risk), &causer, pairs + count);
	pairs[count] = NULL;
	snprintf(text, sizeof(text), "%s%s", began ? "" : "no longer: ", finding->text);
	reclink_event(watch->reclink, host_risk_action(finding->risk), !began, text, pairs);
}

static void note(struct hostwatch *watch, const struct host_finding *finding, bool began)
{
	size_t left = SUMMARY_MAX - watch->summary_length;

	if (!watch->summary && !(watch->summary = malloc(SUMMARY_MAX)))
		return;
	int length = snprintf(watch->summary + watch->summary_length, left, "%s%s%s",
		watch->summary_length ? "; " : "", began ? "" : "no longer: ", finding->text);

	/* One that does not fit is only counted. */
	if (length > 0 && (size_t)length < left)
		watch->summary_length += (size_t)length;
	else
		watch->summary[watch->summary_length] = '\0';
}

static void on_difference(const struct host_finding *finding, bool began, void *data)
{
	struct hostwatch *watch = data;

	watch->began += began;
	watch->ended += !began;
	if (watch->pause_ms < HOSTWATCH_SLOW_MS && watch->shown < HOSTWATCH_SHOWN) {
		watch->shown++;
		record_one(watch, finding, began);
	} else {
		note(watch, finding, began);
	}
}

/* Of what had no event of its own. */
static void record_summary(struct hostwatch *watch)
{
	size_t rest = watch->began + watch->ended - watch->shown;
	const char *pairs[10 + CAUSER_PAIRS + 1];
	struct causer_text causer;
	char text[128], began[24], ended[24], left_out[24];
	unsigned int count = 0;

	if (rest == 0)
		return;
	snprintf(text, sizeof(text), "the host's network changes a lot: %zu findings more at once",
		rest);
	snprintf(began, sizeof(began), "%zu", watch->began);
	snprintf(ended, sizeof(ended), "%zu", watch->ended);
	snprintf(left_out, sizeof(left_out), "%zu", watch->findings.left_out);
	pairs[count++] = "findings.began";
	pairs[count++] = began;
	pairs[count++] = "findings.ended";
	pairs[count++] = ended;
	pairs[count++] = "findings.left_out";
	pairs[count++] = left_out;
	if (watch->summary_length > 0) {
		pairs[count++] = "findings.text";
		pairs[count++] = watch->summary;
	}
	count += causer_pairs(&watch->causer, &causer, pairs + count);
	pairs[count] = NULL;
	reclink_event(watch->reclink, "interface-risk", watch->began == 0, text, pairs);
}

void hostwatch_record_differences(struct hostwatch *watch, const struct host_findings *before)
{
	watch->shown = 0;
	watch->began = watch->ended = watch->summary_length = 0;
	host_findings_compare(before, &watch->findings, on_difference, watch);
	record_summary(watch);
	free(watch->summary);
	watch->summary = NULL;
}

/* What is no finding, but happened once. */
static void record_once(struct hostwatch *watch, const char *risk, const char *interface,
	bool ended, const char *text)
{
	const char *pairs[4 + CAUSER_PAIRS + 1] = { "risk", risk, "interface", interface };
	struct causer_text causer;
	uint64_t left_out;
	unsigned int count = 4;

	if (!limiter_pass(&watch->moves, (uint64_t)(clock_monotonic() / CLOCK_SECOND), &left_out))
		return;
	count += causer_pairs(&watch->causer, &causer, pairs + count);
	pairs[count] = NULL;
	reclink_event(watch->reclink, "interface-risk", ended, text, pairs);
}

void hostwatch_record_anew(struct hostwatch *watch, const char *interface)
{
	char text[128];

	snprintf(text, sizeof(text),
		"interface %s is another one than before: the rules of its name hold for it",
		interface);
	record_once(watch, "anew", interface, true, text);
}

/* Once: afterwards it is simply not there (links.h). */
void hostwatch_record_move(struct hostwatch *watch, const char *interface)
{
	char text[128];

	snprintf(text, sizeof(text),
		"interface %s was moved to another network namespace; its rules stay, by its name",
		interface);
	record_once(watch, "moved", interface, false, text);
}

/* Switched, and back again before we looked: no finding tells of it. */
void hostwatch_record_switched(struct hostwatch *watch)
{
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		unsigned int times = watch->switched[family];
		const char *pairs[6 + CAUSER_PAIRS + 1] = { "risk", "forwarding-switched" };
		struct causer_text causer;
		char text[128], number[24];
		uint64_t left_out;
		unsigned int count = 2;

		watch->switched[family] = 0;
		if (times < 2 || !limiter_pass(&watch->switches,
					 (uint64_t)(clock_monotonic() / CLOCK_SECOND), &left_out))
			continue;
		snprintf(number, sizeof(number), "%u", times);
		pairs[count++] = "switched";
		pairs[count++] = number;
		count += causer_pairs(&nobody_knows, &causer, pairs + count);
		pairs[count] = NULL;
		snprintf(text, sizeof(text), "forwarding of %s was switched %u times; it is %s",
			family == ADDR_IPV6 ? "IPv6" : "IPv4", times,
			watch->host.forwarding_all[family] ? "on" : "off");
		reclink_event(watch->reclink, "forwarding", false, text, pairs);
	}
}
