// SPDX-License-Identifier: MIT
//
// The tables line by line, as their readers understand them.
import { reportEntry, reportSource } from "../ctl-host";
import { Table } from "../host";
import { bit, Kind } from "../policy/kind";
import { EntryLines } from "../tables/entries";
import { Fault } from "../tables/fault";
import { Keys } from "../tables/keys";
import { Lines } from "../tables/lines";
import { readSubidSource, Word } from "../tables/settings";
import { SubidLines } from "../tables/subids";
import { Columns } from "./columns";
import { Rows } from "./rows";

/** Reports all lines of /etc/subuid or /etc/subgid: 0, or -errno or a Refusal. */
export function reportSubids(table: Table): i32 {
  const subids = new SubidLines(new Lines(), new Keys());
  const columns = new Columns(3);
  const rows = new Rows();
  const opened = subids.open(table);
  if (opened != 0) return opened;
  while (subids.advanceAny()) {
    const fault = subids.fault;
    columns.read(subids.lines);
    rows.add(subids.lines, columns, fault, columns.faultOf(subids.lines, fault));
    if (fault == Fault.None) rows.setIds(subids.start, subids.count);
  }
  rows.report();
  return subids.lines.error;
}

/** Reports all lines of /etc/usernamespaces that are neither empty nor comments: 0, or -errno or a Refusal. */
export function reportEntries(): i32 {
  const table = new EntryLines(new Lines());
  const columns = new Columns(4);
  const rows = new Rows();
  const opened = table.open();
  if (opened != 0) return opened;
  while (table.advance()) {
    const fault = table.fault;
    const lines = table.lines;
    columns.read(lines);
    const at = fault == Fault.Flags ? table.flagAt - lines.start : columns.faultOf(lines, fault);
    rows.add(lines, columns, fault, at);
    if (table.counts) reportMeaning(table, rows);
  }
  rows.report();
  return table.lines.error;
}

/** Reports what is read in place of /etc/subuid and /etc/subgid: 0, or -errno or a Refusal. */
export function reportSubidSource(): i32 {
  const lines = new Lines();
  const source = new Word();
  const failed = readSubidSource(lines, source);
  if (failed == 0 && source.length > 0) reportSource(lines.bytes, source.start, source.end);
  return failed;
}

function reportMeaning(table: EntryLines, rows: Rows): void {
  const entry = table.entry;
  let grants: u32 = 0;
  let keeps: u32 = 0;
  for (let kind = Kind.Uid; kind <= Kind.Fsid; kind++) {
    if (entry.grants(kind)) grants |= bit(kind);
    if (entry.keeps(kind)) keeps |= bit(kind);
  }
  rows.setIds(entry.start, entry.end - entry.start);
  reportEntry(
    table.lines.number,
    entry.owner,
    entry.kinds,
    grants,
    keeps,
    entry.denySetgroups,
    entry.reserved,
    entry.each as f64,
    entry.first as f64,
  );
}
