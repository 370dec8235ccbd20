# The measurements: make bench, or make bench QUICK=1 (two minutes, less exact).

BENCH_TOOLS := $(BUILD)/tests/bench/udpflow $(BUILD)/tests/bench/flood

$(BENCH_TOOLS): $(BUILD)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $<

-include $(BENCH_TOOLS:=.d)

bench: $(PROGRAMS) $(BENCH_TOOLS)
	tests/bench/run --build $(BUILD) $(if $(QUICK),--quick) $(BENCHFLAGS)
