# hedate: plain make, parallel-safe, header dependencies tracked.
#
#   all         the programs, in build/
#   demo        the fictional city 青葉野市 in network namespaces, with real traffic (as root)
#   test        all tests (as root: they make network namespaces)
#   test-kill   SIGKILL at every system call of a change, and at every one of a start (hours)
#   test-judge  what the proof says against the kernel, 200,000 packets for each rule set
#   test-smt2   what is proved of a whole city against z3, which takes minutes
#   test-faults every allocation and system call of start, apply, reload, stop failed in turn (hours)
#   test-vm     on Debian 12's own kernel in QEMU: the unit tests that talk to it, and a gateway's
#               life under a flood, from its first boot to its last (STEPS=crash: some of it)
#   bench       measurements, as ratios within one run
#   check-asan  the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   fuzz        the parsers under libFuzzer, FUZZ_SECONDS=30 each
#   lint        compiler warnings of gcc and clang, clang-tidy, cppcheck, layout, man pages
#   install     into $(DESTDIR)$(prefix)
#   dist        the sources as a tarball; the same sources, the same bytes
#   deb         Debian packages of them, in build/deb; looked at by lintian
#   test-package  these in a fresh Debian 12: installed, upgraded, removed, purged, under traffic
#   uninstall   what was installed; the gateway stays shut, and what people wrote stays
#   clean

prefix     ?= /usr
sbindir    ?= $(prefix)/sbin
bindir     ?= $(prefix)/bin
mandir     ?= $(prefix)/share/man
datadir    ?= $(prefix)/share
localedir  ?= $(prefix)/share/locale
docdir     ?= $(prefix)/share/doc/hedate
sysconfdir ?= /etc
unitdir    ?= /lib/systemd/system
sysusersdir ?= /usr/lib/sysusers.d
tmpfilesdir ?= /usr/lib/tmpfiles.d
sysctldir  ?= /usr/lib/sysctl.d

VERSION := 0.1.0
BUILD   ?= build
CC      ?= gcc

include tests/packages.mk

PKGS := libnftnl libmnl libconfig libsodium libseccomp nettle libzstd libpcap
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
	-Wpointer-arith -Wvla -Wundef -Wformat=2
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -fvisibility=hidden \
	-fno-strict-overflow
LDHARDEN := -pie -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,-z,noexecstack
ifdef SANITIZE
HARDEN := -fPIE -fvisibility=hidden -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
LDHARDEN := -pie -fsanitize=address,undefined
endif
OPT     ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DHEDATE_VERSION='"$(VERSION)"' -DHEDATE_LOCALEDIR='"$(localedir)"' \
	-DHEDATE_DATADIR='"$(datadir)/hedate"' -Ilib -Idaemon
override CFLAGS += -std=c11 $(OPT) $(WARN) $(HARDEN)
override LDFLAGS += $(LDHARDEN)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS))

LIB_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*.c))

# Which objects of daemon/ each program is made of, beside libhedate.
SHARED  := clock message terminal tojournal
HEDATED := \
	balance \
	caller candidate causer changes changes_begin changes_end changes_watch clockwatch control \
	ctlanswer ctlchange ctlexception ctlisolate ctllog ctlpath ctlproposal ctlsummary culprit \
	denials dropwatch \
	enforcer epochid exceptionfile exceptions exceptions_end exceptions_event exceptions_line \
	exceptions_path exceptions_take \
	fillwatch flowpush flowread flowset foreignwatch \
	guard guardend \
	hapeer hedated hedated_parts hedated_policy hedated_setup hostwatch hostwatch_read \
	hostwatch_record \
	inforce island isolate isolate_frames isolate_kernel isolate_name isolatefile isolationwatch \
	keptfd \
	lifecycle lifecycle_table limiter links localuser loop \
	nflogsock notify \
	observed opengate options ownaddr \
	packetask packettexts pathhits prooffinding proofrecord proofrun proposalfile proposals proposals_decide proposals_event \
	proposals_propose prover proverproc proverwork \
	readopts reckeep reclink recorderproc recpolicy repair revoke roles rundir runmark \
	sandbox seenset sendq settings snapread status status_fields store store_write storeread storm \
	summarytake summarywait \
	tablewatch timetable \
	unixsock \
	watchdog watchdog_table wholeproof \
	zonematrix
LOGD    := \
	committer \
	detaillog details \
	enflink epoch epoch_close epoch_record \
	housekeep housekeep_ask housekeep_event housekeep_files \
	ifnames \
	journal \
	keeping keydir \
	leftover logd loop \
	names nflog notify \
	options overflow \
	packets pending \
	recorder recorder_link recorder_nflog rundir \
	sandbox scanwatch sealer \
	topology \
	watchdog writeahead
