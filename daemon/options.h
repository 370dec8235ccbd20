/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of a command line, from tables, so that --help and what is accepted are one thing.
 * "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE", "-ab"; "--" ends the options; options
 * and operands may be mixed. Complaints go to stderr, translated, with a suggestion.
 */
#ifndef HEDATE_OPTIONS_H
#define HEDATE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_spec {
	const char *name; /* without its dashes; NULL for one that has only a letter */
	char letter;	  /* 0 for none */
	/* Marked for translation; NULL: a flag. In brackets: may be left out, and the next word is
	 * it only when it begins with a digit. */
	const char *argument;
	const char *help; /* marked for translation */
};

enum {
	OPTIONS_END = -1,
	OPTIONS_OPERAND = -2,
	OPTIONS_FAILED = -3, /* has been complained about */
};

struct options {
	const char *program; /* before a complaint: "hedate log" */
	const struct option_spec *specs;
	size_t count;
	int argc;
	char **argv;
	int next;	     /* argv's next */
	const char *cluster; /* rest of "-abc" */
	bool only_operands;  /* "--" was met */
	const char *value;   /* of the option or operand just returned */
};

/* argv[0] is skipped. */
void options_begin(struct options *options, const char *program, const struct option_spec *specs,
	size_t count, int argc, char **argv);

/* The index of the next option in specs, value set when it has an argument; or OPTIONS_*. */
int options_next(struct options *options);

/* The lines of --help that describe them. */
void options_describe(const struct option_spec *specs, size_t count, FILE *out);

/* A non-negative decimal number up to max. */
bool options_number(const char *text, unsigned long max, unsigned long *ret_value);

#endif
