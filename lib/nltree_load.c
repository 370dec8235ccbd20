/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees from the JSON that nltree_write() makes of them. */
#include "nltree.h"

#include <errno.h>
#include <string.h>

#include "i18n.h"

/* As of nltree.c: bigger numbers stand as texts. */
#define SAFE_INTEGER ((uint64_t)1 << 53)

static bool load_object(struct jsonpull *pull, const struct nltree_schema *schema,
	struct nltree *parent, unsigned int depth);

static struct nltree *add(
	struct jsonpull *pull, struct nltree *parent, const struct nltree_attr *attr)
{
	struct nltree *node = nltree_add(parent, attr);

	if (!node)
		(void)jsonpull_no_memory(pull);
	return node;
}

static bool set_bytes(struct jsonpull *pull, struct nltree *node)
{
	int r = nltree_set_bytes(node, pull->string, pull->string_length);

	if (r == -ENOMEM)
		return jsonpull_no_memory(pull);
	return r == 0 || jsonpull_refuse(pull, N_("these are too many bytes"), NULL);
}

/* Behind its name "type", the rest of an attribute that is not known. */
static bool load_unknown(struct jsonpull *pull, struct nltree *node)
{
	uint64_t type = 0;

	if (!jsonpull_unsigned(pull, UINT16_MAX, &type) || !jsonpull_member(pull, "bytes") ||
		!jsonpull_hex(pull) || !set_bytes(pull, node))
		return false;
	node->type = (uint16_t)type;
	return jsonpull_object_end(pull);
}

static bool load_unknowns(struct jsonpull *pull, struct nltree *parent)
{
	if (!jsonpull_array(pull))
		return false;
	while (jsonpull_element(pull)) {
		struct nltree *node = add(pull, parent, NULL);

		if (!node || !jsonpull_object(pull) || !jsonpull_member(pull, "type") ||
			!load_unknown(pull, node))
			return false;
	}
	return !pull->error;
}

/* A text of the kernel is a string of JSON, or, when it is none, its bytes. */
static bool load_text(struct jsonpull *pull, struct nltree *node)
{
	if (jsonpull_peek(pull) == '"')
		return jsonpull_string(pull) && set_bytes(pull, node);
	if (!jsonpull_object(pull) || !jsonpull_member(pull, "text") || !jsonpull_hex(pull))
		return false;
	if (memchr(pull->string, '\0', pull->string_length))
		return jsonpull_refuse(pull, N_("this is no character of a text"), NULL);
	return set_bytes(pull, node) && jsonpull_object_end(pull);
}

static bool load_number(struct jsonpull *pull, struct nltree *node)
{
	static const uint64_t most[] = { [NLTREE_U8] = UINT8_MAX,
		[NLTREE_U16] = UINT16_MAX,
		[NLTREE_U32] = UINT32_MAX,
		[NLTREE_U64] = SAFE_INTEGER };
	uint64_t number = 0;

	if (node->kind != NLTREE_U64 || jsonpull_peek(pull) != '"')
		return jsonpull_unsigned(pull, most[node->kind], &node->number);
	if (!jsonpull_string(pull))
		return false;
	for (const char *at = pull->string; *at; at++) {
		unsigned int digit = (unsigned int)(*at - '0');

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return jsonpull_refuse(pull, N_("these are no digits of a number"), NULL);
		number = 10 * number + digit;
	}
	if (number <= SAFE_INTEGER)
		return jsonpull_refuse(pull, N_("these are no digits of a number"), NULL);
	node->number = number;
	return true;
}

static bool load_value(struct jsonpull *pull, const struct nltree_schema *schema,
	struct nltree *node, unsigned int depth);

/* An element of a list is of its one kind, or not known: an object that begins with "type". */
static bool load_element(struct jsonpull *pull, const struct nltree_attr *attr,
	struct nltree *parent, unsigned int depth)
{
	struct jsonpull ahead = *pull;
	struct nltree *node;
	bool unknown;

