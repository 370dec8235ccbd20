/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files are read as a configuration at all. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../lib/conf.h"
#include "fromtext.h"
#include "suite.h"

#define SMALL                                                                                      \
	"site = { name = \"town\"; };\n"                                                           \
	"zones = ( { name = \"z\"; kind = \"lgwan\"; segments = (\n"                               \
	"  { name = \"a\"; interface = \"e0\"; networks = \"10.1.0.0/24\"; },\n"                   \
	"  { name = \"b\"; interface = \"e1\"; networks = \"10.1.1.0/24\"; } ); } );\n"            \
	"services = ( { name = \"https\"; tcp = 443; } );\n"                                       \
	"paths = ( { name = \"p\"; from = \"z.a\"; to = \"z.b\"; service = \"https\";\n"           \
	"  reason = \"r\"; } );\n"

/* main() makes and removes it: tests are processes of their own, and may fail. */
static char directory[] = "/tmp/hedate-conf.XXXXXX";
static char file[64];

static void set_up_file(void)
{
	from_text_set_up();
	remove(file); /* of a test that failed */
	FILE *out = fopen(file, "w");
	ck_assert_ptr_nonnull(out);
	fputs(SMALL, out);
	fclose(out);
	ck_assert_int_eq(chmod(file, 0644), 0);
}

static void tear_down_file(void)
{
	remove(file);
	from_text_tear_down();
}

/* The file is refused with this message, at its name and no line. */
static void refuse_file(const char *message)
{
	ck_assert_int_eq(conf_read_file(file, NULL, diags, &policy), -EINVAL);
	ck_assert_ptr_null(policy);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	ck_assert_str_eq(diag_list_get(diags, 0)->message, message);
	ck_assert_str_eq(diag_list_get(diags, 0)->loc.file, file);
	ck_assert_uint_eq(diag_list_get(diags, 0)->loc.line, 0);
}

START_TEST(test_file)
{
	ck_assert_int_eq(conf_read_file(file, NULL, diags, &policy), 0);
	ck_assert_str_eq(policy->file, file);
	ck_assert_str_eq(policy->paths[0].loc.file, file);
}
END_TEST

START_TEST(test_file_missing)
{
	unlink(file);
	refuse_file("cannot be opened: No such file or directory");
}
END_TEST

START_TEST(test_file_unreadable)
{
	ck_assert_int_eq(chmod(file, 0), 0);
	if (geteuid() == 0) { /* root may read everything: be somebody else */
		ck_assert_int_eq(chown(file, 65534, 65534), 0);
		ck_assert_int_eq(chmod(directory, 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	refuse_file("cannot be opened: Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(test_file_directory)
{
	unlink(file);
	ck_assert_int_eq(mkdir(file, 0755), 0);
	refuse_file("not a regular file");
	rmdir(file);
}
END_TEST

START_TEST(test_file_fifo)
{
	unlink(file);
	ck_assert_int_eq(mkfifo(file, 0644), 0);
	refuse_file("not a regular file");
}
END_TEST

START_TEST(test_file_large)
{
	ck_assert_int_eq(truncate(file, 100 << 20), 0);
	refuse_file("the file has 104857600 bytes; at most 67108864 are read");
}
END_TEST

START_TEST(test_file_writable_by_all)
{
	ck_assert_int_eq(chmod(file, 0646), 0);
	refuse_file("everybody may write the file");
	ck_assert_str_eq(diag_list_get(diags, 0)->fix, "chmod go-w FILE");
}
END_TEST

START_TEST(test_file_writable_by_group)
{
	if (geteuid() != 0)
		return; /* only root can give it to a group that it is not in */
	ck_assert_int_eq(chown(file, 0, 4711), 0);
	ck_assert_int_eq(chmod(file, 0664), 0);
	refuse_file("the members of group 4711 may write the file");
}
END_TEST

START_TEST(test_file_private_group)
{
	ck_assert_int_eq(chmod(file, 0664), 0);
	ck_assert_int_eq(chown(file, (uid_t)-1, getegid()), 0);
	if (getegid() == 0 || getegid() == geteuid())
		ck_assert_int_eq(conf_read_file(file, NULL, diags, &policy), 0);
	else
		ck_assert_int_eq(conf_read_file(file, NULL, diags, &policy), -EINVAL);
}
END_TEST

/* user::rw-, user:4711:rw-, group::r--, mask::rw-, other::r-- */
START_TEST(test_file_access_list)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} list = { 2, { { 0x01, 6, -1u }, { 0x02, 6, 4711 }, { 0x04, 4, -1u }, { 0x10, 6, -1u },
			      { 0x20, 4, -1u } } };
	ck_assert_int_eq(chown(file, (uid_t)-1, geteuid()), 0);
	if (setxattr(file, "system.posix_acl_access", &list, sizeof(list), 0) < 0) {
		ck_assert_int_eq(errno, EOPNOTSUPP);
		return;
	}
	char message[100];
	snprintf(message, sizeof(message), "the members of group %u may write the file",
		(unsigned int)geteuid());
	refuse_file(message);
}
END_TEST

START_TEST(test_file_of_somebody_else)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(file, 4711, 4711), 0);
	refuse_file("the file belongs to user 4711, not to root or the user that reads it");
}
END_TEST

START_TEST(test_file_descriptor)
{
	int fd = open(file, O_RDONLY);
	char byte;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, &byte, 1), 1); /* it is read from its beginning all the same */
	ck_assert_int_eq(conf_read(fd, "given.conf", NULL, diags, &policy), 0);
	ck_assert_str_eq(policy->file, "given.conf");
	ck_assert_int_eq(fcntl(fd, F_GETFD), 0); /* and not closed */
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_file");
	TCase *files = tcase_create("files");
	tcase_add_checked_fixture(files, set_up_file, tear_down_file);
	tcase_add_test(files, test_file);
	tcase_add_test(files, test_file_missing);
	tcase_add_test(files, test_file_unreadable);
	tcase_add_test(files, test_file_directory);
	tcase_add_test(files, test_file_fifo);
	tcase_add_test(files, test_file_large);
	tcase_add_test(files, test_file_writable_by_all);
	tcase_add_test(files, test_file_writable_by_group);
	tcase_add_test(files, test_file_private_group);
	tcase_add_test(files, test_file_access_list);
	tcase_add_test(files, test_file_of_somebody_else);
	tcase_add_test(files, test_file_descriptor);
	suite_add_tcase(suite, files);
	if (!mkdtemp(directory))
		return EXIT_FAILURE;
	snprintf(file, sizeof(file), "%s/p.conf", directory);
	int failed = suite_run(suite);
	remove(file);
	rmdir(directory);
	return failed;
}
