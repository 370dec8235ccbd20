/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "caller.h"
#include "ctlanswer.h"
#include "ctlchange.h"
#include "ctlexception.h"
#include "ctlisolate.h"
#include "ctllog.h"
#include "ctlpath.h"
#include "ctlproposal.h"
#include "message.h"
#include "roles.h"
#include "sendq.h"
#include "status.h"
#include "summarywait.h"
#include "unixsock.h"

#define OUT_BYTES_MAX (8u << 20)  /* waiting for one caller */
#define OUT_BYTES     (64u << 10) /* enough waits: make no more of a report */
#define FLUSH_MS      10000

struct connection {
	struct control *control;
	struct connection *next;
	int fd;
	struct loop_source *source;
	struct loop_source *timer;
	struct caller caller;
	struct sendq out;
	bool asked;		      /* its one request came */
	bool answered;		      /* RESULT is in out */
	struct status_report *report; /* being sent */
	bool flushing;
	struct flowset_waiter waiter;
	bool asking; /* the recorder */
	struct reckeep_waiter asked_recorder;
	struct summarywait summary;
};

struct control {
	struct enforcer *enforcer;
	char *path;
	int fd;
	struct loop_source *source;
	struct roles roles;
	struct connection *connections;
	size_t count;	  /* of those who may ask something */
	size_t strangers; /* of those who may not */
};

/* Connections are counted apart, so that those who may not ask cannot keep out those who may. */
static size_t *count_of(struct control *control, unsigned int rights)
{
	return rights ? &control->count : &control->strangers;
}

static void connection_close(struct connection *connection)
{
	struct control *control = connection->control;
	struct connection **place = &control->connections;

	while (*place && *place != connection)
		place = &(*place)->next;
	if (*place) {
		*place = connection->next;
		(*count_of(control, connection->caller.rights))--;
	}
	if (connection->flushing)
		flowset_cancel(control->enforcer->flowset, &connection->waiter);
	if (connection->asking)
		reckeep_cancel(control->enforcer->reckeep, &connection->asked_recorder);
	summarywait_clear(&connection->summary);
	status_end(connection->report);
	loop_remove(connection->timer);
	loop_remove(connection->source);
	sendq_clear(&connection->out);
	if (connection->fd >= 0)
		close(connection->fd);
	free(connection);
}

/* Answers -------------------------------------------------------------------------------------- */

static int put_result(struct connection *connection, enum exit_code code, const char *text)
{
	connection->answered = true;
	return ctlanswer_result(&connection->out, code, text);
}

/* Fill the queue from the report while little waits in it. */
static int go_on_with_report(struct connection *connection)
{
	struct message message;
	int r = 1;

	while (r > 0 && connection->out.bytes < OUT_BYTES) {
		r = status_next(connection->report, &message);
		if (r > 0 && sendq_push(&connection->out, &message) < 0)
			return -ENOMEM;
	}
	if (r > 0)
		return 0;
	enum exit_code code = r < 0 ? EXIT_FAILED : status_result(connection->report);

	status_end(connection->report);
	connection->report = NULL;
	return put_result(connection, code,
		r < 0 ? "the policy was replaced while it was being read; ask again" : "");
}

static int flush_output(struct connection *connection)
{
	int r;

	do {
		if (connection->report && (r = go_on_with_report(connection)) < 0)
			return r;
		if ((r = sendq_flush(&connection->out, connection->fd)) < 0)
			return r;
	} while (connection->report);
	return 0;
}

/* Send what can be sent; the connection is closed once all of the answer is out. */
static void move(struct connection *connection)
{
	int r = flush_output(connection);

	if (r == -EAGAIN) {
		(void)loop_set_events(connection->source, EPOLLIN | EPOLLOUT);
		/* While packets are found for it, it has their time. */
		if (!connection->summary.comparing)
			(void)loop_set_timer(connection->timer, CONTROL_IDLE_MS, 0);
		return;
	}
	if (r < 0 || connection->answered)
		connection_close(connection);
	else
		(void)loop_set_events(connection->source, EPOLLIN);
}

/* Requests ------------------------------------------------------------------------------------- */

