/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is exported is what libpcap reads of it: times to the nanosecond, bytes, and how many there
 * were. */
#include <check.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/pcap.h"
#include "suite.h"

static const struct {
	int64_t time;
	size_t length, whole;
} packets[] = {
	{ INT64_C(1795161600123456789), 60, 60 }, { INT64_C(1795161600999999999), 128, 1500 },
	{ INT64_C(1795161601000000000), 0, 40 },
	{ INT64_C(2145916800000000001), PCAP_PACKET_MAX, PCAP_PACKET_MAX },
	{ 0, 20, 10 }, /* it had at least what there is of it */
};
#define PACKETS (sizeof(packets) / sizeof(packets[0]))

START_TEST(read_by_others)
{
	static uint8_t bytes[PCAP_PACKET_MAX];
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const u_char *data;
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	pcap_begin(file);
	for (size_t i = 0; i < PACKETS; i++)
		pcap_packet(file, packets[i].time, bytes + i, packets[i].length - (i == 3) * i,
			packets[i].whole);
	ck_assert_int_eq(fflush(file), 0);
	rewind(file);
	pcap_t *reader =
		pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);

	ck_assert_msg(reader, "%s", why);
	ck_assert_int_eq(pcap_datalink(reader), DLT_RAW);
	ck_assert_int_eq(pcap_snapshot(reader), PCAP_PACKET_MAX);
	for (size_t i = 0; i < PACKETS; i++) {
		size_t length = packets[i].length - (i == 3) * i;

		ck_assert_int_eq(pcap_next_ex(reader, &head, &data), 1);
		ck_assert_int_eq(
			(int64_t)head->ts.tv_sec * 1000000000 + head->ts.tv_usec, packets[i].time);
		ck_assert_uint_eq(head->caplen, length);
		ck_assert_uint_eq(head->len, packets[i].whole > length ? packets[i].whole : length);
		ck_assert_int_eq(memcmp(data, bytes + i, length), 0);
	}
	ck_assert_int_eq(pcap_next_ex(reader, &head, &data), PCAP_ERROR_BREAK);
	pcap_close(reader);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pcap");
	TCase *tests = tcase_create("pcap");

	tcase_add_test(tests, read_by_others);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
