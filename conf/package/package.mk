# The sources as a tarball, and Debian's packages of them, the same bytes each time.
#
#   dist          build/hedate-VERSION.tar.xz
#   deb           build/deb/*.deb, looked at by lintian
#   test-package  in a fresh Debian 12: installed, upgraded, removed and purged while packets come that
#                 must not pass, built twice and compared, the README's first hour, each unit at work

.PHONY: dist deb test-package
dist:
	@conf/package/dist hedate-$(VERSION) $(BUILD)/hedate-$(VERSION).tar.xz
	@echo $(BUILD)/hedate-$(VERSION).tar.xz

deb:
	@tests/packages $(PACKAGES_DEB)
	@conf/package/deb $(VERSION) $(BUILD)/deb
	@lintian --fail-on error,warning,info,pedantic --display-info --pedantic $(BUILD)/deb/*.changes
	@ls $(BUILD)/deb/*.deb

# The packages of now, and others of the same sources with a lower number, to upgrade from.
test-package:
	@tests/packages $(PACKAGES_PACKAGE)
	@$(BUILD_NOW) all $(PROBE)
	@$(BUILD_NOW) deb
	@rm -rf $(BUILD)/package/current && mkdir -p $(BUILD)/package && cp -R $(BUILD)/deb $(BUILD)/package/current
	@conf/package/deb 0.0.9 $(BUILD)/package/older
	@BUILD=$(BUILD) TEST_SECONDS=3600 tests/run package/
