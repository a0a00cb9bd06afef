# SPDX-License-Identifier: MIT
# usernamespaces: `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
LIBEXECDIR = $(PREFIX)/libexec/usernamespaces
MANDIR = $(PREFIX)/share/man
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions
# The path is compiled into the programs: it is not DESTDIR's.
NSS_PROGRAM ?= $(LIBEXECDIR)/nss
# caps: file capabilities. setuid: setuid root. none: the packager does it.
INSTALL_MODE ?= caps
# yes: newfsidmap gets its privilege too. newfsidmap(1) says what an administrator takes on with that.
WITH_NEWFSIDMAP ?= no
# static or dynamic
LINK ?= static

PRIVILEGED = newuidmap newgidmap userns newfsidmap
PROGRAMS = $(PRIVILEGED) getsubids
PLUGIN = libsubid_usernamespaces.so
BUILD = build
OBJ = $(BUILD)/obj
BIN = node_modules/.bin

CFLAGS ?= -Os
OWN_CFLAGS = -std=gnu11 -Wall -Wextra -Wpedantic -Wconversion
HARDENING = -fPIE -fstack-protector-strong -fno-strict-aliasing -fno-asynchronous-unwind-tables

# A compiler that was chosen is used for all; `MUSL=` alone makes a static program of glibc's.
ifeq ($(origin CC),default)
  MUSL ?= $(shell command -v musl-gcc 2>/dev/null)
endif
ifeq ($(LINK),dynamic)
  HELPER_CC = $(CC)
  LINK_START =
  LINK_FLAGS = -pie -Wl,-z,relro,-z,now
  LINK_END =
else ifneq ($(MUSL),)
  HELPER_CC = $(MUSL)
  MUSL_DIR := $(dir $(shell sed -n 's/.*-specs "\([^"]*\)".*/\1/p' $(MUSL)))
  # musl-gcc -static-pie silently makes a dynamic program; this makes a static one that relocates itself.
  LINK_START = -nostartfiles $(MUSL_DIR)rcrt1.o $(MUSL_DIR)crti.o
  # No relro: a static program of musl's never applies it, and its page costs a fault.
  LINK_FLAGS = -static -Wl,-pie,--no-dynamic-linker,-z,text,-z,norelro
  LINK_END = $(MUSL_DIR)crtn.o
  ifeq ($(wildcard $(MUSL_DIR)rcrt1.o),)
    $(error $(MUSL) does not say where its start files are: try make MUSL=)
  endif
  KERNEL_HEADERS = -isystem $(BUILD)/include
else
  HELPER_CC = $(CC)
  LINK_START =
  LINK_FLAGS = -static-pie -Wl,-z,relro,-z,now
  LINK_END =
endif
LINK_FLAGS += -Wl,--gc-sections,-z,noseparate-code -s

SHIM = start host privilege target table names output runtime
SHIM_userns = host-words host-userns helper become binder maps channel
SHIM_newfsidmap = host-words host-newfsidmap mapping mount attach maps channel
# The generated code is large and flat: kept small it also touches fewer pages, which is most of a start's cost. Its
# loads and stores are functions that -Os would call, which made the line scanner half as slow again.
COMPACT = -Os '-Dinline=inline __attribute__((always_inline))'
CODE = $(HARDENING) -ffunction-sections -fdata-sections $(KERNEL_HEADERS) -Inative
# `abort=`: what AssemblyScript finds wrong (an index, an assertion, the memory's end) is a trap.
ASC_FLAGS = --transform ./tools/pack-text.js --use abort= --runtime stub --initialMemory 2 --maximumMemory 16
ASC_OPTIMIZE = -O3s --converge
SOURCES = $(shell find src bin -name '*.ts' -not -path 'src/ctl/*')
CTL = $(BUILD)/usernsctl
CTL_SOURCES = $(shell find src/ctl -name '*.ts')
# What usernsctl runs of the programs.
CTL_MODULES = newuidmap newgidmap getsubids tables ids subid
# The packages that become part of it: their licences go with it.
CTL_BUNDLED = commander ini
# Its native part: of koffi only what runs on this machine.
CTL_NATIVE = koffi/package.json koffi/LICENSE.txt koffi/indirect.cjs koffi/src/koffi/indirect.cjs @koromix

