# The measurements: make bench, or make bench QUICK=1 (two minutes, less exact).
#
# firewalld and ulogd2 are not installed for it: their packages start them at once, and firewalld
# would put its own rules on this machine. They are unpacked in $(BUILD)/peers (packages.py).

PACKAGES_BENCH := $(PACKAGES_BUILD) iproute2 mount nftables procps python3 python3-cryptography util-linux grep jq z3

BENCH_TOOLS := $(filter-out $(GENLOG),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c)))

.PHONY: programs-bench lint-tools
programs-bench: $(PROGRAMS) $(BENCH_TOOLS) $(BUILD)/tests/bench/proof/decide $(BUILD)/tests/bench/proof/foreign $(MAKELOG) $(GENLOG) $(PROBE)
lint-tools: $(BENCH_TOOLS) $(GENLOG)

$(BENCH_TOOLS): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<

bench:
	@tests/packages $(PACKAGES_BENCH)
	@$(BUILD_NOW) programs-bench
	@tests/bench/run --build $(BUILD) $(if $(QUICK),--quick) $(BENCHFLAGS)

# How long it takes to prove policies of so many paths.
PROOF_PATHS ?= 100 1000 10000 100000
DECIDE := $(BUILD)/tests/bench/proof/decide
FOREIGN := $(BUILD)/tests/bench/proof/foreign
$(DECIDE) $(FOREIGN): %: %.o $(BUILD)/libhedate.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: bench-proof
bench-proof: $(DECIDE)
	@directory=$$(mktemp -d) && trap 'rm -rf "$$directory"' EXIT && \
	for paths in $(PROOF_PATHS); do \
		tests/bench/genconf $$paths >"$$directory/conf" && \
		$(DECIDE) "$$directory/conf" || exit 1; \
	done
