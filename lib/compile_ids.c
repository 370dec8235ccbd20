/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The id of a path, which is the mark of its connections: see compile.h. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "i18n.h"

typedef crypto_generichash_state hasher;

static void hash_bytes(hasher *state, const void *bytes, size_t length)
{
	crypto_generichash_update(state, bytes, length);
}

static void hash_number(hasher *state, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value };

	hash_bytes(state, bytes, sizeof(bytes));
}

struct part_order {
	const struct policy_part *part;
	const char *interface;
};

static int compare_parts(const void *a, const void *b)
{
	const struct part_order *x = a, *y = b;

	return strcmp(x->interface, y->interface);
}

static void hash_part(hasher *state, const struct part_order *order)
{
	hash_number(state, (uint32_t)strlen(order->interface));
	hash_bytes(state, order->interface, strlen(order->interface));
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		const struct addrset *set = &order->part->addresses[family];

		hash_number(state, (uint32_t)set->count);
		for (size_t i = 0; i < set->count; i++) {
			hash_bytes(state, set->ranges[i].first, addr_length(set->family));
			hash_bytes(state, set->ranges[i].last, addr_length(set->family));
		}
	}
}

/* Parts in the order of their interfaces, so that the order of segments in the file is all one. */
static int hash_end(hasher *state, const struct policy *policy, const struct policy_end *end)
{
	struct part_order few[8], *order = few;

	hash_number(state, (uint32_t)end->part_count);
	if (end->part_count > sizeof(few) / sizeof(few[0]))
		order = malloc(end->part_count * sizeof(*order));
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < end->part_count; i++) {
		order[i].part = &end->parts[i];
		order[i].interface = policy->segments[end->parts[i].segment].interface;
	}
	qsort(order, end->part_count, sizeof(*order), compare_parts);
	for (size_t i = 0; i < end->part_count; i++)
		hash_part(state, &order[i]);
	if (order != few)
		free(order);
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* A service entry as one number that tells it apart from every other. */
static uint64_t entry_number(const struct policy_service_entry *entry)
{
	uint64_t number = (uint64_t)entry->protocol << 40 | (uint64_t)entry->whole << 32;

	return entry->whole ? number
			    : number | (uint64_t)entry->ports.first << 16 | entry->ports.last;
}

#define ENTRY_ANY UINT64_MAX

static size_t count_entries(const struct policy *policy, const struct policy_path *path)
{
	size_t count = 0;

	for (size_t i = 0; i < path->service_count; i++)
		count += policy->services[path->services[i]].entry_count + 1;
	return count;
}

static int hash_services(hasher *state, const struct policy *policy, const struct policy_path *path)
{
	uint64_t few[16], *numbers = few;
	size_t room = count_entries(policy, path), count = 0;

	if (room > sizeof(few) / sizeof(few[0]))
		numbers = malloc(room * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &policy->services[path->services[i]];

		if (service->any)
			numbers[count++] = ENTRY_ANY;
		for (size_t j = 0; j < service->entry_count; j++)
			numbers[count++] = entry_number(&service->entries[j]);
	}
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && numbers[i] == numbers[i - 1])
			continue;
		hash_number(state, (uint32_t)(numbers[i] >> 32));
		hash_number(state, (uint32_t)numbers[i]);
	}
	if (numbers != few)
		free(numbers);
	return 0;
}

static int path_digest(
	const struct policy *policy, const struct policy_path *path, uint8_t digest[DIGEST_LENGTH])
{
	hasher state;

	crypto_generichash_init(&state, NULL, 0, DIGEST_LENGTH);
	hash_number(&state, path->direction);
	if (hash_end(&state, policy, &path->from) < 0 || hash_end(&state, policy, &path->to) < 0 ||
		hash_services(&state, policy, path) < 0)
		return -ENOMEM;
	crypto_generichash_final(&state, digest, DIGEST_LENGTH);
	return 0;
}

static int compare_digests(const void *a, const void *b, void *data)
{
	const uint8_t *digests = data;
	uint32_t i, j;

	memcpy(&i, a, sizeof(i));
	memcpy(&j, b, sizeof(j));
	return memcmp(digests + (size_t)i * DIGEST_LENGTH, digests + (size_t)j * DIGEST_LENGTH,
		DIGEST_LENGTH);
}

/* The ids given so far: open addressing, 0 is free (and no id). */
struct id_set {
	uint32_t *slots;
	size_t mask;
};

