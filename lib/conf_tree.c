/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libconfig's trees, and who reads them. libconfig gets the file in parts, a setting of it after
 * the other and a long list in pieces: the list of a group grows by so few elements at a time that
 * one of many thousands would be copied as often, and the tree of a piece stays in the processor's
 * cache while it is made, read and freed.
 *
 * libconfig up to 1.5 does not look at what malloc() gave it: out of memory while it parses ends
 * the process, or makes it crash. Later versions abort. Either way nothing was changed yet.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_node.h"
#include "conf_token.h"
#include "i18n.h"

#define PIECE_ELEMENTS 32 /* of a list that libconfig reads in pieces */

struct reading {
	struct conf *conf;
	const struct conf_key *keys;
	void *object;
	char *text; /* what libconfig reads now */
	size_t room;
};

/* ---- the tree ---- */

/* libconfig does not look whether it got memory: a name or a text that it had none for is NULL, and
 * would be read as another policy than the one that is written. */
static bool is_whole(const config_setting_t *parent, const config_setting_t *setting)
{
	return (!config_setting_is_group(parent) || config_setting_name(setting)) &&
	       (config_setting_type(setting) != CONFIG_TYPE_STRING ||
		       config_setting_get_string(setting));
}

/* Number the settings in the order of the text, parents first, as the scan did. CONF_DEPTH_MAX
 * bounds the recursion. 0, or -ENOMEM. */
static int number_settings(const config_setting_t *parent, size_t *number)
{
	int count = config_setting_is_aggregate(parent) ? config_setting_length(parent) : 0;

	for (int i = 0; i < count; i++) {
		config_setting_t *setting = config_setting_get_elem(parent, (unsigned int)i);

		if (!is_whole(parent, setting))
			return -ENOMEM;
		config_setting_set_hook(setting, (void *)(uintptr_t)++ * number);
		int error = number_settings(setting, number);

		if (error < 0)
			return error;
	}
	return 0;
}

/* What the scan lets through and libconfig does not: elements of several types in [ ]. What
 * libconfig calls it is English. */
static int refuse_parse(const struct conf *conf, const config_t *config)
{
	struct diag_loc loc = { conf->text.name,
		conf->lines_before + (unsigned int)config_error_line(config), 0 };

	diag_add(conf->diags, DIAG_ERROR, loc,
		_("all values between \"[\" and \"]\" are strings, or all are whole numbers"),
		_("the file cannot be read from here on"));
	return -EINVAL;
}

/* ---- a piece of the text ---- */

/* Of the setting of the file at parts[member], the elements from parts[first] to parts[last]; or
 * all that it is, when first is the setting itself. */
struct piece {
	size_t member, first, last;
};

static const struct conf_position *position(const struct conf *conf, size_t part)
{
	return &conf->scan.positions[conf->scan.parts[part].position];
}

/* How many settings there are before the part that follows this one. */
static size_t settings_until(const struct conf *conf, size_t part)
{
	const struct conf_scan *scan = &conf->scan;

	return part + 1 < scan->part_count ? scan->parts[part + 1].position : scan->count;
}

static int make_room(struct reading *reading, size_t room)
{
	char *text;

	if (room <= reading->room)
		return 0;
	text = realloc(reading->text, room);
	if (text == NULL)
		return -ENOMEM;
	reading->text = text;
	reading->room = room;
	return 0;
}

/* As the text has it, or "key=(element, element)". 0, or -ENOMEM. */
static int write_piece(struct reading *reading, const struct piece *piece)
{
	struct conf *conf = reading->conf;
	const char *bytes = conf->text.bytes;
	bool whole = piece->first == piece->member;
	size_t key = position(conf, piece->member)->key;
	size_t key_length = whole ? 0 : conf_word_length(&conf->text, key);
	size_t from = whole ? key : position(conf, piece->first)->value;
	size_t length = conf->scan.parts[piece->last].end - from;
	char *at;

	if (make_room(reading, key_length + length + sizeof("=()")) < 0)
		return -ENOMEM;
	conf->lines_before = conf_text_loc(&conf->text, from).line - 1;
	at = mempcpy(reading->text, bytes + key, key_length);
	if (!whole)
		at = mempcpy(at, "=(", 2);
	at = mempcpy(at, bytes + from, length);
	memcpy(at, whole ? "" : ")", whole ? 1 : 2);
	return 0;
}

/* Each setting gets the number that the scan gave it. */
static int number_piece(struct conf *conf, const struct piece *piece, config_setting_t *setting)
{
	size_t last = piece->last == piece->member
			      ? piece->last + conf->scan.parts[piece->member].elements
			      : piece->last;
	size_t number = conf->scan.parts[piece->member].position;
	int error;

	config_setting_set_hook(setting, (void *)(uintptr_t)++number);
	if (piece->first != piece->member)
		number = conf->scan.parts[piece->first].position;
	error = number_settings(setting, &number);
	conf->located = number == settings_until(conf, last);
	return error;
}

