/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages as trees, by a schema that says what each attribute is: read from a message,
 * written as JSON, read from JSON. Whatever a message has is kept: an attribute that the schema
 * does not know, or that holds what it must not, stands in the tree as unknown, with its bytes, and
 * so does an expression of a name that is not known. Who reads the tree finds out by
 * nltree_is_known(), and does not decide about what it does not understand.
 *
 * As JSON a nest is an object with the attributes' names, a list an array, bytes are hexadecimal
 * digits; a text that is not UTF-8 is {"text": digits}. What is not known is a member "unknown" of
 * its nest, behind the others: an array of {"type": number, "bytes": digits}.
 */
#ifndef HEDATE_NLTREE_H
#define HEDATE_NLTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "json.h"
#include "jsonpull.h"

enum nltree_kind {
	NLTREE_UNKNOWN,
	NLTREE_U8, /* numbers stand in network order */
	NLTREE_U16,
	NLTREE_U32,
	NLTREE_U64,
	NLTREE_TEXT,
	NLTREE_BYTES,
	NLTREE_NEST, /* attributes of the schema nest */
	NLTREE_LIST, /* any number of elements, each as the first attribute of the schema nest */
	/* Attributes of the schema nest, whose first one is a name; what its second one holds is
	 * told by the schema of that name (nltree_schema.choice). */
	NLTREE_CHOICE,
	NLTREE_SKIPPED, /* known, says nothing that matters, and is left out of the tree */
};

struct nltree_schema;

struct nltree_attr {
	uint16_t type;
	const char *name;
	enum nltree_kind kind;
	const struct nltree_schema *nest;
};

struct nltree_schema {
	const struct nltree_attr *attrs;
	unsigned int count;
	/* Of a NLTREE_CHOICE: the schema of a name, NULL for one that is not known. */
	const struct nltree_schema *(*choice)(const char *name);
};

#define NLTREE_DEPTH_MAX 12
#define NLTREE_BYTES_MAX 65535

struct nltree {
	const struct nltree_attr *attr; /* NULL: the root, or not known */
	enum nltree_kind kind;		/* as attr->kind, or NLTREE_UNKNOWN */
	uint16_t type;			/* of an unknown one */
	uint64_t number;		/* U8 to U64 */
	uint8_t *bytes;			/* TEXT (a NUL follows), BYTES, UNKNOWN */
	size_t length;			/* of bytes, without that NUL */
	struct nltree *children;	/* NEST, LIST, CHOICE */
	size_t count, room;
};

/* The attributes of a run, by a schema, as the children of a root that is all zero before. 0;
 * -EBADMSG: they are no attributes, or nested deeper than NLTREE_DEPTH_MAX; -ENOMEM. On an error
 * too nltree_clear() frees what is there. */
int nltree_read(struct attrs attrs, const struct nltree_schema *schema, struct nltree *ret_root);
void nltree_clear(struct nltree *root); /* it is all zero then */

/* Is all of it known, down to the last attribute? */
bool nltree_is_known(const struct nltree *tree);

/* The child of a type; NULL: there is none, or it is not known. */
const struct nltree *nltree_find(const struct nltree *tree, uint16_t type);
bool nltree_has(const struct nltree *tree, uint16_t type);
/* What it holds; absent, or NULL, when there is none. */
uint64_t nltree_number(const struct nltree *tree, uint16_t type, uint64_t absent);
const char *nltree_text(const struct nltree *tree, uint16_t type);
const uint8_t *nltree_bytes(const struct nltree *tree, uint16_t type, size_t *ret_length);

/* Write the children as one JSON object, in the order in which they came. json.failed says whether
 * memory was enough. */
void nltree_write(const struct nltree *tree, struct json *json);

/* Read what nltree_write() wrote as the children of a root that is all zero before. False: see
 * jsonpull.h; nltree_clear() frees what is there then too. */
bool nltree_load(
	struct jsonpull *pull, const struct nltree_schema *schema, struct nltree *ret_root);

/* The attributes again, as a message had them but for what is skipped. 0; -E2BIG: they take more
 * than the room. */
int nltree_put(const struct nltree *root, void *buffer, size_t room, size_t *ret_length);

/* Building one, for who reads it from elsewhere: a child at the end, all zero but attr and kind.
 * NULL: out of memory. Valid until the next one is added to the same tree. */
struct nltree *nltree_add(struct nltree *tree, const struct nltree_attr *attr);
/* Copy bytes into a node. 0, -E2BIG, -ENOMEM. */
int nltree_set_bytes(struct nltree *node, const void *bytes, size_t length);

#endif