	/* What is read ahead into a string is read again; the memory of the string is one. */
	unknown = jsonpull_peek(pull) == '{' && jsonpull_object(pull) &&
		  jsonpull_any_member(pull) && strcmp(pull->string, "type") == 0;
	if (unknown) {
		node = add(pull, parent, NULL);
		return node && load_unknown(pull, node);
	}
	ahead.string = pull->string;
	ahead.string_room = pull->string_room;
	*pull = ahead;
	node = add(pull, parent, attr);
	return node && load_value(pull, attr->nest, node, depth);
}

static bool load_list(struct jsonpull *pull, const struct nltree_schema *schema,
	struct nltree *node, unsigned int depth)
{
	if (!jsonpull_array(pull))
		return false;
	while (jsonpull_element(pull))
		if (!load_element(pull, &schema->attrs[0], node, depth))
			return false;
	return !pull->error;
}

static bool load_value(struct jsonpull *pull, const struct nltree_schema *schema,
	struct nltree *node, unsigned int depth)
{
	switch (node->kind) {
	case NLTREE_NEST:
	case NLTREE_CHOICE:
	case NLTREE_LIST:
		if (depth == NLTREE_DEPTH_MAX)
			return jsonpull_refuse(pull, N_("this is nested too deeply"), NULL);
		return node->kind == NLTREE_LIST ? load_list(pull, schema, node, depth + 1)
						 : load_object(pull, schema, node, depth + 1);
	case NLTREE_TEXT:
		return load_text(pull, node);
	case NLTREE_BYTES:
		return jsonpull_hex(pull) && set_bytes(pull, node);
	default:
		return load_number(pull, node);
	}
}

static const struct nltree_attr *find_attr(const struct nltree_schema *schema, const char *name)
{
	for (unsigned int i = 0; i < schema->count; i++)
		if (schema->attrs[i].kind != NLTREE_SKIPPED &&
			strcmp(schema->attrs[i].name, name) == 0)
			return &schema->attrs[i];
	return NULL;
}

/* The schema of what an attribute holds: of a choice's second one that of the name that came. */
static const struct nltree_schema *nest_of(const struct nltree_schema *schema,
	const struct nltree *parent, const struct nltree_attr *attr)
{
	const char *name;

	if (!schema->choice || attr != &schema->attrs[1])
		return attr->nest;
	name = nltree_text(parent, schema->attrs[0].type);
	return name ? schema->choice(name) : NULL;
}

static bool load_member(struct jsonpull *pull, const struct nltree_schema *schema,
	struct nltree *parent, unsigned int depth)
{
	const struct nltree_attr *attr = find_attr(schema, pull->string);
	const struct nltree_schema *nest;
	struct nltree *node;

	if (!attr)
		return jsonpull_refuse(pull, N_("there is no attribute of this name"), NULL);
	if (nltree_has(parent, attr->type))
		return jsonpull_refuse(pull, N_("this attribute stands twice"), attr->name);
	nest = nest_of(schema, parent, attr);
	if (attr->kind >= NLTREE_NEST && !nest)
		return jsonpull_refuse(
			pull, N_("what this holds is not known by the name before it"), attr->name);
	node = add(pull, parent, attr);
	return node && load_value(pull, nest, node, depth);
}

static bool load_object(struct jsonpull *pull, const struct nltree_schema *schema,
	struct nltree *parent, unsigned int depth)
{
	if (!jsonpull_object(pull))
		return false;
	while (jsonpull_any_member(pull)) {
		if (strcmp(pull->string, "unknown") == 0) {
			if (!load_unknowns(pull, parent))
				return false;
			/* They stand behind all that is known. */
			return jsonpull_object_end(pull);
		}
		if (!load_member(pull, schema, parent, depth))
			return false;
	}
	return !pull->error;
}

bool nltree_load(struct jsonpull *pull, const struct nltree_schema *schema, struct nltree *ret_root)
{
	ret_root->kind = NLTREE_NEST;
	return load_object(pull, schema, ret_root, 0);
}
