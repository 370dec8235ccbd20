/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "../../daemon/loop.h"
#include "suite.h"

static struct loop *loop;
static struct loop_source *first, *second;
static int pipes[2][2];
static int calls, other_calls;

static void open_loop(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pipe2(pipes[i], O_NONBLOCK | O_CLOEXEC), 0);
}

static void close_loop(void)
{
	loop_free(loop);
	for (int i = 0; i < 2; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void quit_with_data(struct loop *running, void *data)
{
	loop_quit(running, *(int *)data);
}

/* A callback that must not happen. */
static void never_fd(struct loop *running, int fd, uint32_t events, void *data)
{
	(void)running, (void)fd, (void)events, (void)data;
	ck_abort_msg("called after removal");
}

static void never_timer(struct loop *running, void *data)
{
	(void)running, (void)data;
	ck_abort_msg("called after it was stopped");
}

static void read_and_quit(struct loop *running, int fd, uint32_t events, void *data)
{
	char byte;
	(void)data;
	ck_assert(events & EPOLLIN);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	loop_quit(running, byte);
}

START_TEST(test_descriptor)
{
	ck_assert_int_eq(loop_add_fd(loop, pipes[0][0], EPOLLIN, read_and_quit, NULL, &first), 0);
	ck_assert_int_eq(write(pipes[0][1], "\7", 1), 1);
	ck_assert_int_eq(loop_run(loop), 7);
	ck_assert_int_eq(write(pipes[0][1], "\10", 1), 1);
	ck_assert_int_eq(loop_run(loop), 8);
	ck_assert_int_eq(
		loop_add_fd(loop, pipes[0][0], EPOLLIN, read_and_quit, NULL, NULL), -EEXIST);
	ck_assert_int_eq(loop_add_fd(loop, -1, EPOLLIN, read_and_quit, NULL, NULL), -EBADF);
}
END_TEST

START_TEST(test_events_can_be_changed)
{
	int status = 5;
	struct loop_source *timer;
	ck_assert_int_eq(loop_add_fd(loop, pipes[0][0], 0, read_and_quit, NULL, &first), 0);
	ck_assert_int_eq(write(pipes[0][1], "\3", 1), 1);
	ck_assert_int_eq(loop_add_timer(loop, quit_with_data, &status, &timer), 0);
	ck_assert_int_eq(loop_set_timer(timer, 20, 0), 0);
	ck_assert_int_eq(loop_run(loop), 5);
	ck_assert_int_eq(loop_set_events(first, EPOLLIN), 0);
	ck_assert_int_eq(loop_run(loop), 3);
	ck_assert_int_eq(loop_set_events(timer, EPOLLIN), -EINVAL);
	ck_assert_int_eq(loop_set_timer(first, 1, 0), -EINVAL);
}
END_TEST

/* Both descriptors are ready at once; whichever comes first removes both. */
static void remove_both(struct loop *running, int fd, uint32_t events, void *data)
{
	(void)fd, (void)events, (void)data;
	ck_assert_int_eq(++calls, 1);
	loop_remove(first);
	loop_remove(second);
	loop_remove(second); /* once more does nothing while dispatching */
	/* Its number comes back at once: the waiting event must not reach the new source. */
	close(pipes[0][0]);
	close(pipes[0][1]);
	ck_assert_int_eq(pipe2(pipes[0], O_NONBLOCK | O_CLOEXEC), 0);
	ck_assert_int_eq(loop_add_fd(running, pipes[0][0], EPOLLIN, never_fd, NULL, NULL), 0);
	static int status = 9;
	struct loop_source *timer;
	ck_assert_int_eq(loop_add_timer(running, quit_with_data, &status, &timer), 0);
	ck_assert_int_eq(loop_set_timer(timer, 20, 0), 0);
}

START_TEST(test_removal_while_dispatching)
{
	calls = 0;
	ck_assert_int_eq(loop_add_fd(loop, pipes[0][0], EPOLLIN, remove_both, NULL, &first), 0);
	ck_assert_int_eq(loop_add_fd(loop, pipes[1][0], EPOLLIN, remove_both, NULL, &second), 0);
	ck_assert_int_eq(write(pipes[0][1], "a", 1), 1);
	ck_assert_int_eq(write(pipes[1][1], "b", 1), 1);
	ck_assert_int_eq(loop_run(loop), 9);
	ck_assert_int_eq(calls, 1);
}
END_TEST

static uint64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

START_TEST(test_one_shot)
{
	int status = 4;
	uint64_t begin = monotonic_ms();
	ck_assert_int_eq(loop_add_timer(loop, quit_with_data, &status, &first), 0);
	ck_assert_int_eq(loop_set_timer(first, 50, 0), 0);
	ck_assert_int_eq(loop_run(loop), 4);
	ck_assert_uint_ge(monotonic_ms() - begin, 49);
	status = 6;
	ck_assert_int_eq(loop_set_timer(first, 0, 0), 0);
	ck_assert_int_eq(loop_run(loop), 6);
}
END_TEST

static void count_to_three(struct loop *running, void *data)
{
	(void)data;
	if (++calls == 3)
		loop_quit(running, 3);
}

static void count_other(struct loop *running, void *data)
{
	(void)running, (void)data;
	other_calls++;
}

START_TEST(test_periodic)
{
	calls = other_calls = 0;
	ck_assert_int_eq(loop_add_timer(loop, count_to_three, NULL, &first), 0);
	ck_assert_int_eq(loop_add_timer(loop, count_other, NULL, &second), 0);
	ck_assert_int_eq(loop_set_timer(first, 0, 20), 0);
	ck_assert_int_eq(loop_set_timer(second, 0, 0), 0);
	ck_assert_int_eq(loop_run(loop), 3);
	ck_assert_int_eq(calls, 3);
	ck_assert_int_eq(other_calls, 1);
}
END_TEST

static void stop_the_other(struct loop *running, void *data)
{
	struct loop_source **other = data;
	(void)running;
	loop_stop_timer(*other);
}

START_TEST(test_stopped_timer_is_not_called)
{
	/* Both expire before the loop looks: the first that runs stops the other, by its own
	 * callback or, if the order is the other way round, by the next line. */
	int status = 1;
	struct loop_source *stopper, *stopped, *end;
	ck_assert_int_eq(loop_add_timer(loop, never_timer, NULL, &stopped), 0);
	ck_assert_int_eq(loop_add_timer(loop, stop_the_other, &stopped, &stopper), 0);
	ck_assert_int_eq(loop_add_timer(loop, quit_with_data, &status, &end), 0);
	ck_assert_int_eq(loop_set_timer(stopper, 0, 0), 0);
	usleep(2000);
	ck_assert_int_eq(loop_set_timer(stopped, 1, 0), 0);
	ck_assert_int_eq(loop_set_timer(end, 30, 0), 0);
	usleep(5000);
	ck_assert_int_eq(loop_run(loop), 1);
}
END_TEST

static void take_signal(struct loop *running, int signal_number, void *data)
{
	(void)data;
	loop_quit(running, signal_number);
}

START_TEST(test_signals)
{
	sigset_t now;
	ck_assert_int_eq(loop_add_signal(loop, SIGUSR1, take_signal, NULL, &first), 0);
	ck_assert_int_eq(loop_add_signal(loop, SIGTERM, take_signal, NULL, NULL), 0);
	ck_assert_int_eq(loop_add_signal(loop, SIGTERM, take_signal, NULL, NULL), -EEXIST);
	ck_assert_int_eq(loop_add_signal(loop, 12345, take_signal, NULL, NULL), -EINVAL);
	kill(getpid(), SIGTERM);
	ck_assert_int_eq(loop_run(loop), SIGTERM);
	kill(getpid(), SIGUSR1);
	ck_assert_int_eq(loop_run(loop), SIGUSR1);
	/* Two at once: the second is not lost when the first one ends the run. */
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGTERM);
	int one = loop_run(loop), two = loop_run(loop);
	ck_assert_int_eq(one + two, SIGUSR1 + SIGTERM);
	/* A removed one is swallowed, the process lives. */
	loop_remove(first);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGTERM);
	ck_assert_int_eq(loop_run(loop), SIGTERM);
	loop_free(loop);
	sigprocmask(SIG_BLOCK, NULL, &now);
	ck_assert(!sigismember(&now, SIGTERM));
	ck_assert(!sigismember(&now, SIGUSR1));
	ck_assert_int_eq(loop_new(&loop), 0);
}
END_TEST