/* False when it was there. */
static bool id_set_add(struct id_set *set, uint32_t id)
{
	size_t i = id * 2654435761u & set->mask;

	while (set->slots[i] && set->slots[i] != id)
		i = (i + 1) & set->mask;
	if (set->slots[i])
		return false;
	set->slots[i] = id;
	return true;
}

static uint32_t digest_word(const uint8_t *digest, unsigned int word, unsigned int bits)
{
	const uint8_t *at = digest + word * 4;
	uint32_t value =
		(uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];

	return value >> (32 - bits);
}

static uint32_t free_id(struct id_set *taken, const uint8_t *digest, unsigned int bits)
{
	for (unsigned int word = 0; word < DIGEST_LENGTH / 4; word++) {
		uint32_t id = digest_word(digest, word, bits);

		if (id != 0 && id_set_add(taken, id))
			return id;
	}
	return 0;
}

static int assign_in_order(const uint8_t *digests, const uint32_t *order, size_t count,
	struct id_set *taken, unsigned int bits, uint32_t *ret_ids, size_t *ret_failed)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *digest = digests + (size_t)order[i] * DIGEST_LENGTH;

		if (i > 0 &&
			compare_digests(&order[i], &order[i - 1], (void *)(uintptr_t)digests) == 0)
			ret_ids[order[i]] = ret_ids[order[i - 1]];
		else
			ret_ids[order[i]] = free_id(taken, digest, bits);
		if (ret_ids[order[i]] == 0) {
			*ret_failed = order[i];
			return -ERANGE;
		}
	}
	return 0;
}

int assign_ids(const uint8_t *digests, size_t count, unsigned int bits, uint32_t *ret_ids,
	size_t *ret_failed)
{
	uint32_t *order = malloc((count + 1) * sizeof(*order));
	struct id_set taken = { .mask = 63 };
	int error = -ENOMEM;

	while (taken.mask < count * 2)
		taken.mask = taken.mask * 2 + 1;
	taken.slots = calloc(taken.mask + 1, sizeof(*taken.slots));
	if (order && taken.slots) {
		for (size_t i = 0; i < count; i++)
			order[i] = (uint32_t)i;
		qsort_r(order, count, sizeof(*order), compare_digests, (void *)(uintptr_t)digests);
		error = assign_in_order(digests, order, count, &taken, bits, ret_ids, ret_failed);
	}
	free(taken.slots);
	free(order);
	return error;
}

/* Paths first, then observed pairs. */
static int all_digests(const struct policy *policy, uint8_t *digests)
{
	int error = 0;

	for (size_t i = 0; i < policy->path_count && error == 0; i++)
		error = path_digest(policy, &policy->paths[i], digests + i * DIGEST_LENGTH);
	digests += policy->path_count * DIGEST_LENGTH;
	for (size_t i = 0; i < policy->observe_count; i++)
		observe_digest(policy, &policy->observes[i], digests + i * DIGEST_LENGTH);
	return error;
}

static int no_id(const struct compiler *compiler, size_t failed)
{
	const struct policy *policy = compiler->policy;

	if (failed < policy->path_count)
		diag_add(compiler->diags, DIAG_ERROR, policy->paths[failed].loc, NULL,
			_("path \"%s\": every id that it could have is taken"),
			policy->paths[failed].name);
	else
		diag_add(compiler->diags, DIAG_ERROR,
			policy->observes[failed - policy->path_count].loc, NULL,
			_("observe: every id that it could have is taken"));
	return -EINVAL;
}

int path_ids(struct compiler *compiler)
{
	struct policy *policy = compiler->policy;
	size_t count = policy->path_count + policy->observe_count, failed = 0;
	uint8_t *digests = malloc((count + 1) * DIGEST_LENGTH);
	uint32_t *ids = calloc(count + 1, sizeof(*ids));
	int error = digests && ids ? all_digests(policy, digests) : -ENOMEM;

	if (error == 0)
		error = assign_ids(digests, count, 32, ids, &failed);
	for (size_t i = 0; i < policy->path_count && error == 0; i++)
		policy->paths[i].id = ids[i];
	for (size_t i = 0; i < policy->observe_count && error == 0; i++)
		policy->observes[i].id = ids[policy->path_count + i];
	if (error == -ERANGE)
		error = no_id(compiler, failed);
	free(digests);
	free(ids);
	return error;
}
