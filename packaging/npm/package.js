// SPDX-License-Identifier: MIT
//
// Makes the npm package in the folder that is named, which has what was built of usernsctl already.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [folder] = process.argv.slice(2);
const { name, version, description, license, type, devDependencies } = JSON.parse(
  readFileSync("package.json", "utf8"),
);
const manifest = {
  name,
  version,
  description: `${description}: usernsctl, and the decision as a library`,
  license,
  type,
  engines: { node: ">=18" },
  exports: { ".": { types: "./decide.d.ts", default: "./decide.mjs" }, "./package.json": "./package.json" },
  bin: { usernsctl: "./usernsctl.mjs" },
  files: ["*.wasm", "*.mjs", "*.d.ts", "LICENSE.*"],
  // The decision needs nothing of the machine's; usernsctl asks its name service.
  optionalDependencies: { koffi: devDependencies.koffi },
};
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

await build({
  entryPoints: ["src/ctl/decide.ts"],
  outfile: join(folder, "decide.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  define: { MODULES: '"./"' },
  logLevel: "warning",
});

const types = mkdtempSync(join(folder, "types-"));
const declare = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", "src", "--outDir", types];
execFileSync("node_modules/.bin/tsc", ["-p", "src/ctl/tsconfig.json", ...declare], { stdio: "inherit" });
copyFileSync(join(types, "ctl/decide.d.ts"), join(folder, "decide.d.ts"));
rmSync(types, { recursive: true });
