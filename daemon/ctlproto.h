/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate (the command line) ↔ hedated. The command connects to the control socket, sends one
 * request, reads answers until RESULT. The caller is known by SO_PEERCRED and SO_PEERGROUPS;
 * what its groups may do is in roles.c, which right a request needs in control.c.
 *
 *	request
 *	STATUS
 *	ZONES
 *	PATHS
 *	PATH_ENDS	name: which addresses the path leads from and to. RESULT EXIT_USAGE: there
 *		is none, and its message the name that may have been meant, or ""
 *	APPLY	file name (for messages) · seconds to confirm it in (number; 0: what the policy in
 *		force says) · ticket · reason · is it to be found out what it means for packets
 *		(number: 0/1) · [fd: the configuration, open for reading]; without fd the daemon's
 *		own configuration file is read again. Where the policy in force wants two persons,
 *		it is proposed, and answered as PROPOSAL_SHOW is
 *	CONFIRM	reason: what waits to be confirmed is
 *	ROLLBACK	number (0: what waits is rolled back, or when nothing waits, the one
 *		that was confirmed before is put in place again) · seconds (as of APPLY) ·
 *		ticket · reason
 *	TRY	file name · packets (number, as of APPLY) · [fd: as of APPLY]: what it would
 *		change, and nothing more
 *	PROPOSALS	all that wait
 *	PROPOSAL_SHOW	digits of a digest: that one, and what it would change
 *	PROPOSAL_APPROVE	all digits of the digest · digest of the configuration against which
 *		was shown what it would change
 *	PROPOSAL_REFUSE	digits · reason
 *	OPEN	name of the site · reason: answered with a PROPOSAL
 *	CLOSE	reason
 *	HISTORY	what is in the store of configurations, the newest last
 *	FLUSH	close the epoch now and answer when it is on disk, or after 10 s
 *	EXCEPTIONS	all that are in the register
 *	EXCEPTION_REQUEST	from · to · service · clauses (with commas between) · reason ·
 *		start (number: Unix time in seconds; 0: now) · end (number: the same; 0: none was
 *		given) · emergency (number: 0/1)
 *	EXCEPTION_APPROVE	id · override ("" for none)
 *	EXCEPTION_REFUSE	id · reason
 *	EXCEPTION_REVOKE	id · reason
 *	EXCEPTION_REPORT	id · report
 *	ISOLATE, RELEASE	action (number: enum isolate_action) · target ("" for all) · reason
 *	ISOLATED	what is isolated, and what was released of late
 *	LOG_HOLD, LOG_RELEASE, LOG_EXPORTED, LOG_REVIEWED, EVIDENCE_BEGUN, EVIDENCE,
 *	ALERT_RUN, INSPECT, INSPECT_NOTE, INSPECT_SIGNED
 *		number (of the hold, of the inspection; of the last record; 0: none is named) ·
 *		since (realtime ns, of a hold) · text: struct rec_request of recproto.h
 *
 *	SNAPSHOT	all rules, the host's network and connections, as a snapshot (snapshot.h)
 *
 *	PROOF	struct prooffinding of a whole proof; only root
 *
 *	HA	name of the peer · what differs ("" when nothing does; printable ASCII)
 *
 *	answer
 *	FIELD	key · value (strings): one line of STATUS, in order. Keys are those of
 *		"hedate status --json" and never change their meaning:
 *		site label revision policy_digest(of hapair.h) profile(its name, "" for none)
 *		model("" for none) file
 *		applied_at(RFC 3339) change(its number in the store, "0" for none)
 *		confirmed("true"|"false") confirm_seconds_left("0": none, or over) store("ok", or
 *		why no change can be made) state("enforcing"|"differs"|"open"|"none")
 *		open("true"|"false") open_since(RFC 3339, "" when it is not) open_by(both
 *		persons, "") open_reason("")
 *		observed("lgwan > internet, ...": pairs of zones that are only observed; "")
 *		generation(kernel's) recorder("connected"|"absent") table epoch
 *		kernel_packets recorded_packets lost_packets pending_packets
 *		balanced("true"|"false") zones paths uptime_seconds version
 *		exceptions_register("ok", or why nothing is granted) exceptions_in_force
 *		exceptions_requested exceptions_suspended reports_due proposals(that wait)
 *		those of keeping.h, "" when no recorder has told
 *		Of APPLY, when it succeeded: revision_before("" for none) revision_after
 *		paths_before paths_after
 *		change(its number in the store, "0" when these bytes were in force already)
 *		confirm_seconds(until when it must be confirmed; "0": it is) items_added
 *		items_removed items_changed
 *		next_file(what hedated reads at its next start, when that is not what was
 *		applied, else "")
 *		Of TRY, PROPOSAL_*: base(the digest of the configuration in force)
 *		items_left_out(of the summary, when there are any)
 *		Of LOG_*: number (of the hold, or of the last record)
 *	ZONE	name · label · kind · open inside (number: 0/1) · limit: connections (number,
 *		0: none) · in so many seconds (number) · burst (number)
 *	SEGMENT	zone · name · interface · present (number) · up (number) ·
 *		networks ("10.10.0.0/24 ...")
 *	PAIR	from · to · permitted paths (number) · blocked packets (number) · is the pair only
 *		observed (number: 0/1) · observed connections (number) · how many of the paths are
 *		closed at this time (number)
 *	DENIED	from · to · reason · blocked packets (number): each counter that ZONES knows of,
 *		those of one pair and reason added up
 *	PATH	name · id (number) · direction ("forward"|"input"|"output") · from · to · service ·
 *		data · reason · line (number) · hits (number: new connections) · bytes counted at
 *		them (number) · is it timed (number: 0/1) · windows (schedule.h, "") · open now
 *		(number: 0/1) · until (zonetime_format() in the site's zone, "" for no end)
 *	ENDS	of PATH_ENDS: end (number: 0 from, 1 to) · is it the gateway (number: 0/1) · ranges
 *		of addresses (bytes: pairs of 4 or 16 bytes each, the first and the last) · length
 *		of an address in them (number)
 *	TEXT	kind ("text"|"json") · text for the person: the diagnostics of APPLY, or of an
 *		exception's path, in English, as
 *		diag_list_print() writes them; and the same as JSON
 *	RESULT	exit code of the command (enum exit_code) · message
 *	EXCEPTION	one of the register as a flat JSON object (exception_write()); after a step
 *		the one that it was about
 *	CHANGE	one of HISTORY: number (number) · its line of JSON (struct store_entry), "" for a
 *		broken one · is it in force (number: 0/1) · seconds until it must be confirmed
 *		(number)
 *	ISOLATION	one entry as a line (isolation_entry_format()) · packets (number) · bytes
 *		(number): that did not pass; of ISOLATE those entries that it was about
 *	PROPOSAL	its line (struct proposal) · was it made on what is in force now
 *		(number: 0/1)
 *	SUMMARY	one item of what changes (struct change_item): action (number) · what (number) ·
 *		name · effects (number: bits)
 *	SUMMARY_KEY	a key of that item: its name · effects (number) · what it was · what it
 *		becomes · more of both follows in another one (number: 0/1). What an APPLY,
 *		ROLLBACK, TRY and PROPOSAL_SHOW mean for packets (changepackets.h) comes as such
 *		items behind all others, and RESULT behind them, after up to PACKETASK_MS
 *		(packetask.h)
 *	SNAPSHOT_PART	bytes: the next ones of the snapshot's JSON
 *	REFUSAL	why a step was not taken, the members of struct exception_refusal: error (number) ·
 *		id · what · number (of seconds, bytes, lines) · action (number) · state (number)
 */
#ifndef HEDATE_CTLPROTO_H
#define HEDATE_CTLPROTO_H

#define RUN_DIRECTORY	    "/run/hedate"
#define CONTROL_SOCKET	    "control.sock"  /* in the run directory */
#define RECORDER_SOCKET	    "recorder.sock" /* in the run directory */
#define CONFIG_DIRECTORY    "/etc/hedate"
#define CONFIG_FILE	    CONFIG_DIRECTORY "/hedate.conf"
#define LOG_DIRECTORY	    "/var/log/hedate"
#define LOG_INDEX_DIRECTORY "/var/cache/hedate/index"
#define STATE_DIRECTORY	    "/var/lib/hedate"

enum ctl_message {
	CTL_STATUS = 100,
	CTL_ZONES,
	CTL_PATHS,
	CTL_APPLY,
	CTL_FLUSH,
	CTL_EXCEPTIONS,
	CTL_EXCEPTION_REQUEST,
	CTL_EXCEPTION_APPROVE,
	CTL_EXCEPTION_REFUSE,
	CTL_EXCEPTION_REVOKE,
	CTL_EXCEPTION_REPORT,
	CTL_LOG_HOLD,
	CTL_LOG_RELEASE,
	CTL_LOG_EXPORTED,
	CTL_LOG_REVIEWED,
	CTL_EVIDENCE_BEGUN,
	CTL_EVIDENCE,
	CTL_ALERT_RUN,
	CTL_PATH_ENDS,
	CTL_CONFIRM,
	CTL_ROLLBACK,
	CTL_HISTORY,
	CTL_ISOLATE,
	CTL_RELEASE,
	CTL_ISOLATED,
	CTL_TRY,
	CTL_PROPOSALS,
	CTL_PROPOSAL_SHOW,
	CTL_PROPOSAL_APPROVE,
	CTL_PROPOSAL_REFUSE,
	CTL_OPEN,
	CTL_CLOSE,
	CTL_HA,
	CTL_SNAPSHOT,
	CTL_INSPECT,
	CTL_INSPECT_NOTE,
	CTL_INSPECT_SIGNED,
	CTL_PROOF,
	CTL_FIELD = 200,
	CTL_ZONE,
	CTL_SEGMENT,
	CTL_PAIR,
	CTL_PATH,
	CTL_TEXT,
	CTL_RESULT,
	CTL_EXCEPTION,
	CTL_REFUSAL,
	CTL_DENIED,
	CTL_ENDS,
	CTL_CHANGE,
	CTL_ISOLATION,
	CTL_PROPOSAL,
	CTL_SUMMARY,
	CTL_SUMMARY_KEY,
	CTL_SNAPSHOT_PART,
};

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_CONFIG = 4,
	EXIT_DIFFERS = 5,
};

#endif
