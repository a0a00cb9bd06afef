# SPDX-License-Identifier: MIT
# Included by the Makefile: the floors of the benchmark have to be linked as the programs are.

FLOORS = $(BUILD)/floor-newuidmap $(BUILD)/floor-newgidmap
$(BUILD)/floor-newuidmap: MAP_FILE = /uid_map
$(BUILD)/floor-newgidmap: MAP_FILE = /gid_map
$(FLOORS): test/bench/floor.c $(OBJ)/settings
	@mkdir -p $(@D)
	$(HELPER_CC) $(CPPFLAGS) $(CFLAGS) $(OWN_CFLAGS) $(CODE) -DMAP_FILE='"$(MAP_FILE)"' $(LINK_START) $(LINK_FLAGS) -o $@ $< $(LDFLAGS) $(LINK_END)