static void run_inside(struct loop *running, void *data)
{
	(void)data;
	loop_quit(running, loop_run(running) == -EBUSY ? 1 : 0);
}

START_TEST(test_run_inside_a_callback)
{
	ck_assert_int_eq(loop_add_timer(loop, run_inside, NULL, &first), 0);
	ck_assert_int_eq(loop_set_timer(first, 0, 0), 0);
	ck_assert_int_eq(loop_run(loop), 1);
}
END_TEST

START_TEST(test_removal_outside)
{
	loop_remove(NULL);
	loop_free(NULL);
	ck_assert_int_eq(loop_add_timer(loop, never_timer, NULL, &first), 0);
	ck_assert_int_eq(loop_set_timer(first, 0, 0), 0);
	ck_assert_int_eq(loop_add_fd(loop, pipes[0][0], EPOLLIN, never_fd, NULL, &second), 0);
	ck_assert_int_eq(write(pipes[0][1], "a", 1), 1);
	loop_remove(second);
	loop_remove(first);
	int status = 2;
	ck_assert_int_eq(loop_add_timer(loop, quit_with_data, &status, &first), 0);
	ck_assert_int_eq(loop_set_timer(first, 5, 0), 0);
	ck_assert_int_eq(loop_run(loop), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loop");
	TCase *tests = tcase_create("loop");
	tcase_add_checked_fixture(tests, open_loop, close_loop);
	tcase_add_test(tests, test_descriptor);
	tcase_add_test(tests, test_events_can_be_changed);
	tcase_add_test(tests, test_removal_while_dispatching);
	tcase_add_test(tests, test_one_shot);
	tcase_add_test(tests, test_periodic);
	tcase_add_test(tests, test_stopped_timer_is_not_called);
	tcase_add_test(tests, test_signals);
	tcase_add_test(tests, test_run_inside_a_callback);
	tcase_add_test(tests, test_removal_outside);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
