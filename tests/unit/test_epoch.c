/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: what becomes of the packets of an epoch. */
#include "test_epoch.h"

/* Records -------------------------------------------------------------------------------------- */

START_TEST(test_full)
{
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	send_packet(&one, false, START + SECOND);
	send_packet(&two, false, START + 2 * SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(count(&two, 4), 0);
	struct seen seen = end_recorded(1, 5, 0);
	ck_assert_uint_eq(seen.full, 2);
	ck_assert_uint_eq(seen.packets, 5);
	ck_assert_str_eq(seen.actions, "ledger ");
	ck_has(seen.last_flow, "\"@timestamp\":\"2026-11-20T08:00:02.000000000Z\"");
	ck_has(seen.last_flow, "\"event.end\":\"2026-11-20T08:00:10.000000000Z\"");
	ck_has(seen.last_flow, "\"event.reason\":\"no-path\"");
	ck_has(seen.last_flow, "\"rule.ruleset\":\"0123456789ab\"");
	ck_has(seen.last_flow, "\"hedate.zone.source\":\"internet\"");
	ck_has(seen.last_flow, "\"hedate.zone.destination\":\"mynumber\"");
	ck_has(seen.last_flow, "\"hedate.segment.source\":\"internet.terminals\"");
	ck_has(seen.last_flow, "\"observer.ingress.interface.name\":\"lo\"");
	ck_has(seen.last_flow, "\"source.mac\":\"00-00-5E-00-53-05\"");
	ck_has(seen.last_flow, "\"source.port\":1001");
	ck_has(seen.last_flow, "\"network.packets\":4,\"network.bytes\":240");
	ck_has(seen.last_flow, "\"hedate.length\":60");
	ck_has(seen.last_flow, "\"hedate.epoch\":1,\"hedate.table\":\"t1\"");
}
END_TEST

START_TEST(test_one_packet_ends_when_it_begins)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(1, 1000);
	send_packet(&one, false, START + SECOND);
	ck_assert_int_eq(begin(1, 1), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_has(seen.last_flow, "\"event.end\":\"2026-11-20T08:00:01.000000000Z\"");
}
END_TEST

START_TEST(test_counted)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	one.code = 7;
	epochs_findings(epochs, (struct nflog_findings){ .overruns = 3, .malformed = 1 });
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 6), 0);
	ck_assert_int_eq(end(1, 6, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 6);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.counted, 1);
	ck_assert_str_eq(seen.actions, "detail-lost ledger ");
	ck_has(seen.last_flow, "\"event.reason\":\"spoof\"");
	ck_has(seen.last_flow, "\"hedate.segment.source\":\"lgwan.servers\"");
	ck_has(seen.last_flow, "\"event.start\":\"2026-11-20T08:00:00.000000000Z\"");
	ck_has(seen.last_flow, "\"source.port\":1000");
	ck_assert_ptr_null(strstr(seen.last_flow, "hedate.boottime"));
	ck_assert_ptr_null(strstr(seen.last_flow, "source.mac"));
	ck_assert_ptr_null(strstr(seen.last_flow, "hedate.length"));
}
END_TEST

/* As many flows as packets: each had one. */
START_TEST(test_known)
{
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001), other = tcp_key(1, 1002);
	const struct epochs_closed longer = { 1, 0, 2, 121 };
	send_packet(&one, false, START + SECOND);
	ck_assert(!knows_all(1, 0, 2));
	send_packet(&two, false, START + 2 * SECOND);
	send_packet(&two, true, START + 3 * SECOND); /* overflow is not in the sets */
	send_packet(&other, false, START + 4 * SECOND);
	ck_assert(knows_all(1, 0, 2));
	ck_assert(!knows_all(1, 0, 1));
	ck_assert(!knows_all(1, 0, 3));
	ck_assert(!epochs_know_all(epochs, &longer));
	ck_assert_int_eq(begin_known(1, 0), 0);
	struct seen seen = end_recorded(1, 3, 1);
	ck_assert_uint_eq(seen.full, 2);
	ck_assert_uint_eq(seen.overflow, 1);
	ck_assert_uint_eq(seen.packets, 3);
	ck_assert_str_eq(seen.actions, "overflow ledger ");
	ck_has(seen.first_flow, "\"event.end\":\"2026-11-20T08:00:01.000000000Z\"");
	ck_has(seen.first_flow, "\"source.port\":1000");
	ck_has(seen.first_flow, "\"network.packets\":1,\"network.bytes\":60");
	ck_assert(knows_all(1, 0, 2)); /* it is on disk */
	ck_assert(!knows_all(2, 1, 2));
	ck_assert(knows_all(2, 1, 1)); /* what came meanwhile is still there */
}
END_TEST

