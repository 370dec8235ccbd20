/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading libconfig's tree: a table of keys for each kind of group, typed values, located errors.
 * Internal to conf; a reader returns 0 or -ENOMEM, what is wrong with the input goes to the
 * diagnostics and reading goes on.
 */
#ifndef HEDATE_CONF_NODE_H
#define HEDATE_CONF_NODE_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "conf_scan.h"
#include "conf_text.h"
#include "diag.h"
#include "endpoint.h"
#include "policy.h"
#include "strmap.h"

/* What a name stands for; with the index it is the value in conf.names. */
enum conf_named {
	NAMED_ZONE,
	NAMED_SEGMENT,
	NAMED_HOST,
	NAMED_NETWORK,
	NAMED_BREAKOUT,
};
#define CONF_NOWHERE		 SIZE_MAX /* no segment, because of an error that was reported */
#define NAMED_VALUE(kind, index) ((size_t)(index) << 3 | (size_t)(kind))
#define NAMED_KIND(value)	 ((enum conf_named)((value)&7))
#define NAMED_INDEX(value)	 ((value) >> 3)

struct conf {
	struct policy *policy;
	const struct conf_options *options; /* borrowed, or NULL */
	struct diag_list *diags;
	struct conf_text text;
	struct conf_scan scan;
	bool located;		   /* the scan's positions are those of libconfig's tree */
	unsigned int lines_before; /* that tree */
	struct strmap names;	   /* zones, segments ("zone.segment"), hosts, networks,
				    * clouds of local breakout */
	struct strmap services;	   /* → policy.services */
	struct strmap paths;	   /* → policy.paths */
	struct strmap assertions;  /* → policy.assertions */
	size_t *network_segments;  /* owned; the segment of each network; CONF_NOWHERE */
	size_t *breakout_segments; /* the same of each cloud of local breakout */
	size_t network_room, host_room, zone_room, segment_room, service_room, path_room;
	size_t breakout_room, observe_room, assertion_room, alert_room;
	size_t prefixes;       /* networks read so far */
	size_t end_ranges;     /* ranges of addresses of the ends of paths */
	bool *broken_services; /* owned; services with errors, by index */
	size_t broken_room;
	size_t rest;	      /* of a list of the file: elements that are not read yet */
	bool path_broken;     /* the path being read has a service with errors */
	bool networks_broken; /* a segment has networks with errors: nobody knows what is in it */
	bool zones_broken;    /* a zone has errors: its kind may not be the one that was meant */
	bool end_limit;	      /* that they are too many was said */
	bool path_limit;      /* that there are too many paths was said */
	size_t suggestions;   /* how many more names may be compared for "did you mean" */
	const char *noun;     /* of the subject, and its translation */
	const char *noun_text;
	char subject[192]; /* what is being read: 'path "F03"' */
	char fix[512];	   /* conf_fix() */
};

typedef int (*conf_reader)(struct conf *conf, const config_setting_t *setting, void *object);

#define CONF_KEYS_MAX 32 /* of one table */

/* One key of a group. Keys are read in the order of the table; the last has no name. */
struct conf_key {
	const char *name;
	bool required;
	conf_reader read;
};

/* Where a value, or its key, stands. */
struct diag_loc conf_value_loc(const struct conf *conf, const config_setting_t *setting);
struct diag_loc conf_key_loc(const struct conf *conf, const config_setting_t *setting);

/* A finding at a value; the message begins with the subject. */
#define conf_error(conf, setting, fix, ...)                                                        \
	diag_add((conf)->diags, DIAG_ERROR, conf_value_loc((conf), (setting)), (fix), __VA_ARGS__)
/* A fix with names in it; valid until the next call. */
__attribute__((format(printf, 2, 3))) const char *conf_fix(
	struct conf *conf, const char *format, ...);
/* 'did you mean "..."?', or NULL. */
struct suggest;
const char *conf_did_you_mean(struct conf *conf, const struct suggest *suggest);
/* Offer every key of a map to suggest. */
void conf_consider(struct conf *conf, struct suggest *suggest, const struct strmap *map);