static int answer_report(struct connection *connection, enum ctl_message request)
{
	struct enforcer *enforcer = connection->control->enforcer;
	const struct policy *policy = lifecycle_policy(enforcer->lifecycle);
	char text[256];

	if (request == CTL_STATUS && policy)
		hapeer_digest(&enforcer->ha, policy, lifecycle_applied_at(enforcer->lifecycle));
	int r = status_begin(enforcer, request, &connection->report);

	if (r == 0)
		return 0;
	snprintf(text, sizeof(text), "the kernel cannot be read: %s", errtext_english(r));
	return put_result(connection, EXIT_FAILED, text);
}

static void on_flushed(struct flowset_waiter *waiter, void *data)
{
	struct connection *connection = data;

	connection->flushing = false;
	/* Out of memory: closed without an answer. */
	if (waiter->missing)
		(void)put_result(connection, EXIT_FAILED,
			"the table is not in the kernel any more: what it counted is lost");
	else
		(void)put_result(connection, EXIT_OK, "");
	/* Sent from the loop: whoever called us still works on the list that we are in. */
	(void)loop_set_events(connection->source, EPOLLIN | EPOLLOUT);
}

static int answer_flush(struct connection *connection)
{
	struct enforcer *enforcer = connection->control->enforcer;

	if (!reclink_connected(enforcer->reclink))
		return put_result(connection, EXIT_FAILED,
			"no recorder is connected; the kernel goes on counting");
	connection->waiter = (struct flowset_waiter){ .function = on_flushed, .data = connection };
	connection->flushing = true;
	flowset_flush(enforcer->flowset, &connection->waiter);
	return loop_set_timer(connection->timer, FLUSH_MS, 0);
}

static int answer_flush_request(struct connection *connection, struct message *message)
{
	return message_complete(message) ? answer_flush(connection) : -EBADMSG;
}

static int answer_report_request(struct connection *connection, struct message *message)
{
	if (!message_complete(message))
		return -EBADMSG;
	return answer_report(connection, (enum ctl_message)message->type);
}

static int answer_exceptions(struct connection *connection, struct message *message)
{
	const char *problem = exceptions_problem(connection->control->enforcer->exceptions);

	if (!message_complete(message))
		return -EBADMSG;
	if (problem[0] != '\0')
		return put_result(connection, EXIT_FAILED, problem);
	return answer_report(connection, CTL_EXCEPTIONS);
}

static int answer_path_ends(struct connection *connection, struct message *message)
{
	connection->answered = true;
	return ctlpath_answer(lifecycle_policy(connection->control->enforcer->lifecycle), message,
		&connection->out);
}

static int answer_exception(struct connection *connection, struct message *message)
{
	connection->answered = true;
	return ctlexception_answer(connection->control->enforcer->exceptions, message,
		connection->caller.person, &connection->out);
}

static int answer_isolation(struct connection *connection, struct message *message)
{
	connection->answered = true;
	return ctlisolate_answer(connection->control->enforcer, message, connection->caller.person,
		&connection->out);
}

static void on_recorder(struct reckeep_waiter *waiter, int error, uint64_t number, void *data)
{
	struct connection *connection = data;

	(void)waiter;
	connection->asking = false;
	connection->answered = true;
	(void)ctllog_answer(&connection->out, error, number);
	/* Sent from the loop, as above. */
	(void)loop_set_events(connection->source, EPOLLIN | EPOLLOUT);
}

static int answer_log(struct connection *connection, struct message *message)
{
	struct enforcer *enforcer = connection->control->enforcer;

	connection->asked_recorder =
		(struct reckeep_waiter){ .function = on_recorder, .data = connection };
	int r = ctllog_ask(enforcer->reckeep, enforcer->reclink, message, connection->caller.person,
		&connection->asked_recorder);

	if (r == -ENOTCONN) {
		connection->answered = true;
		return ctllog_answer(&connection->out, r, 0);
	}
	connection->asking = r == 0;
	return r;
}

