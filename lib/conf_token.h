/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a configuration file, see conf_scan.h. Internal to conf. */
#ifndef HEDATE_CONF_TOKEN_H
#define HEDATE_CONF_TOKEN_H

#include <stddef.h>

#include "conf_text.h"
#include "diag.h"

#define CONF_WORD_SHOWN 64 /* bytes of a word in a message */

enum conf_token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_OPEN,  /* { ( [ */
	TOKEN_CLOSE, /* } ) ] */
};

struct conf_token {
	enum conf_token_kind kind;
	size_t offset, length;
};

struct conf_lexer {
	const struct conf_text *text;
	struct diag_list *diags;
	size_t offset; /* of what is read next */
};

#define CONF_LEXER_ERROR(lexer, at, fix, ...)                                                      \
	diag_add((lexer)->diags, DIAG_ERROR, conf_text_loc((lexer)->text, (at)), (fix), __VA_ARGS__)

/* The next token, past blanks and comments. 0, or -EINVAL with a diagnostic. */
int conf_next_token(struct conf_lexer *lexer, struct conf_token *ret_token);
/* A word where none can stand: text without quotes? Returns -EINVAL. */
int conf_refuse_word(struct conf_lexer *lexer, const struct conf_token *token);
/* Bytes of the word at an offset where one is known to be. */
size_t conf_word_length(const struct conf_text *text, size_t offset);

#endif