/* Read a whole file, whose text is conf->text: what its groups hold goes to object. 0, -EINVAL when
 * no tree could be made of it, -ENOMEM. Errors in the tree are in the diagnostics. */
int conf_read_tree(struct conf *conf, const struct conf_key *keys, void *object);

/* An unknown key, of the file or of a group. */
void conf_unknown_key(
	struct conf *conf, struct diag_loc loc, const char *name, const struct conf_key *keys);
/* Read a group by its keys: an unknown one, or a missing required one, is an error. Each key is
 * read with the subject that stood at the beginning. */
int conf_group(struct conf *conf, const config_setting_t *setting, const struct conf_key *keys,
	void *object);
/* Read each element of a list of groups with its keys' reader; an empty one is an error unless
 * may_be_empty. */
int conf_list(struct conf *conf, const config_setting_t *setting, bool may_be_empty,
	conf_reader read, void *object);
/* One value, or a list of them that is neither empty nor longer than max. */
int conf_values(struct conf *conf, const config_setting_t *setting, int max, conf_reader read,
	void *object);

/* The subject of what follows: a noun, for _() and the same pointer for the same, and its name if
 * it has one, else its number, counted from 1. */
void conf_set_subject(
	struct conf *conf, const char *noun, const config_setting_t *setting, size_t number);
/* The same of a noun that was translated. */
void conf_set_subject_of(
	struct conf *conf, const char *noun, const config_setting_t *setting, size_t number);
/* Have errors been found since there were so many? Then what was read in between is not complete,
 * and must not be blamed for what it lacks. */
bool conf_failed_since(const struct conf *conf, size_t errors);
/* Where a group's name stands, or else the group: what findings about it point to. */
struct diag_loc conf_group_loc(const struct conf *conf, const config_setting_t *setting);

/* Say that a value is not of the type that is wanted: "a string". fix may be NULL. */
void conf_wrong_type(
	struct conf *conf, const config_setting_t *setting, const char *wanted, const char *fix);

/* Typed values: NULL or false after an error. */
const char *conf_string(struct conf *conf, const config_setting_t *setting);
bool conf_number(struct conf *conf, const config_setting_t *setting, long long min, long long max,
	unsigned int *ret_number);
bool conf_bool(struct conf *conf, const config_setting_t *setting, bool *ret_value);
/* A day as "2026-03-01", copied; *ret_date stays NULL after an error. 0, or -ENOMEM. */
int conf_date(struct conf *conf, const config_setting_t *setting, char **ret_date);
bool conf_mac(struct conf *conf, const config_setting_t *setting, uint8_t mac[MAC_LENGTH]);
/* One of count words; names is the array of them. */
bool conf_choice(struct conf *conf, const config_setting_t *setting, const char *const *names,
	size_t count, size_t *ret_index);

/* How names are written. */
enum conf_charset {
	CHARSET_PLACE, /* zones, segments: [a-z][a-z0-9-]* */
	CHARSET_NAME,  /* the others: [A-Za-z][A-Za-z0-9_-]* */
};
/* A name, copied; *ret_name stays NULL after an error. 0, or -ENOMEM. */
int conf_name(struct conf *conf, const config_setting_t *setting, enum conf_charset charset,
	char **ret_name);
/* A label or reason, copied. */
int conf_label(
	struct conf *conf, const config_setting_t *setting, bool may_be_empty, char **ret_label);

/* The words of a command, the first a full name, NULL behind the last. The caller owns them, also
 * after an error. */
int conf_command(
	struct conf *conf, const config_setting_t *setting, char ***ret_words, size_t *ret_count);

/* The same of at most max bytes. */
int conf_prose(struct conf *conf, const config_setting_t *setting, bool may_be_empty, size_t max,
	char **ret_prose);

/* Strings that were not given become "". 0, or -ENOMEM. */
int conf_default_text(char **text);

/* ---- the parts of the file, each in its own conf_*.c ---- */