.DELETE_ON_ERROR:
.PHONY: FORCE all help setup warnings analyze lint check check-all faults demo deb deb-story exhaustive mutation bench install uninstall clean hostile
all: $(PROGRAMS:%=$(BUILD)/%) $(BUILD)/nss $(BUILD)/$(PLUGIN) $(CTL)/usernsctl.mjs $(BUILD)/usernsctl.bash ## build the programs (the default)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

# Not `npm ci`: the lock cannot name biome's packages for platforms that the registry does not have.
node_modules/.package-lock.json: package.json package-lock.json
	npm install --no-save --no-audit --no-fund
	@touch $@

# musl's headers lack the kernel's; links to these alone keep glibc's out.
$(BUILD)/include/linux:
	mkdir -p $(BUILD)/include
	ln -sfn /usr/include/linux /usr/include/asm-generic $(BUILD)/include/
	ln -sfn $(firstword $(wildcard /usr/include/$(shell $(CC) -dumpmachine)/asm /usr/include/asm)) $(BUILD)/include/asm

$(BUILD)/%.wasm: bin/%.ts $(SOURCES) tools/merge-data.js tools/pack-text.js node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(BIN)/asc $< -o $@ $(ASC_FLAGS) $(ASC_OPTIMIZE)
	node tools/merge-data.js $@

# A source tarball has in generated/ what Node.js makes. Without that folder it is made, there too.
ifeq ($(wildcard generated),)
$(OBJ)/%/program.c: $(BUILD)/%.wasm
	@mkdir -p $(@D)
	$(BIN)/wasm2c -n program $< -o $@
else
$(OBJ)/%/program.c: generated/%/program.c
	@mkdir -p $(@D)
	cp generated/$*/program.* $(@D)/
endif

# One folder of objects a program: the logic, the constants and the shim compiled for it.
define PROGRAM
$(OBJ)/$(1)/program.o: $(OBJ)/$(1)/program.c native/wasm-rt.h $(OBJ)/settings | $(BUILD)/include/linux
	$$(HELPER_CC) $$(CPPFLAGS) $$(CFLAGS) -w $$(CODE) $(COMPACT) -DNDEBUG -c $$< -o $$@

$(OBJ)/$(1)/start.o $(OBJ)/$(1)/host.o $(OBJ)/$(1)/host-words.o $(OBJ)/$(1)/host-$(1).o: $(OBJ)/$(1)/program.c
$(OBJ)/$(1)/%.o: native/%.c native/shim.h native/wasm-rt.h $(OBJ)/settings | $(BUILD)/include/linux
	@mkdir -p $$(@D)
	$$(HELPER_CC) $$(CPPFLAGS) $$(CFLAGS) $$(OWN_CFLAGS) $$(CODE) -DNSS_PROGRAM='"$$(NSS_PROGRAM)"' -I$(OBJ)/$(1) -c $$< -o $$@

$(BUILD)/$(1): $(patsubst %,$(OBJ)/$(1)/%.o,program $(1) $(SHIM) $(SHIM_$(1)))
	$$(HELPER_CC) $$(LINK_START) $$(LINK_FLAGS) -o $$@ $$^ $$(LDFLAGS) $$(LINK_END)
endef
$(foreach program,$(PROGRAMS),$(eval $(call PROGRAM,$(program))))
.SECONDARY:

# Rewritten only when a setting changes, so that nothing keeps an old one.
SETTINGS = $(HELPER_CC) $(CC) $(CPPFLAGS) $(CFLAGS) $(LINK_START) $(LINK_FLAGS) $(LDFLAGS) $(NSS_PROGRAM)
$(OBJ)/settings: FORCE
	@mkdir -p $(@D)
	@echo '$(SETTINGS)' | cmp -s - $@ || echo '$(SETTINGS)' >$@
FORCE:

$(BUILD)/nss: native/nss.c $(OBJ)/settings
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OWN_CFLAGS) $(HARDENING) -pie -Wl,-z,relro,-z,now $< -o $@ $(LDFLAGS) -ldl

