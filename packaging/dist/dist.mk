# SPDX-License-Identifier: MIT
# The source tarball: what is tracked, and in generated/ what is made from it by Node.js. The bytes depend on the
# sources and on the date alone, which is the commit's unless SOURCE_DATE_EPOCH says another.
VERSION := $(shell sed -n 's/.*"version": "\(.*\)".*/\1/p' package.json)
DIST = usernamespaces-$(VERSION)
DIST_STAGE = $(BUILD)/dist
DIST_PROGRAMS = $(PROGRAMS) subid
DIST_DATE = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct))
# Nothing that is only of who makes it.
DIST_TAR = LC_ALL=C tar --sort=name --format=ustar --mtime=@$(DIST_DATE) --owner=0 --group=0 --numeric-owner \
  --mode=a+rX,u+w,go-w

.PHONY: dist reproducible cross
dist: $(DIST_PROGRAMS:%=$(OBJ)/%/program.c) $(CTL)/usernsctl.mjs $(BUILD)/usernsctl.bash ## make the source tarball, which builds without Node.js
	rm -rf $(DIST_STAGE)
	mkdir -p $(DIST_STAGE)/generated/usernsctl
	$(foreach program,$(DIST_PROGRAMS),mkdir $(DIST_STAGE)/generated/$(program) && \
	  cp $(OBJ)/$(program)/program.[ch] $(DIST_STAGE)/generated/$(program)/ &&) true
	cp $(CTL)/*.* $(DIST_STAGE)/generated/usernsctl/
	cp $(BUILD)/usernsctl.bash $(DIST_STAGE)/generated/
	git ls-files -z >$(DIST_STAGE)/tracked
	$(DIST_TAR) --transform 's|^|$(DIST)/|' -cf $(DIST_STAGE)/$(DIST).tar --null -T $(DIST_STAGE)/tracked -C $(DIST_STAGE) generated
	gzip -9nc $(DIST_STAGE)/$(DIST).tar >$(BUILD)/$(DIST).tar.gz

reproducible: setup ## make the source tarball twice from nothing, and its programs, and compare
	DIST=all $(BIN)/vitest run test/package/dist.test.ts

cross: setup ## build for aarch64, and compare what the programs do in an emulator
	CROSS_EVERY=1 $(BIN)/vitest run test/package/cross.test.ts test/package/filter.test.ts
