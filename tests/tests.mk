# The targets that try the programs: demo, test, test-kill, test-vm, check-asan, lint, fuzz. Each first
# installs the packages that it needs, then builds in a make of its own, then runs.

# What is in daemon/, but for the programs' mains: tests take from it what they name.
DAEMON_OBJS := $(patsubst %.c,$(BUILD)/%.o,\
	$(filter-out daemon/hedated.c daemon/logd.c daemon/hedate.c,$(wildcard daemon/*.c)))

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
UNIT_HELP  := $(patsubst %.c,$(BUILD)/%.o,\
	$(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c)))
PROBE      := $(BUILD)/tests/netns/probe
FAILCALL   := $(BUILD)/tests/faults/failcall.so
PRELOADS   := $(patsubst %.c,$(BUILD)/tests/netns/%.so,$(notdir $(wildcard tests/netns/preload/*.c)))
MAKELOG    := $(BUILD)/tests/sealed/makelog
MAKEOFFICE := $(BUILD)/tests/browser/makeoffice
GENLOG     := $(BUILD)/tests/bench/genlog

JUDGE      := $(BUILD)/tests/judge/judge

FUZZERS    := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 30

.PHONY: programs-demo programs-test programs-fuzz
programs-demo: all $(PROBE)
programs-test: programs-demo $(UNIT_TESTS) $(MAKELOG) $(MAKEOFFICE) $(GENLOG) $(FAILCALL) $(PRELOADS) $(JUDGE)
programs-fuzz: $(FUZZERS)

$(BUILD)/libdaemon.a: $(DAEMON_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

# A test's own function stands in for one of the same name in the archives.
$(UNIT_TESTS): %: %.o $(UNIT_HELP) $(BUILD)/libdaemon.a $(BUILD)/libhedate.a
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-z,muldefs -o $@ $^ $$(pkg-config --libs check) $(PKG_LIBS)
$(BUILD)/tests/unit/%.o: CPPFLAGS += -Itests/unit

$(MAKEOFFICE): %: %.o $(BUILD)/libdaemon.a $(BUILD)/libhedate.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(MAKELOG) $(GENLOG): %: %.o $(BUILD)/libhedate.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(PROBE): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/netns/*.c))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(JUDGE): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/judge/*.c)) $(BUILD)/libhedate.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(FAILCALL): tests/faults/failcall.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -fPIC -shared -D_GNU_SOURCE $(WARN) -o $@ $< -ldl

# Loaded into processes that begin elsewhere: no sanitizer in it.
$(PRELOADS): $(BUILD)/tests/netns/%.so: tests/netns/preload/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -o $@ $< -ldl

# Fuzzers and their library are built by clang, with libFuzzer's instrumentation.
FUZZ_CC   := clang -std=c11 -g -O1 -MMD -MP
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_OBJS := $(patsubst lib/%.c,$(BUILD)/fuzz-lib/%.o,$(wildcard lib/*.c))
$(FUZZ_OBJS): $(BUILD)/fuzz-lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_SANITIZE) -fsanitize=fuzzer-no-link $(CPPFLAGS) $(PKG_CFLAGS) -c -o $@ $<
$(BUILD)/fuzz-lib/libhedate.a: $(FUZZ_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^
$(FUZZERS): $(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz-lib/libhedate.a
	@mkdir -p $(@D)
	$(FUZZ_CC) -MF $@.d -MT $@ $(FUZZ_SANITIZE) -fsanitize=fuzzer $(CPPFLAGS) $(PKG_CFLAGS) \
		-o $@ $< $(BUILD)/fuzz-lib/libhedate.a $(PKG_LIBS)
-include $(wildcard $(BUILD)/fuzz-lib/*.d)

# A make of its own, with as many jobs as processors unless jobs were asked for.
BUILD_NOW = $(MAKE) --no-print-directory $(if $(findstring j,$(firstword -$(MAKEFLAGS))),,-j$$(nproc))

deps:
	@tests/packages $(PACKAGES_LINT)

demo:
	@tests/packages $(PACKAGES_DEMO)
	@$(BUILD_NOW) programs-demo
	@BUILD=$(BUILD) tests/netns/demo

test:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) programs-test
	@BUILD=$(BUILD) tests/run $(TESTS)

# At the first and the last call of each site that calls, not only at some of them. KILL_POINTS=1000: so
# many, evenly; KILL_POINTS=all: at every call.
test-kill:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) programs-test
	@BUILD=$(BUILD) KILL_POINTS=$(or $(KILL_POINTS),sites) TEST_SECONDS=36000 \
		tests/run netns/429-guard-kill netns/430-kill-points netns/431-kill-two-persons

# Each site's allocation or call failed in turn, not only some of them. FAULT_POINTS=1000: so many;
# FAULT_MODE=always: not once, but each time; FAULT_OPERATIONS="start apply": only these.
test-faults:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) programs-test
	@BUILD=$(BUILD) FAULT_POINTS=$(or $(FAULT_POINTS),all) TEST_SECONDS=36000 \
		tests/run netns/435-fault-points netns/475-fault-points netns/476-recorder-faults \
		netns/477-fault-two-persons

# What is said about all packets against the kernel: 200,000 packets for each rule set and world, and
# a fifth of that for each of 200 random ones.
test-judge:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) programs-test
	@BUILD=$(BUILD) JUDGE_PACKETS=$(or $(JUDGE_PACKETS),200000) TEST_SECONDS=36000 tests/run judge/

# What is proved of a whole city against z3, all pairs of its zones: minutes.
test-smt2:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) programs-test
	@BUILD=$(BUILD) SMT2_CITY=1 TEST_SECONDS=36000 tests/run golden/572-smt2

# What cannot be had is said by the script, and is no failure.
test-vm:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) programs-test
	@tests/packages $(PACKAGES_VM) || :
	+@BUILD=$(BUILD) tests/vm/run $(TESTS) || [ $$? = 77 ]
	+@BUILD=$(BUILD) tests/vm/boot $(STEPS) || [ $$? = 77 ]

# The report in Chromium: see tests/browser/run. npm, which fetches axe-core, is taken where it is.
test-browser:
	@tests/packages $(PACKAGES_TEST) $(PACKAGES_BROWSER)
	@command -v npm >/dev/null || tests/packages npm || :
	@$(BUILD_NOW) programs-test
	+@BUILD=$(BUILD) tests/browser/run || [ $$? = 77 ]

# Those of the README, made anew by the real programs.
pictures:
	@tests/packages $(PACKAGES_TEST) $(PACKAGES_BROWSER)
	@$(BUILD_NOW) programs-test
	@BUILD=$(BUILD) tests/browser/pictures

check-asan:
	@tests/packages $(PACKAGES_TEST)
	@$(BUILD_NOW) BUILD=$(BUILD)-asan SANITIZE=1 programs-test
	@BUILD=$(BUILD)-asan SANITIZE=1 tests/run $(TESTS)

lint:
	@tests/packages $(PACKAGES_LINT)
	@tests/lint

fuzz:
	@tests/packages $(PACKAGES_FUZZ)
	@$(BUILD_NOW) programs-fuzz
	@BUILD=$(BUILD) tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)

-include tests/bench/bench.mk