/* What hedated says at the end is what it asked with. */
START_TEST(test_known_no_more)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	send_packet(&one, false, START);
	ck_assert(knows_all(1, 0, 1));
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), -EPROTO); /* none were to come */
	epochs_abort(epochs);
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), -EPROTO);
	send_packet(&two, false, START);
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), -EPROTO);
	ck_assert_uint_eq(read_log().lines, 0);
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	ck_assert_uint_eq(read_log().full, 2);
}
END_TEST

/* That the queue was full was seen in an epoch that misses nothing: the next one says it. */
START_TEST(test_findings_wait)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(1, 1000);
	send_packet(&one, false, START);
	epochs_findings(epochs, (struct nflog_findings){ .overruns = 3, .malformed = 1 });
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 2), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	ck_assert_uint_eq(read_log().detail_notes, 0);
	for (uint64_t number = 2; number <= 4; number += 2) {
		ck_assert_int_eq(begin(number, 1), 0);
		ck_assert_int_eq(count(&two, 2), 0);
		ck_assert_int_eq(end(number, 2, 0, &done), 0);
		struct seen seen = read_log();
		ck_assert_uint_eq(seen.detail_notes, number / 2);
		ck_has(seen.last_note,
			number == 2 ? "counted.overruns\":3" : "counted.overruns\":0");
	}
}
END_TEST

START_TEST(test_payload)
{
	const struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	struct epochs_done done;

	send_packet(&one, false, START);
	epochs_set_payload(epochs, 6);
	send_packet(&two, false, START);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(count(&two, 1), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_ptr_nonnull(strstr(seen.last_flow, "\"hedate.packet\":\"RQAAPAAA\""));
	ck_assert_ptr_null(strstr(seen.first_flow, "hedate.packet"));
	ck_assert_uint_eq(seen.detail_notes, 0);
}
END_TEST

/* Past what is kept at most, packets are counted, and that is on record. */
START_TEST(test_payload_bound)
{
	const unsigned int kept = PACKETS_BYTES_MAX / (1500 + 2), sent = kept + 7;
	const struct flow_key last = tcp_key(0, (uint16_t)sent);
	struct epochs_done done;

	epochs_set_payload(epochs, 1500);
	for (unsigned int i = 1; i <= sent; i++) {
		const struct flow_key key = tcp_key(0, (uint16_t)i);

		send_packet(&key, false, START);
	}
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&last, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_ptr_null(strstr(seen.last_flow, "hedate.packet"));
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.detail_notes, 1);
	ck_assert_ptr_nonnull(strstr(seen.last_note, "\"hedate.counted.unkept\":7"));
	ck_assert_ptr_nonnull(strstr(seen.last_note, "was not kept"));
}
END_TEST

START_TEST(test_unknown_code)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	one.class = FLOW_ICMP;
	one.protocol = IPPROTO_ICMP;
	one.sport = 8;
	one.dport = 0;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_has(seen.last_flow, "\"event.reason\":\"unknown\"");
	ck_has(seen.last_flow, "\"hedate.icmp.type\":8,\"hedate.icmp.code\":0");
}
END_TEST

