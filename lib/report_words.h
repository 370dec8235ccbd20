/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the untranslated names of a report mean, in the reader's language. */
#ifndef HEDATE_REPORT_WORDS_H
#define HEDATE_REPORT_WORDS_H

enum report_words {
	WORDS_VERDICT,	  /* prove_verdict_name() */
	WORDS_PHASE,	  /* prove_phase_name() */
	WORDS_PROOF,	  /* certificate_result_name(): a sentence */
	WORDS_CLASS,	  /* path_class_name() */
	WORDS_METHOD,	  /* sanitize_name() */
	WORDS_DATA,	  /* path_data_name() */
	WORDS_CHECK,	  /* check_kind_name() */
	WORDS_SEVERITY,	  /* clause_severity_name() */
	WORDS_ROLE,	  /* of a document: "profile", "model", "hedate" */
	WORDS_REASON,	  /* reason_name() */
	WORDS_LINE,	  /* line_type_name() */
	WORDS_OUTCOME,	  /* of a change */
	WORDS_ACTION,	  /* event.action */
	WORDS_EXCEPTION,  /* exception_state_name() */
	WORDS_BYPASS,	  /* bypass_state_name() */
	WORDS_PLACE,	  /* of the matrix, that is no zone */
	WORDS_OUTSIDE,	  /* report_outside_date.name */
	WORDS_EVIDENCE,	  /* report_evidence.name */
	WORDS_RESULT,	  /* report_result_name() */
	WORDS_DIFFERENCE, /* of a difference: what it is about, and how it was */
	WORDS_SECTION,	  /* of a report: its heading */
};

/* The name itself when it is not known; "" for NULL. */
const char *report_word(enum report_words kind, const char *name);

/* How something was, of a difference of that section: "適合" for "conforms". */
const char *report_word_of(const char *section, const char *value);

#endif