HEDATE  := \
	alertfollow alertrun alerts applyview assertview \
	capture changeview childrun clauseview cmdjson commands completion completion_bash completion_fish \
	completion_values completion_zsh countview ctlclient cutoff devaddr diffview \
	evidence evidencekey evidencerecord exceptionstep exceptionview explaintext explainview \
	haview hedate hostnet \
	incident incidentjson incidentview inforce initask inspect inspectview isolate isolate_frames isolate_kernel isolate_name isolatefile isolateview \
	keydir \
	language lintview localuser logask logdamage logfields logone logpath logplaces logprogress logquery logstate logview \
	logwalk logwalk_index \
	newfile notify \
	openview options \
	pager pathuse peerrun procowner proofcert prooffinding proofrun proofview proposalview \
	readopts reasonview recordview replayview rundir \
	said sandbox screen snapread sshpeer statuscheck statuslog statusview store store_write storeread summarytake \
	table tablefit takesnapshot traceview \
	zoneview \
	$(patsubst daemon/%.c,%,$(wildcard daemon/report*.c daemon/cmd_*.c))

objs = $(patsubst %,$(BUILD)/daemon/%.o,$(1) $(SHARED))
PROGRAMS := $(BUILD)/hedated $(BUILD)/hedate-logd $(BUILD)/hedate
MO := $(BUILD)/locale/ja/LC_MESSAGES/hedate.mo

# By the program itself, from its table of commands; in English, whoever builds it.
COMPLETIONS := $(patsubst %,$(BUILD)/completions/hedate.%,bash fish zsh)
bashcompdir ?= $(datadir)/bash-completion/completions
zshcompdir  ?= $(datadir)/zsh/vendor-completions
fishcompdir ?= $(datadir)/fish/vendor_completions.d

.PHONY: all demo test test-kill test-faults test-judge test-smt2 test-vm test-browser pictures bench check-asan lint install uninstall clean \
	deps fuzz
