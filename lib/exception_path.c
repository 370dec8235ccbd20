/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exception_path.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "i18n.h"
#include "suggest.h"

#define WORD_MAX 64 /* bytes of one service */

struct maker {
	struct policy *policy;
	struct endpoint_query query;
	struct policy_path *path;
};

/* ---- services that are written out ---- */

static const struct {
	const char *name;
	uint8_t protocol;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "sctp", IPPROTO_SCTP },
};

/* "tcp/445" → an entry. */
static int parse_service(const char *word, struct policy_service_entry *ret_entry)
{
	const char *slash = strchr(word, '/');
	size_t length = slash ? (size_t)(slash - word) : 0;

	*ret_entry = (struct policy_service_entry){ 0 };
	if (slash == NULL)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strlen(protocols[i].name) == length &&
			strncmp(word, protocols[i].name, length) == 0)
			ret_entry->protocol = protocols[i].protocol;
	if (ret_entry->protocol == 0)
		return -EINVAL;
	ret_entry->whole = strcmp(slash + 1, "any") == 0;
	if (ret_entry->whole)
		return 0;
	if (port_range_parse(slash + 1, &ret_entry->ports) < 0 || ret_entry->ports.first == 0)
		return -EINVAL;
	return 0;
}

/* One more service of the policy, called by what it is: no name that a file gives holds '/'. */
static int add_service(
	struct policy *policy, const char *word, const struct policy_service_entry *entry)
{
	struct policy_service *services =
		reallocarray(policy->services, policy->service_count + 1, sizeof(*services));
	struct policy_service service = { .entry_count = 1 };

	if (services == NULL)
		return -ENOMEM;
	policy->services = services;
	service.name = strdup(word);
	service.label = strdup("");
	service.entries = malloc(sizeof(*service.entries));
	if (service.name == NULL || service.label == NULL || service.entries == NULL) {
		free(service.name);
		free(service.label);
		free(service.entries);
		return -ENOMEM;
	}
	service.entries[0] = *entry;
	services[policy->service_count++] = service;
	return 0;
}

static bool find_service(
	const struct policy *policy, const char *word, struct suggest *suggest, size_t *ret_index)
{
	for (size_t i = 0; i < policy->service_count; i++) {
		/* What is open inside a zone is for no other path. */
		if (policy->services[i].any)
			continue;
		suggest_consider(suggest, policy->services[i].name);
		*ret_index = i;
		if (strcmp(policy->services[i].name, word) == 0)
			return true;
	}
	return false;
}

static int refuse_service(
	const struct maker *maker, const char *word, const struct suggest *suggest)
{
	char fix[256];

	snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), suggest->best ? suggest->best : "");
	diag_add(maker->query.diags, DIAG_ERROR, maker->query.loc,
		suggest->best ? fix
			      : _("name a service of the configuration, or a protocol and ports: "
				  "\"tcp/445\", \"udp/1024-2047\", \"tcp/any\""),
		_("%s: \"%s\" is no service"), maker->query.subject, word);
	return -EINVAL;
}

/* The service that a word means, made if it is written out. */
static int resolve_service(const struct maker *maker, const char *word, size_t *ret_index)
{
	struct policy_service_entry entry;
	struct suggest suggest = { .word = word };
	int r;

	if (find_service(maker->policy, word, &suggest, ret_index))
		return 0;
	if (parse_service(word, &entry) < 0)
		return refuse_service(maker, word, &suggest);
	r = add_service(maker->policy, word, &entry);
	*ret_index = maker->policy->service_count - 1;
	return r;
}

static int take_service(const struct maker *maker, const char *word)
{
	struct policy_path *path = maker->path;
	size_t *services, index;
	int r = resolve_service(maker, word, &index);

	if (r < 0)
		return r;
	for (size_t i = 0; i < path->service_count; i++)
		if (path->services[i] == index)
			return 0;
	services = reallocarray(path->services, path->service_count + 1, sizeof(*services));
	if (services == NULL)
		return -ENOMEM;
	path->services = services;
	services[path->service_count++] = index;
	return 0;
}