static int answer_ha(struct connection *connection, struct message *message)
{
	struct enforcer *enforcer = connection->control->enforcer;

	connection->answered = true;
	return hapeer_answer(&enforcer->ha, enforcer->reclink, message, &connection->caller,
		enforcer_uptime(enforcer), &connection->out);
}

static void on_compared(void *data)
{
	struct connection *connection = data;

	connection->answered = true;
	/* Sent from the loop, as above. */
	(void)loop_set_events(connection->source, EPOLLIN | EPOLLOUT);
}

static int answer_summary(struct connection *connection, struct message *message,
	int (*function)(struct enforcer *enforcer, struct message *message,
		const struct caller *caller, struct ctlsummary_answer *answer))
{
	struct enforcer *enforcer = connection->control->enforcer;
	struct ctlsummary_answer *answer = summarywait_begin(
		&connection->summary, &connection->out, enforcer->prover, on_compared, connection);
	int r = function(enforcer, message, &connection->caller, answer);

	if (r == 0)
		r = summarywait_compare(&connection->summary);
	if (r < 0)
		return r;
	connection->answered = !connection->summary.comparing;
	return connection->answered ? 0 : loop_set_timer(connection->timer, PACKETASK_MS, 0);
}

static int answer_apply(struct connection *connection, struct message *message)
{
	return answer_summary(connection, message, ctlchange_apply);
}

static int answer_rollback(struct connection *connection, struct message *message)
{
	return answer_summary(connection, message, ctlchange_rollback);
}

static int answer_try(struct connection *connection, struct message *message)
{
	return answer_summary(connection, message, ctlproposal_try);
}

static int answer_proposal(struct connection *connection, struct message *message)
{
	return answer_summary(connection, message, ctlproposal_show);
}

/* The process that proves goes on with this connection; here it is closed. */
static int answer_snapshot(struct connection *connection, struct message *message)
{
	struct enforcer *enforcer = connection->control->enforcer;

	if (!message_complete(message))
		return -EBADMSG;
	int r = prover_snapshot(enforcer->prover, connection->fd);

	return r == 0 ? -ECONNRESET
		      : put_result(connection, EXIT_FAILED, "the kernel cannot be read for you");
}

struct request {
	enum ctl_message type;
	const char *name;
	enum right needed;
	/* 0, or an end of the connection. */
	int (*answer)(struct connection *connection, struct message *message);
	/* Or, of what is answered at once and needs nothing of the connection. */
	int (*plain)(struct enforcer *enforcer, struct message *message,
		const struct caller *caller, struct sendq *queue);
};

