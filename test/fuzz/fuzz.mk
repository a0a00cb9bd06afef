# SPDX-License-Identifier: MIT
# Included by the Makefile: the programs with all of native/, sanitised and led by libFuzzer, on a kernel of our own.

FUZZ = $(BUILD)/fuzz
FUZZ_SECONDS ?= 3600
FUZZ_CC = clang-14
# A loop that the input drives past its buffer, or a shift too far, ends the run.
FUZZ_FLAGS = -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wno-unknown-warning-option
FUZZ_TARGETS = $(MAPPERS:%=$(FUZZ)/%)
FUZZ_NSS = -DNSS_PROGRAM='"/nss"'

MAPPERS = newuidmap newgidmap

$(FUZZ)/input.o $(FUZZ)/kernel.o $(FUZZ)/mapper.o: $(FUZZ)/%.o: test/fuzz/%.c test/fuzz/input.h test/fuzz/kernel.h test/fuzz/state.h
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) $(OWN_CFLAGS) $(FUZZ_NSS) -c $< -o $@
$(FUZZ)/state.o: test/fuzz/state.c test/fuzz/state.h native/wasm-rt.h
	@mkdir -p $(@D)
	$(FUZZ_CC) -O2 $(OWN_CFLAGS) -Inative -c $< -o $@

# The program as one object: its calls of the kernel are linked to kernel.c, and its variables, which every run has
# to find as they were at the start, are kept together.
define FUZZED
$(FUZZ)/$(1)/%.o: native/%.c native/shim.h native/wasm-rt.h $(OBJ)/$(1)/program.c
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(OWN_CFLAGS) $(FUZZ_NSS) -Inative -I$(OBJ)/$(1) -c $$< -o $$@
$(FUZZ)/$(1)/program.o: $(OBJ)/$(1)/program.c native/wasm-rt.h
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -DNDEBUG -w -Inative -c $$< -o $$@
$(FUZZ)/$(1)/whole.o: $(patsubst %,$(FUZZ)/$(1)/%.o,program $(2)) test/fuzz/kernel.syms
	ld -r --wrap=names_ask $$(filter %.o,$$^) -o $$@
	objcopy --redefine-syms=test/fuzz/kernel.syms --globalize-symbol=memory_bytes --globalize-symbol=the_memory \
	  --rename-section .data=native_data --rename-section .bss=native_bss $$@
$(FUZZ)/$(1)/fuzz: $(FUZZ)/$(1)/whole.o $(patsubst %,$(FUZZ)/%.o,$(3))
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -Wl,--wrap=names_ask $$^ -o $$@
endef
$(foreach program,$(MAPPERS),$(eval $(call FUZZED,$(program),$(program) $(SHIM),input kernel mapper state)))

.PHONY: fuzz
fuzz: setup $(FUZZ_TARGETS) ## fuzz the programs beside the reference model for FUZZ_SECONDS in all
	FUZZ_SECONDS=$(FUZZ_SECONDS) node test/fuzz/run.js