START_TEST(test_overflow)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	send_packet(&one, false, START);
	/* The same flow overflowed later: its element did not last, or was not added. */
	for (int i = 1; i <= 3; i++)
		send_packet(&one, true, START + i * SECOND);
	send_packet(&two, true, START + 4 * SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 10), 0);
	ck_assert_int_eq(end(1, 16, 6, &done), 0); /* two of the six were not logged */
	ck_assert_uint_eq(done.recorded, 14);
	ck_assert_uint_eq(done.lost, 2);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.overflow, 2);
	ck_assert_uint_eq(seen.packets, 14);
	ck_assert_uint_eq(seen.lost, 2);
	ck_assert_str_eq(seen.actions, "overflow records-lost ledger ");
}
END_TEST

/* Of three denials: one was logged in part, one not at all, one more often than it was counted. */
START_TEST(test_overflow_by_code)
{
	struct epochs_done done;
	struct flow_key keys[3] = { tcp_key(0, 1000), tcp_key(0, 1001), tcp_key(0, 1002) };
	struct rec_overflow codes[] = {
		{ .code = 70, .packets = 5, .bytes = 300 },
		{ .code = keys[0].code, .packets = 4, .bytes = 240 },
		{ .code = 71, .packets = 1, .bytes = 60 },
	};
	keys[2].code = 71;
	for (int i = 0; i < 3; i++)
		send_packet(&keys[i], true, START + i * SECOND);
	send_packet(&keys[2], true, START + 3 * SECOND);
	ck_assert_int_eq(epochs_overflow(epochs, codes, 1), -EPROTO); /* of no epoch */
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(epochs_overflow(epochs, codes, 2), 0);
	ck_assert_int_eq(epochs_overflow(epochs, codes + 2, 1), 0);
	ck_assert_int_eq(end(1, 10, 10, &done), 0);
	ck_assert_uint_eq(done.recorded, 3);
	ck_assert_uint_eq(done.lost, 7);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.packets, 3);
	ck_assert_str_eq(seen.actions, "overflow overflow overflow records-lost ledger ");
	/* Nothing of it is there in the next epoch. */
	ck_assert_int_eq(begin(2, 1), 0);
	codes[0].code = 0;
	ck_assert_int_eq(epochs_overflow(epochs, codes, 1), -EPROTO);
}
END_TEST

START_TEST(test_overflow_times)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	for (int i = 1; i <= 3; i++)
		send_packet(&one, true, START + i * SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(end(1, 3, 3, &done), 0);
	struct seen seen = read_log();
	ck_has(seen.last_flow, "\"event.start\":\"2026-11-20T08:00:01.000000000Z\"");
	ck_has(seen.last_flow, "\"event.end\":\"2026-11-20T08:00:03.000000000Z\"");
	ck_has(seen.last_flow, "\"network.packets\":3,\"network.bytes\":180");
}
END_TEST

/* More was logged than the kernel counted: never more than it counted is recorded. */
START_TEST(test_overflow_logged_too_often)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	for (int i = 0; i < 3; i++) {
		send_packet(&one, true, START);
		send_packet(&two, true, START);
	}
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(end(1, 4, 4, &done), 0);
	ck_assert_uint_eq(done.recorded, 4);
	ck_assert_uint_eq(done.lost, 0);
	ck_assert_uint_eq(read_log().packets, 4);
}
END_TEST

/* Its own set was full, so the kernel counted it in "other", where it has no ports. */
START_TEST(test_fallen)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), other = flow_key_other(&one);
	struct flow_key udp = other;
	udp.protocol = IPPROTO_UDP; /* without detail */
	send_packet(&one, false, START);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&udp, 2), 0);
	ck_assert_int_eq(count(&other, 5), 0);
	ck_assert_int_eq(end(1, 7, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 7);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.counted, 1);
	ck_has(seen.last_flow, "\"source.port\":1000");
	/* All but the one that is known may have been of other flows. */
	ck_has(seen.last_note, "\"hedate.counted.merged\":6");
}
END_TEST

