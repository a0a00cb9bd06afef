// SPDX-License-Identifier: MIT
//
// Bundles usernsctl into the file that is named. It has to run on Node.js 18, Debian 12's own.
import { build } from "esbuild";

const [outfile] = process.argv.slice(2);
await build({
  entryPoints: ["src/ctl/main.ts"],
  outfile,
  bundle: true,
  // The bundle names its sources, which is not to depend on where node_modules lies.
  preserveSymlinks: true,
  platform: "node",
  format: "esm",
  target: "node18",
  // The modules lie beside the bundle.
  define: { MODULES: '"./"' },
  // commander is CommonJS, and requires modules of Node.js's own.
  banner: {
    js: [
      "#!/usr/bin/env node",
      'import { createRequire as requireFrom } from "node:module";',
      "const require = requireFrom(import.meta.url);",
    ].join("\n"),
  },
  logLevel: "warning",
});