static const struct request requests[] = {
	{ CTL_STATUS, "status", RIGHT_READ, answer_report_request, NULL },
	{ CTL_ZONES, "zones", RIGHT_READ, answer_report_request, NULL },
	{ CTL_PATHS, "paths", RIGHT_READ, answer_report_request, NULL },
	{ CTL_SNAPSHOT, "snapshot", RIGHT_READ, answer_snapshot, NULL },
	{ CTL_PROOF, "prove --tell", RIGHT_CHANGE, NULL, wholeproof_answer },
	{ CTL_PATH_ENDS, "path ends", RIGHT_READ, answer_path_ends, NULL },
	{ CTL_APPLY, "apply", RIGHT_CHANGE, answer_apply, NULL },
	{ CTL_CONFIRM, "confirm", RIGHT_CHANGE, NULL, ctlchange_confirm },
	{ CTL_ROLLBACK, "rollback", RIGHT_REVOKE, answer_rollback, NULL },
	{ CTL_HISTORY, "history", RIGHT_READ, NULL, ctlchange_history },
	{ CTL_TRY, "apply --dry-run", RIGHT_CHANGE | RIGHT_DECIDE, answer_try, NULL },
	{ CTL_PROPOSALS, "proposals", RIGHT_READ, NULL, ctlproposal_list },
	{ CTL_PROPOSAL_SHOW, "proposal show", RIGHT_READ, answer_proposal, NULL },
	{ CTL_PROPOSAL_APPROVE, "approve", RIGHT_DECIDE, NULL, ctlproposal_approve },
	{ CTL_PROPOSAL_REFUSE, "refuse", RIGHT_REVOKE, NULL, ctlproposal_refuse },
	{ CTL_OPEN, "open", RIGHT_CHANGE, NULL, ctlproposal_open },
	{ CTL_CLOSE, "close", RIGHT_REVOKE, NULL, ctlproposal_close },
	{ CTL_FLUSH, "flush", RIGHT_CHANGE, answer_flush_request, NULL },
	{ CTL_EXCEPTIONS, "exceptions", RIGHT_READ, answer_exceptions, NULL },
	{ CTL_EXCEPTION_REQUEST, "exception request", RIGHT_REQUEST, answer_exception, NULL },
	{ CTL_EXCEPTION_APPROVE, "exception approve", RIGHT_DECIDE, answer_exception, NULL },
	{ CTL_EXCEPTION_REFUSE, "exception refuse", RIGHT_DECIDE, answer_exception, NULL },
	{ CTL_EXCEPTION_REVOKE, "exception revoke", RIGHT_REVOKE, answer_exception, NULL },
	{ CTL_EXCEPTION_REPORT, "exception report", RIGHT_REQUEST, answer_exception, NULL },
	/* Who may end an exception before its time may close; opening again is a change. */
	{ CTL_ISOLATE, "isolate", RIGHT_REVOKE, answer_isolation, NULL },
	{ CTL_RELEASE, "release", RIGHT_CHANGE, answer_isolation, NULL },
	{ CTL_ISOLATED, "isolated", RIGHT_READ, answer_isolation, NULL },
	{ CTL_LOG_HOLD, "log hold", RIGHT_HOLD, answer_log, NULL },
	{ CTL_LOG_RELEASE, "log hold --release", RIGHT_RELEASE, answer_log, NULL },
	{ CTL_LOG_EXPORTED, "log export", RIGHT_HOLD, answer_log, NULL },
	{ CTL_HA, "ha", RIGHT_REVIEW, answer_ha, NULL },
	{ CTL_LOG_REVIEWED, "log review", RIGHT_REVIEW, answer_log, NULL },
	{ CTL_EVIDENCE_BEGUN, "evidence", RIGHT_HOLD, answer_log, NULL },
	{ CTL_EVIDENCE, "evidence", RIGHT_HOLD, answer_log, NULL },
	{ CTL_ALERT_RUN, "alert", RIGHT_HOLD, answer_log, NULL },
	{ CTL_INSPECT, "inspect", RIGHT_REVIEW, answer_log, NULL },
	{ CTL_INSPECT_NOTE, "inspect note", RIGHT_REVIEW, answer_log, NULL },
	{ CTL_INSPECT_SIGNED, "inspect sign", RIGHT_SIGN, answer_log, NULL },
};

static const struct request *find_request(uint16_t type)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].type == (enum ctl_message)type)
			return &requests[i];
	}
	return NULL;
}

static int refuse(struct connection *connection, const struct request *request)
{
	const struct enforcer_caller caller = {
		.uid = connection->caller.person,
		.pid = connection->caller.peer.pid,
		.how = "request",
	};

	enforcer_record_refusal(connection->control->enforcer, &caller, request->name);
	return put_result(connection, EXIT_FAILED, roles_refusal(request->needed));
}

/* What a person answers for is not done for nobody. */
static int refuse_unknown(struct connection *connection, const struct request *request)
{
	const struct enforcer_caller caller = {
		.uid = connection->caller.peer.uid,
		.pid = connection->caller.peer.pid,
		.how = "request",
	};

	enforcer_record_refusal(connection->control->enforcer, &caller, request->name);
	return put_result(connection, EXIT_FAILED,
		"refused: it cannot be told who asks; the process that asked is gone, or its entry "
		"in /proc is hidden from hedated");
}

static int handle(struct connection *connection, struct message *message)
{
	const struct request *request = find_request(message->type);

	if (!request || connection->asked)
		return -EBADMSG;
	connection->asked = true;
	if (!(connection->caller.rights & request->needed))
		return refuse(connection, request);
	if (connection->caller.known == CALLER_UNKNOWN && request->needed != RIGHT_READ)
		return refuse_unknown(connection, request);
	if (request->answer)
		return request->answer(connection, message);
	connection->answered = true;
	return request->plain(
		connection->control->enforcer, message, &connection->caller, &connection->out);
}

