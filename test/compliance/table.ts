// SPDX-License-Identifier: MIT
import type { Topic } from "./case.js";
import * as args from "./cases/arguments.js";
import * as combining from "./cases/combining.js";
import * as descriptors from "./cases/descriptors.js";
import * as files from "./cases/files.js";
import * as groups from "./cases/groups.js";
import * as history from "./cases/history.js";
import * as numbers from "./cases/numbers.js";
import * as own from "./cases/own.js";
import * as owners from "./cases/owners.js";
import * as privileges from "./cases/privileges.js";
import * as setgroups from "./cases/setgroups.js";
import * as surroundings from "./cases/surroundings.js";
import * as tables from "./cases/tables.js";
import * as targets from "./cases/targets.js";
import * as usernamespaces from "./cases/usernamespaces.js";
import * as writing from "./cases/writing.js";

/** The whole table, topic by topic. */
export const table: Topic[] = [
  args.commandLine,
  args.targetNames,
  numbers.numbers,
  tables.format,
  files.files,
  owners.owners,
  combining.combining,
  own.ownId,
  groups.groups,
  setgroups.setgroups,
  descriptors.descriptors,
  privileges.privileges,
  targets.targets,
  writing.writing,
  surroundings.nsswitch,
  surroundings.surroundings,
  history.history,
  usernamespaces.granting,
  usernamespaces.restricting,
  usernamespaces.brokenLines,
];