int conf_read_site(struct conf *conf, const config_setting_t *setting, void *object);
/* What was not given of it. */
int conf_finish_site(struct conf *conf);
int conf_read_two_person(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_confirm_seconds(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_proposal_seconds(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_log(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_zones(struct conf *conf, const config_setting_t *setting, void *object);
/* Once all zones are known: what "rest" holds. */
int conf_finish_zones(struct conf *conf);
int conf_read_hosts(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_networks(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_security_cloud(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_breakouts(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_services(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_paths(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_gateway(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_observes(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_assertions(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_alerts(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_prove(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_ha(struct conf *conf, const config_setting_t *setting, void *object);
/* Of a zone, whose kind is known. */
int conf_read_limit(struct conf *conf, const config_setting_t *setting, void *object);
/* The profile and the model that the site names, into the policy. 0, also after an error in them;
 * -ENOMEM. */
int conf_read_profiles(struct conf *conf);
/* Paths of the zones that are open inside. */
int conf_add_inside_paths(struct conf *conf);

/* Parts of a segment and of a path; object is the policy_segment, the policy_path. */
int conf_read_external(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_line(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_specified(struct conf *conf, const config_setting_t *setting, void *object);
int conf_read_windows(struct conf *conf, const config_setting_t *setting, void *object);

/* Names of services, appended to an array that the caller owns. *broken becomes true when what one
 * of them stands for is not known because of an error. */
int conf_read_service_names(struct conf *conf, const config_setting_t *setting, size_t **services,
	size_t *count, bool *broken);

/* What endpoint.h needs to know of a value. */
struct endpoint_query conf_query(const struct conf *conf, const config_setting_t *setting);
/* Register a name of the common name space. 0, also after an error in the input; -ENOMEM. */
int conf_add_name(struct conf *conf, const char *name, enum conf_named kind, size_t index,
	struct diag_loc loc);
/* Resolve the end of a path. *ret_end stays without parts after an error. 0, or -ENOMEM. */
int conf_end(struct conf *conf, const config_setting_t *setting, struct policy_end *ret_end);
/* Parse a network of a list; false after an error, unless it is clear what was meant. */
bool conf_prefix(
	struct conf *conf, const config_setting_t *setting, struct addr_prefix *ret_prefix);
/* Can a host of a segment have such addresses? false after an error. */
bool conf_is_usable(
	struct conf *conf, const config_setting_t *setting, const struct addr_prefix *prefix);
/* Take those away that none can have. 0, or -ENOMEM. */
int conf_subtract_special(struct addrset *set, enum addr_family family);
/* Add many ranges, in any order. 0, or -ENOMEM. */
int conf_add_ranges(struct addrset *set, const struct addr_range *ranges, size_t count);
/* Count one more network of the file; true after the error that it has too many. */
bool conf_too_many_prefixes(struct conf *conf, const config_setting_t *setting);
#define CONF_PREFIXES_MAX 16384 /* of a list */
/* Where the networks of a list go. */
struct conf_place {
	struct addrset *addresses; /* [ADDR_FAMILIES], initialized */
	size_t *segment; /* that all of them lie in; CONF_NOWHERE after an error. NULL: each of
			  * them may lie in another */
	/* What else each must be, in the segment that it is in; may be NULL. */
	void (*check)(struct conf *conf, const config_setting_t *setting,
		const struct addr_prefix *prefix, size_t segment);
};
/* Read the networks of a list, at least one. 0, or -ENOMEM. */
int conf_read_place(
	struct conf *conf, const config_setting_t *setting, const struct conf_place *place);
/* One more part, after count of them in segment before, of what must lie in one segment: where all
 * of it is now, CONF_NOWHERE after an error. */
size_t conf_join_segments(struct conf *conf, const config_setting_t *setting, size_t before,
	size_t found, size_t count);
/* The segment that all of a range lies in, or CONF_NOWHERE after an error at setting; no error when
 * the segments' own networks have some. */
size_t conf_segment_of(struct conf *conf, const config_setting_t *setting, enum addr_family family,
	const struct addr_range *range);

#endif
