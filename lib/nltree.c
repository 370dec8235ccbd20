/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nltree.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "width.h"

/* Trees ---------------------------------------------------------------------------------------- */

void nltree_clear(struct nltree *root)
{
	for (size_t i = 0; i < root->count; i++)
		nltree_clear(&root->children[i]);
	free(root->children);
	free(root->bytes);
	*root = (struct nltree){ 0 };
}

struct nltree *nltree_add(struct nltree *tree, const struct nltree_attr *attr)
{
	struct nltree *grown =
		array_reserve(tree->children, sizeof(*grown), tree->count, &tree->room);

	if (!grown)
		return NULL;
	tree->children = grown;
	struct nltree *node = &tree->children[tree->count++];

	*node = (struct nltree){ .attr = attr, .kind = attr ? attr->kind : NLTREE_UNKNOWN };
	return node;
}

int nltree_set_bytes(struct nltree *node, const void *bytes, size_t length)
{
	if (length > NLTREE_BYTES_MAX)
		return -E2BIG;
	node->bytes = malloc(length + 1);
	if (!node->bytes)
		return -ENOMEM;
	memcpy(node->bytes, bytes, length);
	node->bytes[length] = '\0';
	node->length = length;
	return 0;
}

bool nltree_is_known(const struct nltree *tree)
{
	if (tree->attr && tree->kind == NLTREE_UNKNOWN)
		return false;
	for (size_t i = 0; i < tree->count; i++)
		if (tree->children[i].kind == NLTREE_UNKNOWN ||
			!nltree_is_known(&tree->children[i]))
			return false;
	return true;
}

const struct nltree *nltree_find(const struct nltree *tree, uint16_t type)
{
	for (size_t i = 0; tree && i < tree->count; i++)
		if (tree->children[i].kind != NLTREE_UNKNOWN &&
			tree->children[i].attr->type == type)
			return &tree->children[i];
	return NULL;
}

bool nltree_has(const struct nltree *tree, uint16_t type)
{
	return nltree_find(tree, type) != NULL;
}

uint64_t nltree_number(const struct nltree *tree, uint16_t type, uint64_t absent)
{
	const struct nltree *node = nltree_find(tree, type);

	return node ? node->number : absent;
}

const char *nltree_text(const struct nltree *tree, uint16_t type)
{
	const struct nltree *node = nltree_find(tree, type);

	return node && node->kind == NLTREE_TEXT ? (const char *)node->bytes : NULL;
}

const uint8_t *nltree_bytes(const struct nltree *tree, uint16_t type, size_t *ret_length)
{
	const struct nltree *node = nltree_find(tree, type);

	*ret_length = node ? node->length : 0;
	return node ? node->bytes : NULL;
}

/* Messages ------------------------------------------------------------------------------------- */

static const struct nltree_attr *find_attr(const struct nltree_schema *schema, unsigned int type)
{
	for (unsigned int i = 0; i < schema->count; i++)
		if (schema->attrs[i].type == type)
			return &schema->attrs[i];
	return NULL;
}

static int read_run(struct attrs attrs, const struct nltree_schema *schema, struct nltree *parent,
	unsigned int depth);

static int read_list(struct attrs attrs, const struct nltree_schema *schema, struct nltree *parent,
	unsigned int depth);

/* The number in length bytes; false: it is none of that kind. */
static bool read_number(const struct nlattr *from, enum nltree_kind kind, uint64_t *ret_number)
{
	static const size_t lengths[] = {
		[NLTREE_U8] = 1, [NLTREE_U16] = 2, [NLTREE_U32] = 4, [NLTREE_U64] = 8
	};
	const uint8_t *bytes = attr_value(from);
	uint64_t number = 0;

	if (attr_length(from) != lengths[kind])
		return false;
	for (size_t i = 0; i < lengths[kind]; i++)
		number = number << 8 | bytes[i];
	*ret_number = number;
	return true;
}

/* The kernel ends it with a NUL, and takes one without (libnftnl's names of objects). */
static bool is_text(const struct nlattr *from, size_t *ret_length)
{
	size_t length = attr_length(from);

	*ret_length = strnlen(attr_value(from), length);
	return length > 0 && *ret_length + 1 >= length;
}

/* What the schema does not know, or does not know like that. */
static int read_unknown(const struct nlattr *from, struct nltree *parent)
{
	struct nltree *node = nltree_add(parent, NULL);

	if (!node)
		return -ENOMEM;
	node->type = (uint16_t)attr_type(from);
	return nltree_set_bytes(node, attr_value(from), attr_length(from));
}

/* The attributes inside one. In a choice, what the second one holds is known by the first. */
static int read_inside(const struct nlattr *from, const struct nltree_attr *attr,
	struct nltree *parent, unsigned int depth)
{
	struct nltree *node = nltree_add(parent, attr);
	struct attrs inside = attrs_of_nest(from);

	if (!node)
		return -ENOMEM;
	if (depth == NLTREE_DEPTH_MAX)
		return -EBADMSG;
	return attr->kind == NLTREE_LIST ? read_list(inside, attr->nest, node, depth + 1)
					 : read_run(inside, attr->nest, node, depth + 1);
}

static int read_attr(const struct nlattr *from, const struct nltree_attr *attr,
	struct nltree *parent, unsigned int depth)
{
	struct nltree *node;
	uint64_t number = 0;
	size_t length;

