# SPDX-License-Identifier: MIT
# The npm package: usernsctl, and the decision as a library. `npm publish build/npm` publishes it.
NPM = $(BUILD)/npm

.PHONY: npm-package
npm-package: $(CTL)/usernsctl.mjs packaging/npm/package.js packaging/npm/README.md ## make the npm package, in build/npm
	rm -rf $(NPM)
	mkdir -p $(NPM)
	cp $(CTL)/*.* packaging/npm/README.md LICENSE $(NPM)/
	node packaging/npm/package.js $(NPM)
	@# npm packs the modes that it finds.
	chmod -R u=rwX,go=rX $(NPM)
