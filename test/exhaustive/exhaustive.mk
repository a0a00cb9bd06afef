# SPDX-License-Identifier: MIT
# Included by the Makefile: the logic of newuidmap and newgidmap as libraries with a host in memory.

EXHAUSTIVE = $(BUILD)/exhaustive
EXHAUSTIVE_LIBRARIES = $(EXHAUSTIVE)/newuidmap.so $(EXHAUSTIVE)/newgidmap.so
EXHAUSTIVE_CODE = -fPIC -O2 -Inative

$(EXHAUSTIVE)/%.o: $(OBJ)/%/program.c native/wasm-rt.h
	@mkdir -p $(@D)
	$(CC) $(EXHAUSTIVE_CODE) '-Dinline=inline __attribute__((always_inline))' -DNDEBUG -w -c $< -o $@

$(EXHAUSTIVE)/%.so: test/exhaustive/driver.c $(EXHAUSTIVE)/%.o test/exhaustive/verdict.h
	$(CC) $(EXHAUSTIVE_CODE) $(OWN_CFLAGS) -D_GNU_SOURCE -I$(OBJ)/$* -shared -Wl,-z,defs $(filter %.c %.o,$^) -o $@

exhaustive: setup $(EXHAUSTIVE_LIBRARIES) ## compare every verdict of a small world with the reference model
	node test/exhaustive/run.js
