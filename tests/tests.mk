# The targets that try the programs: demo, test, check-asan, lint, fuzz. Each first installs the
# packages that it needs, then builds in a make of its own, then runs.

# What is in daemon/, but for the programs' mains: tests take from it what they name.
DAEMON_OBJS := $(patsubst %.c,$(BUILD)/%.o,\
	$(filter-out daemon/hedated.c daemon/logd.c daemon/hedate.c,$(wildcard daemon/*.c)))

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
UNIT_HELP  := $(patsubst %.c,$(BUILD)/%.o,\
	$(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c)))
PROBE      := $(BUILD)/tests/netns/probe

FUZZERS    := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 30

.PHONY: programs-demo programs-test programs-fuzz
programs-demo: all $(PROBE)
programs-test: programs-demo $(UNIT_TESTS)
programs-fuzz: $(FUZZERS)

$(BUILD)/libdaemon.a: $(DAEMON_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

# A test's own function stands in for one of the same name in the archives.
$(UNIT_TESTS): %: %.o $(UNIT_HELP) $(BUILD)/libdaemon.a $(BUILD)/libhedate.a
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-z,muldefs -o $@ $^ $$(pkg-config --libs check) $(PKG_LIBS)
$(BUILD)/tests/unit/%.o: CPPFLAGS += -Itests/unit

$(PROBE): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/netns/*.c))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# Fuzzers are built from the sources at once, by clang, with the library's instrumentation.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(wildcard lib/*.c lib/*.h)
	@mkdir -p $(@D)
	clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined $(CPPFLAGS) $(PKG_CFLAGS) \
		-o $@ $< $(wildcard lib/*.c) $(PKG_LIBS)

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
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)

-include tests/bench/bench.mk
