# SPDX-License-Identifier: MIT
mutation: $(PRIVILEGED:%=$(BUILD)/%.wasm) ## change the policy one place at a time; the tests have to notice 95 % (MUTANTS=N: a sample)
	node test/mutation/run.js
