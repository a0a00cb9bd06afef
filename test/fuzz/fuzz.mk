# SPDX-License-Identifier: MIT
# Included by the Makefile: the programs with native/, sanitised and led by libFuzzer, on a kernel of our own.

FUZZ = $(BUILD)/fuzz
FUZZ_SECONDS ?= 3600
FUZZ_CC = clang-14
FUZZ_FLAGS = -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_PROGRAMS = newuidmap newgidmap userns newfsidmap
FUZZ_TARGETS = $(patsubst %,$(FUZZ)/%/fuzz,$(FUZZ_PROGRAMS) subid)
FUZZ_NSS = -DNSS_PROGRAM='"/nss"'

# The shim with all that it does but what a program does to processes, namespaces and mounts: that is in its file here.
FUZZ_SHIM_userns = host-words host-userns maps
FUZZ_SHIM_newfsidmap = host-words host-newfsidmap maps
FUZZ_OWN_userns = userns
FUZZ_OWN_newfsidmap = newfsidmap
FUZZ_OWN_subid = subid
FUZZ_HEADERS = test/fuzz/input.h test/fuzz/kernel.h test/fuzz/state.h native/shim.h native/wasm-rt.h

$(FUZZ)/%.o: test/fuzz/%.c $(FUZZ_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) $(OWN_CFLAGS) $(FUZZ_NSS) -Inative -c $< -o $@
$(FUZZ)/state.o: FUZZ_FLAGS = -O2

# A program as one object: its calls of the kernel are linked to kernel.c, and its variables, which every run has
# to find as they were at the start, are kept together.
# $(1): the program; $(2): the files of native/.
define FUZZED
$(FUZZ)/$(1)/%.o: native/%.c native/shim.h native/wasm-rt.h $(OBJ)/$(1)/program.c
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(OWN_CFLAGS) $(FUZZ_NSS) -Inative -I$(OBJ)/$(1) -c $$< -o $$@
$(FUZZ)/$(1)/program.o: $(OBJ)/$(1)/program.c native/wasm-rt.h
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -DNDEBUG -w -Inative -c $$< -o $$@
$(FUZZ)/$(1)/whole.o: $(patsubst %,$(FUZZ)/$(1)/%.o,program $(2)) \
  $(patsubst %,$(FUZZ)/%.o,$(FUZZ_OWN_$(1))) test/fuzz/kernel.syms
	ld -r --wrap=names_ask $$(filter %.o,$$^) -o $$@
	objcopy --redefine-syms=test/fuzz/kernel.syms --globalize-symbol=memory_bytes --globalize-symbol=the_memory \
	  --rename-section .data=native_data --rename-section .bss=native_bss $$@
$(FUZZ)/$(1)/fuzz: $(FUZZ)/$(1)/whole.o $(patsubst %,$(FUZZ)/%.o,program input kernel state)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -Wl,--wrap=names_ask $$^ -o $$@
endef
$(foreach program,$(FUZZ_PROGRAMS),$(eval $(call FUZZED,$(program),$(program) $(SHIM) $(FUZZ_SHIM_$(program)))))
$(eval $(call FUZZED,subid,$(PLUGIN_FILES)))
$(FUZZ)/subid.o: FUZZ_FLAGS += -I$(OBJ)/subid
$(FUZZ)/subid.o: $(OBJ)/subid/program.c native/plugin.h

.PHONY: fuzz
fuzz: setup $(FUZZ_TARGETS) ## fuzz the programs beside the reference model for FUZZ_SECONDS in all
	FUZZ_SECONDS=$(FUZZ_SECONDS) node test/fuzz/run.js
