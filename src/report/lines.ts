// SPDX-License-Identifier: MIT
//
// The tables line by line, as their readers understand them.
import { reportEntry, reportFields, reportLine, reportRange, reportSource } from "../ctl-host";
import { Table } from "../host";
import { bit, Kind } from "../policy/kind";
import { EntryLines } from "../tables/entries";
import { Fault } from "../tables/fault";
import { Keys } from "../tables/keys";
import { Lines } from "../tables/lines";
import { readSubidSource, Word } from "../tables/settings";
import { SubidLines } from "../tables/subids";
import { Columns } from "./columns";

/** Reports all lines of /etc/subuid or /etc/subgid: 0, or -errno or a Refusal. */
export function reportSubids(table: Table): i32 {
  const subids = new SubidLines(new Lines(), new Keys());
  const columns = new Columns(3);
  const opened = subids.open(table);
  if (opened != 0) return opened;
  while (subids.advanceAny()) {
    const fault = subids.fault;
    columns.read(subids.lines);
    report(subids.lines, fault, columns, columns.faultOf(subids.lines, fault));
    if (fault == Fault.None) reportRange(subids.start as f64, subids.count as f64);
  }
  return subids.lines.error;
}

/** Reports all lines of /etc/usernamespaces that are neither empty nor comments: 0, or -errno or a Refusal. */
export function reportEntries(): i32 {
  const table = new EntryLines(new Lines());
  const columns = new Columns(4);
  const opened = table.open();
  if (opened != 0) return opened;
  while (table.advance()) {
    const fault = table.fault;
    const lines = table.lines;
    columns.read(lines);
    const at = fault == Fault.Flags ? table.flagAt - lines.start : columns.faultOf(lines, fault);
    report(lines, fault, columns, at);
    if (table.counts) reportMeaning(table);
  }
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

function report(lines: Lines, fault: Fault, columns: Columns, faultAt: u32): void {
  reportLine(lines.bytes, lines.start, lines.end, lines.number, fault, faultAt);
  reportFields(columns.at(1), columns.at(2), columns.at(3));
}

function reportMeaning(table: EntryLines): void {
  const entry = table.entry;
  let grants: u32 = 0;
  let keeps: u32 = 0;
  for (let kind = Kind.Uid; kind <= Kind.Fsid; kind++) {
    if (entry.grants(kind)) grants |= bit(kind);
    if (entry.keeps(kind)) keeps |= bit(kind);
  }
  reportRange(entry.start as f64, (entry.end - entry.start) as f64);
  reportEntry(
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
