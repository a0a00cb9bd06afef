# SPDX-License-Identifier: MIT
mutation: $(PRIVILEGED:%=$(BUILD)/%.wasm) ## change the policy one place at a time; the tests have to notice 95 % (MUTANTS=N: a sample; MUTATION_ONLY=TEXT: those that hold it)
	node test/mutation/run.js