/* 0 to go on, -EAGAIN, or an end. */
static int read_request(struct connection *connection)
{
	struct message message;
	int r = message_receive(connection->fd, &message);

	if (r < 0)
		return r;
	r = handle(connection, &message);
	message_close_fd(&message);
	return r;
}

static void on_connection(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct connection *connection = data;
	int r = 0;

	(void)loop;
	(void)fd;
	if (events & EPOLLIN)
		r = read_request(connection);
	else if (events & (EPOLLHUP | EPOLLERR))
		r = -ECONNRESET;
	if (r < 0 && r != -EAGAIN)
		connection_close(connection);
	else
		move(connection);
}

static void on_timer(struct loop *loop, void *data)
{
	struct connection *connection = data;

	(void)loop;
	if (connection->flushing) {
		flowset_cancel(connection->control->enforcer->flowset, &connection->waiter);
		connection->flushing = false;
		(void)put_result(
			connection, EXIT_FAILED, "not on disk after 10 seconds; it goes on");
	} else if (connection->summary.comparing) {
		summarywait_late(&connection->summary);
		connection->answered = true;
	} else {
		connection_close(connection);
		return;
	}
	move(connection);
}

/* Connections ---------------------------------------------------------------------------------- */

static int connection_set_up(struct connection *connection, struct loop *loop)
{
	uint64_t idle = connection->caller.rights ? CONTROL_IDLE_MS : CONTROL_STRANGER_MS;
	int r;

	if ((r = loop_add_timer(loop, on_timer, connection, &connection->timer)) < 0)
		return r;
	if ((r = loop_set_timer(connection->timer, idle, 0)) < 0)
		return r;
	return loop_add_fd(
		loop, connection->fd, EPOLLIN, on_connection, connection, &connection->source);
}

static bool has_room(struct control *control, unsigned int rights)
{
	size_t max = rights ? CONTROL_CONNECTIONS_MAX : CONTROL_STRANGERS_MAX;

	return *count_of(control, rights) < max;
}

static int add_connection(struct control *control, int fd)
{
	struct caller caller;
	int r = caller_of(fd, CALLER_PROC, &caller);

	if (r < 0)
		return r;
	unsigned int rights = roles_rights(&control->roles, fd, &caller.peer);
	struct connection *connection =
		has_room(control, rights) ? calloc(1, sizeof(*connection)) : NULL;

	if (!connection)
		return -ENOMEM;
	connection->control = control;
	connection->fd = fd;
	connection->caller = caller;
	connection->caller.rights = rights;
	sendq_init(&connection->out, OUT_BYTES_MAX);
	connection->next = control->connections;
	control->connections = connection;
	(*count_of(control, rights))++;
	if (connection_set_up(connection, control->enforcer->loop) < 0)
		connection_close(connection);
	return 0;
}

static void on_listen(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct control *control = data;
	int peer;

	(void)loop;
	(void)events;
	if (unixsock_accept(fd, &peer) < 0)
		return;
	if (add_connection(control, peer) < 0)
		close(peer);
}

int control_new(struct enforcer *enforcer, const char *path, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return -ENOMEM;
	control->enforcer = enforcer;
	control->fd = -1;
	roles_look_up(&control->roles);
	control->path = strdup(path);
	int r = control->path ? unixsock_listen(path, &control->fd) : -ENOMEM;

	if (r == 0)
		r = loop_add_fd(
			enforcer->loop, control->fd, EPOLLIN, on_listen, control, &control->source);
	if (r < 0) {
		control_free(control);
		return r;
	}
	*ret_control = control;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	for (struct connection *connection = control->connections, *next; connection;
		connection = next) {
		next = connection->next;
		connection_close(connection);
	}
	loop_remove(control->source);
	if (control->fd >= 0)
		close(control->fd);
	if (control->fd >= 0 && control->path)
		(void)unlink(control->path);
	free(control->path);
	free(control);
}