static int read_tree(struct reading *reading, const struct piece *piece, config_t *config,
	const struct conf_key *key)
{
	struct conf *conf = reading->conf;
	const config_setting_t *root;
	config_setting_t *setting;
	int error;

	if (!config_read_string(config, reading->text))
		return refuse_parse(conf, config);
	root = config_root_setting(config);
	setting = config_setting_get_elem(root, 0);
	if (setting == NULL || !is_whole(root, setting))
		return -ENOMEM;
	error = number_piece(conf, piece, setting);
	snprintf(conf->subject, sizeof(conf->subject), "%s", _("the file"));
	return error < 0 ? error : key->read(conf, setting, reading->object);
}

static int read_piece(
	struct reading *reading, const struct piece *piece, const struct conf_key *key)
{
	config_t config;
	int error = write_piece(reading, piece);

	if (error < 0)
		return error;
	config_init(&config);
	error = read_tree(reading, piece, &config, key);
	config_destroy(&config);
	return error;
}

/* ---- the settings of the file ---- */

static bool is_named(const struct conf *conf, size_t part, const char *name)
{
	size_t key = position(conf, part)->key, length = conf_word_length(&conf->text, key);

	return strlen(name) == length && memcmp(conf->text.bytes + key, name, length) == 0;
}

static size_t next_member(const struct conf *conf, size_t part)
{
	return part + 1 + conf->scan.parts[part].elements;
}

static int refuse_unknown(struct reading *reading, size_t part)
{
	struct conf *conf = reading->conf;
	size_t key = position(conf, part)->key;
	char *name;

	for (const struct conf_key *known = reading->keys; known->name != NULL; known++)
		if (is_named(conf, part, known->name))
			return 0;
	name = strndup(conf->text.bytes + key, conf_word_length(&conf->text, key));
	if (name == NULL)
		return -ENOMEM;
	conf_unknown_key(conf, conf_text_loc(&conf->text, key), name, reading->keys);
	free(name);
	return 0;
}

/* Lists that may be long: their readers take them in pieces, one after the other. */
static bool takes_pieces(const struct conf_key *key)
{
	return key->read == conf_read_hosts || key->read == conf_read_services ||
	       key->read == conf_read_paths;
}

static int read_member(struct reading *reading, size_t member, const struct conf_key *key)
{
	size_t end = next_member(reading->conf, member);
	struct piece piece = { member, member, member };
	int error = 0;

	reading->conf->rest = reading->conf->scan.parts[member].elements;
	if (!takes_pieces(key) || end - member <= PIECE_ELEMENTS)
		return read_piece(reading, &piece, key);
	for (piece.first = member + 1; error == 0 && piece.first < end;
		piece.first = piece.last + 1) {
		piece.last = piece.first + PIECE_ELEMENTS - 1;
		if (piece.last >= end)
			piece.last = end - 1;
		reading->conf->rest = end - piece.first;
		error = read_piece(reading, &piece, key);
	}
	return error;
}

static int read_key(struct reading *reading, const struct conf_key *key)
{
	struct conf *conf = reading->conf;

	for (size_t part = 0; part < conf->scan.part_count; part = next_member(conf, part))
		if (is_named(conf, part, key->name))
			return read_member(reading, part, key);
	if (key->required)
		diag_add(conf->diags, DIAG_ERROR, (struct diag_loc){ .file = conf->text.name },
			conf_fix(conf, _("add: %s = ...;"), key->name),
			_("%s: key \"%s\" is missing"), conf->subject, key->name);
	return 0;
}

static int read_members(struct reading *reading)
{
	struct conf *conf = reading->conf;
	int error = 0;

	for (size_t part = 0; error == 0 && part < conf->scan.part_count;
		part = next_member(conf, part))
		error = refuse_unknown(reading, part);
	for (const struct conf_key *key = reading->keys; error == 0 && key->name != NULL; key++) {
		snprintf(conf->subject, sizeof(conf->subject), "%s", _("the file"));
		error = read_key(reading, key);
	}
	return error;
}

int conf_read_tree(struct conf *conf, const struct conf_key *keys, void *object)
{
	struct reading reading = { .conf = conf, .keys = keys, .object = object };
	int error = conf_text_check(&conf->text, conf->diags);

	if (error == 0)
		error = conf_scan(&conf->text, conf->diags, &conf->scan);
	if (error < 0)
		return error;
	snprintf(conf->subject, sizeof(conf->subject), "%s", _("the file"));
	error = read_members(&reading);
	free(reading.text);
	return error;
}