	if (!attr || attr->kind == NLTREE_UNKNOWN)
		return read_unknown(from, parent);
	switch (attr->kind) {
	case NLTREE_SKIPPED:
		return 0;
	case NLTREE_NEST:
	case NLTREE_LIST:
	case NLTREE_CHOICE:
		return read_inside(from, attr, parent, depth);
	case NLTREE_TEXT:
		if (!is_text(from, &length))
			return read_unknown(from, parent);
		node = nltree_add(parent, attr);
		return node ? nltree_set_bytes(node, attr_value(from), length) : -ENOMEM;
	case NLTREE_BYTES:
		node = nltree_add(parent, attr);
		return node ? nltree_set_bytes(node, attr_value(from), attr_length(from)) : -ENOMEM;
	default:
		if (!read_number(from, attr->kind, &number))
			return read_unknown(from, parent);
		node = nltree_add(parent, attr);
		if (node)
			node->number = number;
		return node ? 0 : -ENOMEM;
	}
}

/* The schema's second attribute, where what it holds depends on the name that came first. */
static const struct nltree_attr *chosen(const struct nltree_schema *schema,
	const struct nltree *parent, const struct nltree_attr *attr, struct nltree_attr *place)
{
	if (!schema->choice || attr != &schema->attrs[1])
		return attr;
	const char *name = nltree_text(parent, schema->attrs[0].type);

	*place = *attr;
	place->nest = name ? schema->choice(name) : NULL;
	return place->nest ? place : NULL;
}

static int read_run(struct attrs attrs, const struct nltree_schema *schema, struct nltree *parent,
	unsigned int depth)
{
	const struct nlattr *from;
	int r = 0;

	while (r == 0 && (from = attrs_next(&attrs)) != NULL) {
		const struct nltree_attr *attr = find_attr(schema, attr_type(from));
		struct nltree_attr place;

		/* A second one of the same type: which of the two holds is not known. */
		if (attr && nltree_has(parent, attr->type))
			attr = NULL;
		if (attr)
			attr = chosen(schema, parent, attr, &place);
		r = read_attr(from, attr, parent, depth);
		/* The tree refers to what lasts. */
		if (r == 0 && attr == &place && parent->count > 0)
			parent->children[parent->count - 1].attr = &schema->attrs[1];
	}
	return r < 0 ? r : attrs.left ? -EBADMSG : 0;
}

static int read_list(struct attrs attrs, const struct nltree_schema *schema, struct nltree *parent,
	unsigned int depth)
{
	const struct nlattr *from;
	int r = 0;

	while (r == 0 && (from = attrs_next(&attrs)) != NULL)
		r = read_attr(from,
			attr_type(from) == schema->attrs[0].type ? &schema->attrs[0] : NULL, parent,
			depth);
	return r < 0 ? r : attrs.left ? -EBADMSG : 0;
}

int nltree_read(struct attrs attrs, const struct nltree_schema *schema, struct nltree *ret_root)
{
	ret_root->kind = NLTREE_NEST;
	return read_run(attrs, schema, ret_root, 0);
}

/* JSON ----------------------------------------------------------------------------------------- */

#define SAFE_INTEGER ((uint64_t)1 << 53) /* RFC 8259, 6: numbers up to here agree everywhere */

static void write_bytes(const struct nltree *node, struct json *json)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * node->length + 1);

	if (!text) {
		json->failed = true;
		return;
	}
	for (size_t i = 0; i < node->length; i++) {
		text[2 * i] = digits[node->bytes[i] >> 4];
		text[2 * i + 1] = digits[node->bytes[i] & 15];
	}
	json_string_n(json, text, 2 * node->length);
	free(text);
}

/* The kernel takes any bytes for a name: two that differ must differ in the file as well. */
static void write_text(const struct nltree *node, struct json *json)
{
	const char *text = (const char *)node->bytes;
	bool valid = true;
	uint32_t character;

	for (size_t i = 0, taken; i < node->length && valid; i += taken) {
		taken = width_decode(text + i, node->length - i, &character);
		valid = character != WIDTH_REPLACEMENT || taken > 1;
	}
	if (valid) {
		json_string_n(json, text, node->length);
		return;
	}
	json_object_begin(json);
	json_key(json, "text");
	write_bytes(node, json);
	json_object_end(json);
}

static void write_value(const struct nltree *node, struct json *json)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	switch (node->kind) {
	case NLTREE_NEST:
	case NLTREE_CHOICE:
		nltree_write(node, json);
		break;
	case NLTREE_LIST:
		json_array_begin(json);
		for (size_t i = 0; i < node->count; i++)
			write_value(&node->children[i], json);
		json_array_end(json);
		break;
	case NLTREE_TEXT:
		write_text(node, json);
		break;
	case NLTREE_BYTES:
		write_bytes(node, json);
		break;
	case NLTREE_UNKNOWN:
		json_object_begin(json);
		json_key(json, "type");
		json_unsigned(json, node->type);
		json_key(json, "bytes");
		write_bytes(node, json);
		json_object_end(json);
		break;
	default:
		if (node->number <= SAFE_INTEGER) {
			json_unsigned(json, node->number);
			break;
		}
		digits[at] = '\0';
		for (uint64_t rest = node->number; rest; rest /= 10)
			digits[--at] = (char)('0' + rest % 10);
		json_string(json, digits + at);
	}
}

void nltree_write(const struct nltree *tree, struct json *json)
{
	bool unknown = false;

	json_object_begin(json);
	for (size_t i = 0; i < tree->count; i++) {
		const struct nltree *node = &tree->children[i];

		unknown |= node->kind == NLTREE_UNKNOWN;
		if (node->kind == NLTREE_UNKNOWN)
			continue;
		json_key(json, node->attr->name);
		write_value(node, json);
	}
	if (unknown) {
		json_key(json, "unknown");
		json_array_begin(json);
		for (size_t i = 0; i < tree->count; i++)
			if (tree->children[i].kind == NLTREE_UNKNOWN)
				write_value(&tree->children[i], json);
		json_array_end(json);
	}
	json_object_end(json);
}