/* Words with commas between, and blanks around them. */
static int take_services(const struct maker *maker, const char *text)
{
	int r = 0;

	while (r == 0) {
		size_t length = strcspn(text, ","), first = strspn(text, " "), last = length;
		char word[WORD_MAX];

		while (last > first && text[last - 1] == ' ')
			last--;
		snprintf(word, sizeof(word), "%.*s", last > first ? (int)(last - first) : 0,
			text + first);
		r = take_service(maker, word);
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	return r;
}

/* ---- the path ---- */

static int take_end(const struct maker *maker, const char *text, struct policy_end *end)
{
	size_t errors = diag_list_count(maker->query.diags, DIAG_ERROR);
	int r = endpoint_resolve(&maker->query, text, end);

	if (r < 0)
		return r;
	return end->part_count == 0 || diag_list_count(maker->query.diags, DIAG_ERROR) > errors
		       ? -EINVAL
		       : 0;
}

static int copy_texts(const struct exception_entry *request, struct policy_path *path)
{
	path->name = strdup(request->id);
	path->exception = strdup(request->id);
	path->reason = strdup(request->text);
	return path->name && path->exception && path->reason ? 0 : -ENOMEM;
}

/* All findings in one go; only what the path consists of ends it early. */
static int fill(const struct maker *maker, const struct exception_entry *request)
{
	int from = take_end(maker, request->from, &maker->path->from);
	int to = take_end(maker, request->to, &maker->path->to);
	int services = take_services(maker, request->service);

	if (from == -ENOMEM || to == -ENOMEM || services == -ENOMEM)
		return -ENOMEM;
	return from < 0 || to < 0 || services < 0 ? -EINVAL : copy_texts(request, maker->path);
}

int exception_path_make(struct policy *policy, const struct exception_entry *request,
	struct diag_list *diags, struct policy_path *ret_path)
{
	char subject[64];
	const struct maker maker = {
		.policy = policy,
		.query = { .policy = policy, .diags = diags, .subject = subject },
		.path = ret_path,
	};
	int r;

	snprintf(subject, sizeof(subject), _("exception %s"), request->id);
	*ret_path = (struct policy_path){
		.data = PATH_DATA_BOTH,
		.not_before = request->start,
		.not_after = request->end,
	};
	r = fill(&maker, request);
	if (r < 0)
		policy_path_clear(ret_path);
	return r;
}

/* ---- one beside the other ---- */

static bool parts_meet(const struct policy_part *a, const struct policy_part *b, int family)
{
	if (a->segment != b->segment)
		return false;
	for (size_t i = 0; i < a->addresses[family].count; i++)
		if (addrset_overlaps(&b->addresses[family], &a->addresses[family].ranges[i]))
			return true;
	return false;
}

static bool ends_meet(const struct policy_end *a, const struct policy_end *b, int family)
{
	for (size_t i = 0; i < a->part_count; i++)
		for (size_t j = 0; j < b->part_count; j++)
			if (parts_meet(&a->parts[i], &b->parts[j], family))
				return true;
	return false;
}

static bool entries_meet(const struct policy_service_entry *a, const struct policy_service_entry *b)
{
	return a->protocol == b->protocol &&
	       (a->whole || b->whole ||
		       (a->ports.first <= b->ports.last && b->ports.first <= a->ports.last));
}

static bool services_meet(const struct policy_service *a, const struct policy_service *b)
{
	for (size_t i = 0; i < a->entry_count; i++)
		for (size_t j = 0; j < b->entry_count; j++)
			if (entries_meet(&a->entries[i], &b->entries[j]))
				return true;
	return false;
}

bool exception_paths_meet(
	const struct policy *policy, const struct policy_path *a, const struct policy_path *b)
{
	bool addresses = false, services = false;

	for (int family = 0; family < ADDR_FAMILIES; family++)
		addresses = addresses || (ends_meet(&a->from, &b->from, family) &&
						 ends_meet(&a->to, &b->to, family));
	for (size_t i = 0; addresses && i < a->service_count; i++)
		for (size_t j = 0; j < b->service_count; j++)
			services = services || services_meet(&policy->services[a->services[i]],
						       &policy->services[b->services[j]]);
	return services;
}
