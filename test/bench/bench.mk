# SPDX-License-Identifier: MIT
# Included by the Makefile: the floors of the benchmark have to be linked as the programs are.

FLOORS = $(BUILD)/floor-newuidmap $(BUILD)/floor-newgidmap $(BUILD)/floor-newfsidmap
$(BUILD)/floor-newuidmap $(BUILD)/floor-newgidmap: test/bench/floor.c
$(BUILD)/floor-newuidmap: FLOOR_FLAGS = -DMAP_FILE='"/uid_map"'
$(BUILD)/floor-newgidmap: FLOOR_FLAGS = -DMAP_FILE='"/gid_map"'
$(BUILD)/floor-newfsidmap: test/bench/fsid-floor.c
$(FLOORS): $(OBJ)/settings | $(BUILD)/include/linux
	@mkdir -p $(@D)
	$(HELPER_CC) $(CPPFLAGS) $(CFLAGS) $(OWN_CFLAGS) $(CODE) $(FLOOR_FLAGS) $(LINK_START) $(LINK_FLAGS) -o $@ $(filter %.c,$^) $(LDFLAGS) $(LINK_END)
