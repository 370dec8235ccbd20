# Debian packages (12, "bookworm") that each target needs; tests/packages installs what is missing.

PACKAGES_BUILD := gcc libc6-dev make pkgconf libnftnl-dev libmnl-dev libconfig-dev libsodium-dev \
	libseccomp-dev nettle-dev libzstd-dev libpcap-dev gettext
PACKAGES_DEMO  := $(PACKAGES_BUILD) iproute2 nftables jq util-linux mount procps tzdata
PACKAGES_TEST  := $(PACKAGES_DEMO) check mandoc python3 python3-cryptography python3-fastjsonschema \
	tcpdump zstd openssl strace libbdd0c2 zsh fish less z3 xz-utils
PACKAGES_LINT  := $(PACKAGES_TEST) clang clang-tidy clang-format cppcheck shellcheck
PACKAGES_FUZZ  := $(PACKAGES_BUILD) clang libclang-rt-dev python3 tzdata zstd
PACKAGES_VM    := $(PACKAGES_TEST) qemu-system-x86 busybox-static cpio kmod mmdebstrap e2fsprogs build-essential \
	debhelper xz-utils
PACKAGES_DEB   := $(PACKAGES_BUILD) build-essential debhelper lintian tzdata xz-utils
PACKAGES_PACKAGE := $(PACKAGES_DEMO) $(PACKAGES_DEB) debootstrap python3
PACKAGES_BROWSER := chromium fonts-noto-cjk poppler-utils
