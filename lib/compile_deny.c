/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deny chains and their codes: see compile.h. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "compile_internal.h"
#include "i18n.h"

static const char *const reason_names[REASON_COUNT] = {
	[REASON_NO_PATH] = "no-path",
	[REASON_SPOOF] = "spoof",
	[REASON_DEVICE] = "device",
	[REASON_INTERFACE] = "interface",
	[REASON_ROUTE] = "route",
	[REASON_INVALID] = "invalid",
	[REASON_FRAGMENT] = "fragment",
	[REASON_EXTENSION] = "extension",
	[REASON_INPUT] = "input",
	[REASON_OUTPUT] = "output",
	[REASON_REVOKED] = "revoked",
	[REASON_LIMIT] = "limit",
	[REASON_OBSERVED] = "observed",
	[REASON_EXPIRED] = "expired",
	[REASON_ISLAND] = "island",
};

const char *reason_name(enum reason reason)
{
	return reason_names[reason];
}

int reason_parse(const char *text, enum reason *ret_reason)
{
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (strcmp(text, reason_names[i]) == 0) {
			*ret_reason = (enum reason)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *denial_prefix(enum reason reason, char prefix[DENIAL_PREFIX_MAX])
{
	if (reason == REASON_OBSERVED)
		return OBSERVE_PREFIX;
	snprintf(prefix, DENIAL_PREFIX_MAX, DENY_PREFIX "%s-", reason_name(reason));
	return prefix;
}

bool denial_counts(const char *name)
{
	return strncmp(name, DENY_PREFIX, strlen(DENY_PREFIX)) == 0 ||
	       strncmp(name, OBSERVE_PREFIX, strlen(OBSERVE_PREFIX)) == 0;
}

/* The digest's first word that is not 0 in the bits that count. */
uint32_t deny_code(enum reason reason, const char *from, const char *to)
{
	unsigned char digest[DIGEST_LENGTH];
	crypto_generichash_state state;
	uint32_t code = 0;

	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	for (unsigned int i = 0; i < 3; i++) {
		const char *word = i == 0 ? reason_name(reason) : i == 1 ? from : to;

		if (i > 0)
			crypto_generichash_update(&state, (const unsigned char *)" ", 1);
		crypto_generichash_update(&state, (const unsigned char *)word, strlen(word));
	}
	crypto_generichash_final(&state, digest, sizeof(digest));
	for (size_t i = 0; i < sizeof(digest) && code == 0; i += 4)
		code = ((uint32_t)digest[i] << 24 | (uint32_t)digest[i + 1] << 16 |
			       (uint32_t)digest[i + 2] << 8 | digest[i + 3]) &
		       DENY_CODE_MASK;
	return code ? code : 1;
}

static void denial_free(struct denial *denial)
{
	if (!denial)
		return;
	free(denial->from);
	free(denial->to);
	free(denial);
}

void deny_clear(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->denial_count; i++)
		denial_free(compiler->denials[i]);
	free(compiler->denials);
	strmap_clear(&compiler->denial_names);
}

static struct denial *denial_new(
	const char *name, enum reason reason, const char *from, const char *to)
{
	struct denial *denial = calloc(1, sizeof(*denial));

	if (!denial)
		return NULL;
	denial->reason = reason;
	denial->from = strdup(from);
	denial->to = strdup(to);
	if (!denial->from || !denial->to) {
		denial_free(denial);
		return NULL;
	}
	memcpy(denial->name, name, sizeof(denial->name));
	return denial;
}

static struct denial *add_denial(struct compiler *compiler, struct denial *denial)
{
	struct denial **grown = array_reserve(
		compiler->denials, sizeof(*grown), compiler->denial_count, &compiler->denial_room);

	if (grown)
		compiler->denials = grown;
	if (!grown || !denial ||
		strmap_add(&compiler->denial_names, denial->name, compiler->denial_count) < 0)
		goto fail;
	compiler->denials[compiler->denial_count++] = denial;
	return denial;
fail:
	denial_free(denial);
	compiler->make.error = compiler->make.error ? compiler->make.error : -ENOMEM;
	return NULL;
}

static bool same_denial(
	const struct denial *denial, enum reason reason, const char *from, const char *to)
{
	return denial->reason == reason && strcmp(denial->from, from) == 0 &&
	       strcmp(denial->to, to) == 0;
}

const char *deny_name(
	struct compiler *compiler, enum reason reason, const char *from, const char *to)
{
	char name[RULESET_NAME_MAX + 1] = "", prefix[DENIAL_PREFIX_MAX];
	struct denial *denial;
	size_t index;

	snprintf(name, sizeof(name), "%s%s-%s", denial_prefix(reason, prefix), from, to);
	if (!strmap_find(&compiler->denial_names, name, &index)) {
		denial = add_denial(compiler, denial_new(name, reason, from, to));
		return denial ? denial->name : NULL;
	}
	denial = compiler->denials[index];
	/* "a-b" to "c" and "a" to "b-c": two denials, one name. */
	if (!same_denial(denial, reason, from, to) && !compiler->make.error) {
		compiler->make.error = -EEXIST;
		memcpy(compiler->make.taken, name, sizeof(name));
	}
	return denial->name;
}

void deny(struct compiler *compiler, enum reason reason, const char *from, const char *to)
{
	const char *name = deny_name(compiler, reason, from, to);

	if (name)
		make_verdict(&compiler->make, VERDICT_GOTO, name);
}

static int compare_codes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* No two denials may have one code: the record of one would be taken for the other. */
static int check_codes(struct compiler *compiler)
{
	uint64_t *codes = malloc(compiler->denial_count * sizeof(*codes));
	int error = 0;

	if (!codes && compiler->denial_count > 0)
		return -ENOMEM;
	for (size_t i = 0; i < compiler->denial_count; i++) {
		const struct denial *denial = compiler->denials[i];

		codes[i] = (uint64_t)deny_code(denial->reason, denial->from, denial->to) << 32 | i;
	}
	qsort(codes, compiler->denial_count, sizeof(*codes), compare_codes);
	for (size_t i = 1; i < compiler->denial_count; i++) {
		if (codes[i] >> 32 != codes[i - 1] >> 32)
			continue;
		diag_add(compiler->diags, DIAG_ERROR,
			(struct diag_loc){ .file = compiler->policy->file },
			_("rename one of the zones"), _("%s and %s have the same 30-bit code"),
			compiler->denials[codes[i - 1] & UINT32_MAX]->name,
			compiler->denials[codes[i] & UINT32_MAX]->name);
		error = -EINVAL;
	}
	free(codes);
	return error;
}

static int log_prefix(struct compiler *compiler, const struct denial *denial, const char *revision,
	char prefix[RULESET_PREFIX_MAX + 1])
{
	int length = snprintf(prefix, RULESET_PREFIX_MAX + 1, "hedate %s %s %s %s",
		reason_name(denial->reason), denial->from, denial->to, revision);

	if (length >= 0 && length <= RULESET_PREFIX_MAX)
		return 0;
	diag_add(compiler->diags, DIAG_ERROR, (struct diag_loc){ .file = compiler->policy->file },
		_("give the zones and segments shorter names"),
		_("the log prefix of %s is longer than the %d bytes that the kernel takes"),
		denial->name, RULESET_PREFIX_MAX);
	return -EINVAL;
}

/* What a record needs, or more where its packet is to be kept. */
static uint32_t snaplen(const struct compiler *compiler)
{
	unsigned int payload = compiler->policy ? compiler->policy->log.payload : 0;

	return payload > DENY_SNAPLEN ? payload : DENY_SNAPLEN;
}

static void deny_chain(struct compiler *compiler, const struct denial *denial, const char *prefix,
	uint16_t log_group)
{
	struct maker *make = &compiler->make;
	bool observed = denial->reason == REASON_OBSERVED;

	make_counter_object(make, denial->name);
	make_chain(make, denial->name);
	if (observed)
		observe_mark(make);
	make_rule(make, 0);
	make_counter(make, denial->name);
	make_mark(make, 0, deny_code(denial->reason, denial->from, denial->to));
	make_verdict(make, VERDICT_JUMP, "blocked");
	make_rule(make, 0);
	make_log(make, prefix, log_group, snaplen(compiler));
	if (observed)
		observe_pass(make);
	else
		make_verdict(make, VERDICT_DROP, NULL);
}

int deny_chains(
	struct compiler *compiler, const char *revision, uint16_t log_group, uint32_t flow_limit)
{
	struct maker *make = &compiler->make;
	char prefix[RULESET_PREFIX_MAX + 1];
	int error = check_codes(compiler);

	if (error < 0)
		return error;
	for (size_t i = 0; i < compiler->denial_count; i++) {
		error = log_prefix(compiler, compiler->denials[i], revision, prefix);
		if (error < 0)
			return error;
		deny_chain(compiler, compiler->denials[i], prefix, log_group);
	}
	flow_chains(make, flow_limit, compiler->policy && compiler->policy->observe_count > 0);
	for (size_t i = 0; i < compiler->denial_count; i++) {
		const struct denial *denial = compiler->denials[i];

		flow_code(make, deny_code(denial->reason, denial->from, denial->to));
	}
	return 0;
}
