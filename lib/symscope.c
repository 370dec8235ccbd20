/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that are asked about by their interfaces: what tests of these bring is known then, as far
 * as it is the same for all of them. */
#include "symexec_impl.h"

void symexec_restrict(struct symexec *exec, const struct sym_scope *scope)
{
	exec->scope = *scope;
}

static const struct sym_names *names_of(const struct symexec *exec, unsigned int field)
{
	const struct sym_names *names = field == PKT_IIFNAME   ? &exec->scope.in
					: field == PKT_OIFNAME ? &exec->scope.out
							       : NULL;

	return names && names->values ? names : NULL;
}

static bool is_in(hdr_value value, struct hdr_slice slice, struct hdr_range range)
{
	value >>= slice.shift;
	if (slice.bits < 128)
		value &= ((hdr_value)1 << slice.bits) - 1;
	return value >= range.first && value <= range.last;
}

enum sym_share sym_share(const struct symexec *exec, struct hdr_slice slice, struct hdr_range range)
{
	const struct sym_names *names = names_of(exec, slice.field);
	bool one_name = slice.bits == 128 && range.first == range.last;
	size_t in = 0;

	if (!names)
		return SYM_SOME;
	for (size_t i = 0; i < names->count; i++)
		in += is_in(names->values[i], slice, range);
	if (names->others) /* a name that is not asked about, or who knows how many others */
		return one_name && in > 0 ? SYM_NONE : SYM_SOME;
	return in == 0 ? SYM_NONE : in == names->count ? SYM_ALL : SYM_SOME;
}