ifeq ($(wildcard generated),)
$(CTL)/usernsctl.mjs: $(CTL_SOURCES) src/host.ts src/text/help.ts tools/bundle.js $(CTL_MODULES:%=$(BUILD)/%.wasm) node_modules/.package-lock.json
	rm -rf $(@D)
	@mkdir -p $(@D)/node_modules
	cp $(CTL_MODULES:%=$(BUILD)/%.wasm) $(@D)/
	tar -C node_modules -c $(CTL_NATIVE) | tar -C $(@D)/node_modules -x
	$(foreach package,$(CTL_BUNDLED),cp node_modules/$(package)/LICENSE $(@D)/LICENSE.$(package) &&) true
	node tools/bundle.js $@
	chmod 755 $@

$(BUILD)/usernsctl.bash: $(CTL)/usernsctl.mjs
	$< completion >$@
else
$(CTL)/usernsctl.mjs: generated/usernsctl/usernsctl.mjs
	@mkdir -p $(@D)
	cp generated/usernsctl/* $(@D)/
	@echo "usernsctl needs Node.js and koffi, which are not part of this build: README.md, section Install"

$(BUILD)/usernsctl.bash: generated/usernsctl.bash
	@mkdir -p $(@D)
	cp $< $@
endif

# Shadow's plugin: the logic of bin/subid.ts in a library of the C library that shadow itself is linked with.
PLUGIN_FILES = plugin plugin-host plugin-names table
PLUGIN_CODE = $(filter-out -fPIE,$(HARDENING)) -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -Inative
PLUGIN_FLAGS = -shared -Wl,-z,relro,-z,now,-z,defs,--gc-sections -Wl,-soname,$(PLUGIN)

$(OBJ)/subid/program.o: $(OBJ)/subid/program.c native/wasm-rt.h $(OBJ)/settings
	$(CC) $(CPPFLAGS) $(CFLAGS) -w $(PLUGIN_CODE) $(COMPACT) -DNDEBUG -c $< -o $@

$(PLUGIN_FILES:%=$(OBJ)/subid/%.o): $(OBJ)/subid/%.o: native/%.c $(OBJ)/subid/program.c native/plugin.h native/shim.h native/wasm-rt.h $(OBJ)/settings
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OWN_CFLAGS) $(PLUGIN_CODE) -I$(OBJ)/subid -c $< -o $@

$(BUILD)/$(PLUGIN): $(OBJ)/subid/program.o $(PLUGIN_FILES:%=$(OBJ)/subid/%.o)
	$(CC) $(CFLAGS) $(PLUGIN_FLAGS) $^ -o $@ $(LDFLAGS)

clean: ## remove what was built
	rm -rf $(BUILD)

setup: node_modules/.package-lock.json ## install what building and testing needs (Debian packages when root)
	sh test/packages.sh

warnings: $(PROGRAMS:%=$(OBJ)/%/program.c) $(OBJ)/subid/program.c | $(BUILD)/include/linux
	@$(foreach program,$(PROGRAMS),$(foreach file,$(program) $(SHIM) $(SHIM_$(program)), \
	  echo "  $(program): native/$(file).c" && $(HELPER_CC) -Werror -O2 $(OWN_CFLAGS) $(CODE) -DNSS_PROGRAM='""' \
	    -I$(OBJ)/$(program) -c native/$(file).c -o /dev/null &&)) true
	$(CC) -Werror -O2 $(OWN_CFLAGS) -c native/nss.c -o /dev/null
	@$(foreach file,$(PLUGIN_FILES),echo "  plugin: native/$(file).c" && \
	  $(CC) -Werror -O2 $(OWN_CFLAGS) $(PLUGIN_CODE) -I$(OBJ)/subid -c native/$(file).c -o /dev/null &&) true

ANALYSE = clang --analyze --analyzer-output text -Xclang -analyzer-werror -std=gnu11
analyze: $(PROGRAMS:%=$(OBJ)/%/program.c) $(OBJ)/subid/program.c | $(BUILD)/include/linux ## analyse the C: gcc -fanalyzer, clang's analyser, cppcheck
	@$(foreach program,$(PROGRAMS),$(foreach file,$(program) $(SHIM) $(SHIM_$(program)), \
	  echo "  $(program): native/$(file).c" && \
	  $(HELPER_CC) -fanalyzer -Werror -O2 $(OWN_CFLAGS) $(CODE) -DNSS_PROGRAM='""' -I$(OBJ)/$(program) -c native/$(file).c -o /dev/null && \
	  $(ANALYSE) $(OWN_CFLAGS) -DNSS_PROGRAM='""' -Inative -I$(OBJ)/$(program) native/$(file).c &&)) true
	$(CC) -fanalyzer -Werror -O2 $(OWN_CFLAGS) -c native/nss.c -o /dev/null
	$(ANALYSE) native/nss.c
	@$(foreach file,$(PLUGIN_FILES),echo "  plugin: native/$(file).c" && \
	  $(CC) -fanalyzer -Werror -O2 $(OWN_CFLAGS) $(PLUGIN_CODE) -I$(OBJ)/subid -c native/$(file).c -o /dev/null && \
	  $(ANALYSE) -Inative -I$(OBJ)/subid native/$(file).c &&) true
	cppcheck --enable=warning,performance --library=tools/cppcheck.cfg --std=c11 --inline-suppr --quiet --error-exitcode=1 \
	  -Inative -I$(OBJ)/newfsidmap -DNSS_PROGRAM='""' native

lint: warnings ## compilers, types and style, without running anything
	$(BIN)/tsc -p src/tsconfig.json
	$(BIN)/tsc -p tsconfig.json
	$(BIN)/tsc -p src/ctl/tsconfig.json
	$(BIN)/biome ci

check: setup ## everything that CI runs; STRICT=1 makes a skipped test a failure
	$(MAKE) all lint analyze
	STRICT=$(STRICT) sh test/check.sh

hostile: setup ## what hostile callers try, as a table of cases
	$(MAKE) all
	$(BIN)/vitest run test/hostile

check-all: check ## check, and the long runs
	HOSTILE_COUNT=2000 HOSTILE_STRIDE=1 $(BIN)/vitest run test/hostile/matrix.test.ts
	DIFF_COUNT=100000 FC_COUNT=30000 CTL_COUNT=5000 $(BIN)/vitest run test/unit test/compliance/differential.test.ts \
	  test/ctl/agreement.test.ts
	$(MAKE) exhaustive mutation faults fuzz reproducible cross deb-story

faults: setup ## make every system call of the programs fail in turn, with every error
	$(MAKE) all
	FAULTS=all $(BIN)/vitest run test/faults

include packaging/dist/dist.mk
include packaging/npm/npm.mk
include test/mutation/mutation.mk

demo: node_modules/.package-lock.json ## show the main job on real namespaces
	$(MAKE) all
	sh demo/demo.sh $(BUILD)

deb: all dist ## build the Debian packages, into build/deb
	sh packaging/deb.sh $(BUILD)

deb-story: deb ## install, upgrade and remove the Debian packages in a fresh Debian (SUITE=bookworm), podman working all along
	STRICT=$(STRICT) sh test/package/debian-story.sh $(BUILD) $(SUITE)

include test/exhaustive/exhaustive.mk
include test/fuzz/fuzz.mk

include test/bench/bench.mk
bench: setup ## measure the speed in pairs against shadow and a floor
	$(MAKE) all $(FLOORS)
	node test/bench/run.js

MAN1 = newuidmap newgidmap getsubids userns newfsidmap
MAN5 = subuid subgid usernamespaces
MAN8 = usernsctl
MANDIRS = $(addprefix $(MANDIR)/,man1 man5 man8)
COMPLETIONS = userns newfsidmap
ifeq ($(WITH_NEWFSIDMAP),yes)
  GRANTED = $(PRIVILEGED)
else
  GRANTED = $(filter-out newfsidmap,$(PRIVILEGED))
endif

install: all ## install the programs and their pages (DESTDIR, PREFIX, INSTALL_MODE=caps|setuid|none, WITH_NEWFSIDMAP=yes|no)
ifeq ($(filter yes no,$(WITH_NEWFSIDMAP)),)
	$(error WITH_NEWFSIDMAP is yes or no)
endif
ifeq ($(INSTALL_MODE),caps)
	@command -v setcap >/dev/null || { echo "install: setcap is missing: it is in Debian's libcap2-bin" >&2; exit 1; }
endif
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(dir $(NSS_PROGRAM)) $(MANDIRS:%=$(DESTDIR)%) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(COMPLETIONDIR)
	install -m 0755 $(PROGRAMS:%=$(BUILD)/%) $(DESTDIR)$(BINDIR)
	install -m 0711 $(BUILD)/nss $(DESTDIR)$(NSS_PROGRAM)
	install -m 0644 $(BUILD)/$(PLUGIN) $(DESTDIR)$(LIBDIR)
	@# Programs of more privilege than their user find a library by the loader's cache alone.
	@[ -n "$(DESTDIR)" ] || ! command -v ldconfig >/dev/null || ldconfig || true
	install -m 0644 $(MAN1:%=man/%.1) $(DESTDIR)$(MANDIR)/man1
	install -m 0644 $(MAN5:%=man/%.5) $(DESTDIR)$(MANDIR)/man5
	install -m 0644 $(MAN8:%=man/%.8) $(DESTDIR)$(MANDIR)/man8
	rm -rf $(DESTDIR)$(LIBEXECDIR)/usernsctl
	cp -R $(CTL) $(DESTDIR)$(LIBEXECDIR)/usernsctl
	chmod -R u=rwX,go=rX $(DESTDIR)$(LIBEXECDIR)/usernsctl
	ln -sfnr $(DESTDIR)$(LIBEXECDIR)/usernsctl/usernsctl.mjs $(DESTDIR)$(BINDIR)/usernsctl
	install -m 0644 $(BUILD)/usernsctl.bash $(DESTDIR)$(COMPLETIONDIR)/usernsctl
	@$(foreach program,$(COMPLETIONS),install -m 0644 completion/$(program).bash $(DESTDIR)$(COMPLETIONDIR)/$(program) &&) true
	sed -i 's|/usr/local/libexec/usernamespaces/nss|$(NSS_PROGRAM)|; s|/usr/local/bin/|$(BINDIR)/|' $(MAN1:%=$(DESTDIR)$(MANDIR)/man1/%.1)
ifeq ($(INSTALL_MODE),caps)
	setcap cap_setuid+ep $(DESTDIR)$(BINDIR)/newuidmap
	setcap cap_setgid+ep $(DESTDIR)$(BINDIR)/newgidmap
	setcap cap_setuid,cap_setgid+ep $(DESTDIR)$(BINDIR)/userns
ifeq ($(WITH_NEWFSIDMAP),yes)
	setcap cap_sys_admin,cap_setuid,cap_setgid+ep $(DESTDIR)$(BINDIR)/newfsidmap
endif
else ifeq ($(INSTALL_MODE),setuid)
	chown 0:0 $(GRANTED:%=$(DESTDIR)$(BINDIR)/%)
	chmod 4755 $(GRANTED:%=$(DESTDIR)$(BINDIR)/%)
else ifneq ($(INSTALL_MODE),none)
	$(error INSTALL_MODE is caps, setuid or none)
endif

uninstall: ## remove what install put there
	rm -f $(PROGRAMS:%=$(DESTDIR)$(BINDIR)/%) $(DESTDIR)$(BINDIR)/usernsctl $(DESTDIR)$(NSS_PROGRAM) $(DESTDIR)$(LIBDIR)/$(PLUGIN)
	rm -rf $(DESTDIR)$(LIBEXECDIR)/usernsctl
	rm -f $(MAN1:%=$(DESTDIR)$(MANDIR)/man1/%.1) $(MAN5:%=$(DESTDIR)$(MANDIR)/man5/%.5) $(MAN8:%=$(DESTDIR)$(MANDIR)/man8/%.8)
	rm -f $(patsubst %,$(DESTDIR)$(COMPLETIONDIR)/%,$(COMPLETIONS) usernsctl)
	-rmdir $(sort $(DESTDIR)$(dir $(NSS_PROGRAM)) $(DESTDIR)$(LIBEXECDIR)/)
