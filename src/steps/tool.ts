// SPDX-License-Identifier: MIT
import { callerGid, callerUid, Table } from "../host";
import { Kind } from "../policy/kind";

/** The program at work, and the kind of ids that it works on. */
export class Tool {
  constructor(
    readonly kind: Kind,
    readonly name: string,
  ) {}

  /** How messages and the usage call the ids. */
  get noun(): string {
    return this.kind == Kind.Uid ? "uid" : "gid";
  }

  get table(): Table {
    return this.kind == Kind.Uid ? Table.Subuid : Table.Subgid;
  }

  /** The table's path. */
  get path(): string {
    return this.kind == Kind.Uid ? "/etc/subuid" : "/etc/subgid";
  }

  /** The file below /proc/PID that the program writes. */
  get map(): string {
    return this.kind == Kind.Uid ? "uid_map" : "gid_map";
  }

  /** The caller's own id of the tool's kind. */
  get own(): u32 {
    return this.kind == Kind.Uid ? callerUid() : callerGid();
  }
}
