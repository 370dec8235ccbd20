/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of hedated.c share. */
#ifndef HEDATE_HEDATED_IMPL_H
#define HEDATE_HEDATED_IMPL_H

#include <stdbool.h>
#include <sys/types.h>

#include "control.h"
#include "enforcer.h"
#include "sandbox.h"
#include "settings.h"

#define KEPT_TABLE "table" /* the name of its socket in the service manager's keeping */

/* Everything that is set up, in the order of the ladder. */
struct hedated {
	struct settings settings;
	bool change_user;
	struct sandbox_user user;
	bool has_recorder_user;
	struct sandbox_user recorder_user;
	int lock;
	bool kept; /* the enforcer's socket: by the service manager, since before this start */
	struct enforcer enforcer;
	struct change_result first;
	struct control *control;
	pid_t keeper, watcher, proving;
	int prover;	       /* where that one is asked, or -1 */
	int lifeline, watched; /* of the keeper, of the watcher */
	struct loop_source *stop_timer;
	unsigned int stop_checks;
};

/* Messages, each in the journal with its priority: what somebody should know, what failed, what is
 * well; what is said of a configuration with which this was done. */
__attribute__((format(printf, 1, 2))) void hedated_say(const char *format, ...);
__attribute__((format(printf, 1, 2))) void hedated_complain(const char *format, ...);
__attribute__((format(printf, 1, 2))) void hedated_tell(const char *format, ...);
void hedated_put_diags(const struct diag_list *diags, enum exit_code code, bool color);

/* The steps of the ladder, each with a message of its own when it fails. */

/* hedated_setup.c: users, the run directory, the kernel; other processes; privileges. */
enum exit_code hedated_check_user(const struct hedated *daemon);
void hedated_find_users(struct hedated *daemon);
enum exit_code hedated_open_kernel(struct hedated *daemon);
enum exit_code hedated_take_directory(struct hedated *daemon);
enum exit_code hedated_start_watcher(struct hedated *daemon);
enum exit_code hedated_start_prover(struct hedated *daemon);
enum exit_code hedated_prepare_recorder(struct hedated *daemon);
enum exit_code hedated_start_recorder(struct hedated *daemon);
enum exit_code hedated_drop_privileges(struct hedated *daemon);

/* hedated_policy.c: what is put in place first, and again; what is put on record of the start. */
enum exit_code hedated_open_exceptions(struct hedated *daemon);
enum exit_code hedated_open_changes(struct hedated *daemon);
enum exit_code hedated_open_proposals(struct hedated *daemon);
enum exit_code hedated_apply_first(struct hedated *daemon);
void hedated_apply_again(struct hedated *daemon);
void hedated_lock_table(struct hedated *daemon);
void hedated_record_start(struct hedated *daemon);

/* hedated_parts.c: what the enforcer consists of. The loop is there before. */
enum exit_code hedated_make_parts(struct hedated *daemon);
void hedated_free_parts(struct hedated *daemon);

#endif
