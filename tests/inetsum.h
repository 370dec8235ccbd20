/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum of IPv4 and of ICMP (RFC 1071), for programs of tests that make packets. */
#ifndef HEDATE_TEST_INETSUM_H
#define HEDATE_TEST_INETSUM_H

#include <stddef.h>
#include <stdint.h>

/* Add bytes to a sum, all but the last of an even number; then what is put into the packet. */
static inline uint32_t inetsum_add(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static inline uint16_t inetsum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline uint16_t inetsum(const uint8_t *bytes, size_t length)
{
	return inetsum_fold(inetsum_add(0, bytes, length));
}

#endif