all: $(PROGRAMS) $(MO) $(COMPLETIONS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libhedate.a: $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/hedated: $(call objs,$(HEDATED)) $(BUILD)/libhedate.a
$(BUILD)/hedate-logd: $(call objs,$(LOGD)) $(BUILD)/libhedate.a
$(BUILD)/hedate: $(call objs,$(HEDATE)) $(BUILD)/libhedate.a
$(PROGRAMS):
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(COMPLETIONS): $(BUILD)/completions/hedate.%: $(BUILD)/hedate
	@mkdir -p $(@D)
	LC_ALL=C LANGUAGE= $< completion --installed $* >$@.new
	@mv $@.new $@

$(MO): conf/ja.po
	@mkdir -p $(@D)
	msgfmt --check --output-file=$@ $<

# No /etc/hedate/hedate.conf: a policy is written for a site ("hedate init"); the example is an example.
INSTALL_DIRS = $(sbindir) $(bindir) $(mandir)/man1 $(mandir)/man5 $(mandir)/man7 $(mandir)/man8 \
	$(mandir)/ja/man1 $(mandir)/ja/man5 $(mandir)/ja/man7 $(mandir)/ja/man8 $(localedir)/ja/LC_MESSAGES \
	$(docdir) $(docdir)/examples $(datadir)/hedate/profiles $(datadir)/hedate/models $(datadir)/hedate/rsyslog \
	$(datadir)/hedate/postgresql $(datadir)/hedate/ha \
	$(bashcompdir) $(zshcompdir) $(fishcompdir) \
	$(sysconfdir)/hedate $(unitdir) $(sysusersdir) $(tmpfilesdir) $(sysctldir)
install: all
	install -d $(addprefix $(DESTDIR),$(INSTALL_DIRS))
	install $(BUILD)/hedated $(BUILD)/hedate-logd $(DESTDIR)$(sbindir)
	install $(BUILD)/hedate $(DESTDIR)$(bindir)
	set -e; for section in 1 5 7 8; do \
		install -m 644 man/*.$$section $(DESTDIR)$(mandir)/man$$section; \
		install -m 644 man/ja/*.$$section $(DESTDIR)$(mandir)/ja/man$$section; \
	done
	install -m 644 $(MO) $(DESTDIR)$(localedir)/ja/LC_MESSAGES
	install -m 644 $(BUILD)/completions/hedate.bash $(DESTDIR)$(bashcompdir)/hedate
	install -m 644 $(BUILD)/completions/hedate.zsh $(DESTDIR)$(zshcompdir)/_hedate
	install -m 644 $(BUILD)/completions/hedate.fish $(DESTDIR)$(fishcompdir)
	install -m 644 README* LICENSE conf/aobano.conf $(DESTDIR)$(docdir)
	install conf/hedate-verify $(DESTDIR)$(datadir)/hedate
	install -m 644 conf/rsyslog/*.conf $(DESTDIR)$(datadir)/hedate/rsyslog
	sed -i 's,/usr/share/,$(datadir)/,' $(DESTDIR)$(datadir)/hedate/rsyslog/*.conf
	install conf/rsyslog/hedate-* $(DESTDIR)$(datadir)/hedate/rsyslog
	install -m 644 conf/ha/*.conf $(DESTDIR)$(datadir)/hedate/ha
	sed -i 's,/usr/share/,$(datadir)/,' $(DESTDIR)$(datadir)/hedate/ha/*.conf
	install conf/ha/hedate-takeover $(DESTDIR)$(datadir)/hedate/ha
	install -m 644 conf/postgresql/*.sql $(DESTDIR)$(datadir)/hedate/postgresql
	install -m 644 conf/hedate-log.schema.json conf/hedate-proof.schema.json conf/hedate-report.schema.json conf/hedate.rules.yml $(DESTDIR)$(datadir)/hedate
	install -m 644 conf/profiles/*.conf $(DESTDIR)$(datadir)/hedate/profiles
	install -m 644 conf/models/*.conf $(DESTDIR)$(datadir)/hedate/models
	install -m 644 conf/hedate.conf conf/examples/*.conf $(DESTDIR)$(docdir)/examples
	set -e; for unit in $(notdir $(wildcard systemd/*.service systemd/*.timer systemd/*.path)); do \
		sed 's,/usr/sbin/,$(sbindir)/,;s,/usr/bin/,$(bindir)/,;s,/usr/share/,$(datadir)/,' systemd/$$unit \
			>$(DESTDIR)$(unitdir)/$$unit; \
		chmod 644 $(DESTDIR)$(unitdir)/$$unit; \
	done
	install -m 644 systemd/hedate.sysusers $(DESTDIR)$(sysusersdir)/hedate.conf
	install -m 644 systemd/hedate-common.sysusers $(DESTDIR)$(sysusersdir)/hedate-common.conf
	install -m 644 systemd/hedate.tmpfiles $(DESTDIR)$(tmpfilesdir)/hedate.conf
	install -m 644 systemd/hedate.sysctl $(DESTDIR)$(sysctldir)/50-hedate.conf
	install -m 644 systemd/hedate-closed.sysctl $(DESTDIR)$(datadir)/hedate

# Programs and units go; the configuration, what was confirmed, the log and its keys stay. Nothing is
# stopped and no rule is removed: what is in the kernel goes on until the next boot, and after that
# nothing is forwarded, by a file that is left behind for it (with a name that comes last). Units are
# disabled first, or network managers would wait for one that is not there.
UNITS = $(notdir $(wildcard systemd/*.service systemd/*.timer systemd/*.path))
uninstall:
	install -d $(DESTDIR)$(sysconfdir)/sysctl.d
	install -m 644 systemd/hedate-closed.sysctl $(DESTDIR)$(sysconfdir)/sysctl.d/zz-hedate-closed.conf
	test -n "$(DESTDIR)" || ! command -v systemctl >/dev/null || systemctl --no-reload disable $(UNITS) || :
	rm -f $(addprefix $(DESTDIR)$(unitdir)/,$(UNITS))
	rm -f $(DESTDIR)$(sbindir)/hedated $(DESTDIR)$(sbindir)/hedate-logd $(DESTDIR)$(bindir)/hedate
	rm -f $(foreach page,$(wildcard man/*.[1-8]),$(DESTDIR)$(mandir)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))
	rm -f $(foreach page,$(wildcard man/ja/*.[1-8]),$(DESTDIR)$(mandir)/ja/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))
	rm -f $(DESTDIR)$(localedir)/ja/LC_MESSAGES/hedate.mo
	rm -f $(DESTDIR)$(bashcompdir)/hedate $(DESTDIR)$(zshcompdir)/_hedate $(DESTDIR)$(fishcompdir)/hedate.fish
	rm -rf $(DESTDIR)$(docdir) $(DESTDIR)$(datadir)/hedate
	rm -f $(addprefix $(DESTDIR)$(sysusersdir)/,hedate.conf hedate-common.conf)
	rm -f $(DESTDIR)$(tmpfilesdir)/hedate.conf $(DESTDIR)$(sysctldir)/50-hedate.conf
	@echo "hedate is removed. Nothing was opened: the rules in the kernel stay until the next boot, and"
	@echo "$(DESTDIR)$(sysconfdir)/sysctl.d/zz-hedate-closed.conf keeps this host from forwarding after it."

clean:
	rm -rf $(BUILD) $(BUILD)-asan

-include $(wildcard $(BUILD)/lib/*.d $(BUILD)/daemon/*.d $(BUILD)/tests/*/*.d)
include tests/tests.mk
include conf/package/package.mk
