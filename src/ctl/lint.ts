// SPDX-License-Identifier: MIT
//
// usernsctl lint: what is wrong in the tables, with the place.
import { type Command } from "commander";
import { type Claim, Owners } from "./claims.js";
import { containerIds, LoginDefs } from "./conventions.js";
import { counts, Line, readAllRows } from "./lines.js";
import { checkEnd, checkSource, liveFiles, namedFile } from "./lint/files.js";
import { type Finding, Findings } from "./lint/findings.js";
import { IdCheck } from "./lint/ids.js";
import { checkOverlaps } from "./lint/overlaps.js";
import { checkEffect, OwnerCheck } from "./lint/owners.js";
import { checkSyntax } from "./lint/syntax.js";
import { checkUseradd } from "./lint/useradd.js";
import { checkUsers } from "./lint/users.js";
import { jsonOption, plain, printJson, rootOption, styled } from "./output.js";
import { peopleOf } from "./people.js";
import { showsProgress, withProgress } from "./progress.js";

interface Options {
  json?: boolean;
  root: string;
}

/** Adds `lint`. */
export function lint(program: Command): void {
  program
    .command("lint")
    .description("Say what in the tables does not count, overlaps or is dangerous.")
    .argument("[file...]", "the files to check (default: those in /etc)")
    .helpOption("--help", "print this text")
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((files: string[], options: Options) => {
      const findings = check(files, options.root, showsProgress(options.json === true));
      if (options.json) printJson(findings);
      else process.stdout.write(textOf(findings));
      if (findings.length > 0) process.exitCode = 1;
    });
}

function textOf(findings: readonly Finding[]): string {
  const words = { error: styled("error:", "red"), warning: styled("warning:", "yellow") };
  const names = new Map<string, string>();
  for (const file of new Set(findings.map((finding) => finding.file))) names.set(file, plain(file));
  const lines = findings.map(
    ({ file, line, column, severity, text }) =>
      `${names.get(file)}:${line}:${column}: ${words[severity]} ${text}\n`,
  );
  return lines.join("");
}

/** The defects of the named files, or of those in ROOT/etc; with a bar, if that takes long, where it is `shown`. */
export function check(named: readonly string[], root: string, shown = false): Finding[] {
  const findings = new Findings();
  const files = named.length > 0 ? named.map(namedFile) : liveFiles(root, findings);
  if (named.length === 0) checkSource(files, root, findings);
  const { users, groups } = peopleOf(root);
  const defs = new LoginDefs(root);
  const ids = new IdCheck(users, groups, defs, containerIds(root), findings);
  const owners = new Owners(users);
  const ownerCheck = new OwnerCheck(users, groups, findings);
  const claims: Claim[] = [];
  for (const file of files) checkEnd(file, findings);
  const tables = readAllRows(files, shown);
  const total = tables.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  // This asks the name service for each owner who is not in the files.
  withProgress("checking", total, shown, (step) => {
    for (const rows of tables)
      for (let i = 0; i < rows.count; i++) {
        const line = new Line(rows, i);
        step(done++);
        const sound = checkSyntax(line, findings);
        if (counts(line) && (sound || line.entry)) ownerCheck.check(line);
        if (!sound) continue;
        checkEffect(line, findings);
        const claim = owners.claim(line);
        if (!claim) continue;
        ids.check(claim);
        claims.push(claim);
      }
  });
  ids.checkContainers(claims);
  checkOverlaps(claims, findings);
  checkUsers(claims, new Set(files.map(({ table }) => table)), findings);
  checkUseradd(claims, defs, findings);
  return findings.sorted(files.map(({ path }) => path));
}
