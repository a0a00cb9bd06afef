// SPDX-License-Identifier: MIT
//
// usernsctl map: the picture of the id space.
import type { Command } from "commander";
import { Table } from "../host.js";
import { readLines } from "./lines.js";
import { liveFiles, sourceOf } from "./lint/files.js";
import { Findings } from "./lint/findings.js";
import { recordOf } from "./map/json.js";
import { type Picture, picturesOf } from "./map/picture.js";
import { save } from "./map/save.js";
import { Spaces } from "./map/space.js";
import { svgOf } from "./map/svg.js";
import { drawn } from "./map/terminal.js";
import { kinds } from "./maps.js";
import { noNames, SystemNames } from "./nss.js";
import { jsonOption, plain, printJson, rootOption } from "./output.js";
import { peopleOf } from "./people.js";
import { scan } from "./ps/scan.js";

const NARROWEST = 40;
const WIDEST = 240;
const USUAL_WIDTH = 80;

interface Options {
  json?: true;
  svg?: string;
  root: string;
}

/** Adds the command. */
export function map(program: Command): void {
  program
    .command("map")
    .description("Draw the id space: who has which ids, what is live, what is free, what collides.")
    .helpOption("--help", "print this text")
    .option("--svg <file>", "write an SVG to FILE, which must not exist, or to stdout (-)")
    .addOption(rootOption())
    .addOption(jsonOption().conflicts("svg"))
    .action(answer);
}

function answer({ root, json, svg }: Options): void {
  const { pictures, notes } = look(root);
  if (json) printJson(pictures.map(recordOf));
  else if (svg === undefined) process.stdout.write(drawn(pictures, columns()));
  else if (svg === "-") process.stdout.write(svgOf(pictures));
  else save(svg, svgOf(pictures));
  for (const note of notes) process.stderr.write(`usernsctl: ${note}\n`);
  if (pictures.some(({ collisions }) => collisions.length > 0)) process.exitCode = 1;
}

/** The pictures, and what they do not show. */
function look(root: string): { pictures: Picture[]; notes: string[] } {
  const findings = new Findings();
  const source = sourceOf(root);
  const files = liveFiles(root, findings).filter(
    ({ table }) => source === "" || table === Table.Usernamespaces,
  );
  const lines = files.flatMap(({ path, table, bytes }) => readLines(path, table, bytes));
  const notes = findings
    .sorted(files.map(({ path }) => path))
    .map(({ file, text }) => `${plain(file)}: ${text}`);
  if (source !== "") notes.push(`ranges of '${plain(source)}', which nsswitch.conf names, are not drawn`);
  // Below another root are the tables of another machine, and the processes are this one's.
  const seen = root === "/" ? scan() : undefined;
  if (seen && seen.hidden > 0)
    notes.push(`processes of others in user namespaces that only root can look at: ${seen.hidden}`);
  const names = root === "/" ? new SystemNames() : noNames;
  const spaces = new Spaces({ root, lines, ...peopleOf(root), names, seen });
  return { pictures: picturesOf(kinds.map((kind) => spaces.of(kind))), notes };
}

/** How wide the terminal is, or is said to be. */
function columns(): number {
  const width = process.stdout.columns ?? (Number(process.env.COLUMNS) || USUAL_WIDTH);
  return Math.min(Math.max(width, NARROWEST), WIDEST);
}
