# SPDX-License-Identifier: MIT
# Included by the Makefile: the floor has to be linked as the programs are.

$(BUILD)/floor-newuidmap: MAP_FILE = /uid_map
$(BUILD)/floor-newgidmap: MAP_FILE = /gid_map
$(PROGRAMS:%=$(BUILD)/floor-%): test/bench/floor.c
	@mkdir -p $(@D)
	$(HELPER_CC) $(CFLAGS) $(OWN_CFLAGS) $(CODE) $(LINK_START) $(LINK_FLAGS) -DMAP_FILE='"$(MAP_FILE)"' -o $@ $< $(LDFLAGS) $(LINK_END)

bench: all $(PROGRAMS:%=$(BUILD)/floor-%) ## measure against shadow and a floor (root, about three minutes)
	node test/bench/run.js