/* They have all that is to be known of the first of them, and the note says that there are more. */
START_TEST(test_merged)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), other = flow_key_other(&one);
	send_packet(&one, false, START);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&other, 3), 0);
	ck_assert_int_eq(end(1, 3, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.detail_notes, 1);
	ck_has(seen.last_note, "\"hedate.counted.flows\":0");
	ck_has(seen.last_note, "\"hedate.counted.merged\":2");
	ck_has(seen.last_note, "some flows share a record");
}
END_TEST

START_TEST(test_sums_that_do_not_add_up)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 5), 0);
	ck_assert_int_eq(end(1, 8, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 5);
	ck_assert_uint_eq(done.lost, 3);
	/* The other way round nothing is lost, but it is said. */
	ck_assert_int_eq(begin(2, 1), 0);
	one.generation = 1;
	ck_assert_int_eq(count(&one, 5), 0);
	struct seen seen = end_recorded(2, 4, 0);
	ck_assert_uint_eq(seen.lost_notes, 2);
	ck_assert_uint_eq(seen.lost, 3);
}
END_TEST

START_TEST(test_empty_epoch)
{
	struct epochs_done done;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(end(1, 0, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 0);
	ck_assert_uint_eq(read_log().lines, 0);
}
END_TEST

START_TEST(test_generations_are_kept_apart)
{
	struct epochs_done done;
	struct flow_key a = tcp_key(0, 1000), b = tcp_key(1, 1000);
	send_packet(&a, false, START);
	send_packet(&b, false, START + SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&a, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	ck_assert_int_eq(begin(2, 1), 0);
	ck_assert_int_eq(count(&b, 1), 0);
	ck_assert_int_eq(end(2, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().full, 2);
	/* What was used is gone: the next epoch of that generation does not find it. */
	ck_assert_int_eq(begin(3, 0), 0);
	ck_assert_int_eq(count(&a, 1), 0);
	ck_assert_int_eq(end(3, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().counted, 1);
	ck_assert_uint_eq(epochs_totals(epochs)->recorded, 3);
}
END_TEST

START_TEST(test_limit_of_details)
{
	struct epochs_done done;
	close_all();
	open_all(2);
	ck_assert_int_eq(begin(1, 0), 0);
	for (uint16_t i = 0; i < 5; i++) {
		struct flow_key key = tcp_key(0, i);
		send_packet(&key, false, START);
		ck_assert_int_eq(count(&key, 1), 0);
	}
	ck_assert_int_eq(end(1, 5, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 5);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 2);
	ck_assert_uint_eq(seen.counted, 3);
	/* There is room again. */
	struct flow_key key = tcp_key(1, 9);
	send_packet(&key, false, START);
	ck_assert_int_eq(begin(2, 1), 0);
	ck_assert_int_eq(count(&key, 1), 0);
	ck_assert_int_eq(end(2, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().full, 3);
}
END_TEST

START_TEST(test_not_ours)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	struct nflog_packet packet = { .flow = { .key = one }, .prefix = "ssh: \n" };
	epochs_packet(epochs, &packet);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().counted, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("epoch");
	TCase *tests = tcase_create("epoch");
	tcase_set_timeout(tests, 200);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_full);
	tcase_add_test(tests, test_one_packet_ends_when_it_begins);
	tcase_add_test(tests, test_counted);
	tcase_add_test(tests, test_known);
	tcase_add_test(tests, test_known_no_more);
	tcase_add_test(tests, test_findings_wait);
	tcase_add_test(tests, test_payload);
	tcase_add_test(tests, test_payload_bound);
	tcase_add_test(tests, test_unknown_code);
	tcase_add_test(tests, test_overflow);
	tcase_add_test(tests, test_overflow_by_code);
	tcase_add_test(tests, test_overflow_times);
	tcase_add_test(tests, test_overflow_logged_too_often);
	tcase_add_test(tests, test_fallen);
	tcase_add_test(tests, test_merged);
	tcase_add_test(tests, test_sums_that_do_not_add_up);
	tcase_add_test(tests, test_empty_epoch);
	tcase_add_test(tests, test_generations_are_kept_apart);
	tcase_add_test(tests, test_limit_of_details);
	tcase_add_test(tests, test_not_ours);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
