// SPDX-License-Identifier: MIT
//
// Why our programs do something else than shadow's: what the cases name, and what the README's list of
// differences is made of.

export const reasons = {
  help: "`--help` and `--version` answer on standard output with status 0.",
  noMap:
    "Without a range the programs print the usage, exit 1 and touch nothing. Shadow 4.20 exits 0 without a " +
    "map, and its newgidmap denies setgroups all the same; 4.13 has the kernel refuse an empty map.",
  decimal:
    "Every number is plain decimal: hexadecimal and octal numbers, leading zeros, signs and blanks, which " +
    "shadow reads in its own way, are refused on the command line with the reason, and do not count in the files.",
  root: "Outside uid 0 is mapped for root alone, whatever a line of /etc/subuid says.",
  digits:
    "An owner of digits alone is a uid, never a login name: shadow also grants it to a user of that name.",
  gone: "That there is no such process is said once, with the program's name and the cause.",
  absent: "Where there is no /etc/subuid or /etc/subgid the own id can still be mapped.",
  symlink: "/etc/subuid and /etc/subgid may be symbolic links: the file at their end is judged.",
  tableFile:
    "The files that are read have to be regular files of root's that nobody else can write and the caller can " +
    "read. Anything else is an error that says what to do, not an empty table, and not a source of rights.",
  usernamespaces:
    "/etc/usernamespaces grants ranges besides /etc/subuid and /etc/subgid, and restricts what they grant; " +
    "shadow does not read it.",
  newline: "A last line without a newline counts, as with 4.13; 4.20 refuses the whole file.",
  nul: "A NUL spoils the line that it is in, not the whole file.",
  quotes: 'GRANT_AUX_GROUP_SUBIDS "yes" counts, as with 4.13; 4.20 does not take the quotes off.',
  plugin:
    "Where the source of sub-ids that /etc/nsswitch.conf names cannot be asked, it grants nothing, nor do the files in " +
    "its place: shadow says so and goes back to the files, which a caller could bring about.",
  proc: "The descriptor of `fd:N` has to be that of a process or a thread; 4.20 takes anything in /proc and fails later.",
  unprivileged:
    "Started without its capability a program still maps the own id, as 4.13 does, and otherwise says why the " +
    "capability is missing; 4.20 ends with `Could not set caps` either way.",
  setgroupsLast:
    "newgidmap denies setgroups only when the whole request has been found good and the target's files can be " +
    "opened, and may leave it denied if the kernel then refuses the map.",
  setgroupsWords: "That setgroups could not be denied is said on one line, followed by the reason.",
  argv0: "Messages begin with the program's name, not with argv[0] as with 4.13.",
  wording413:
    "A target that is no process id is answered with the usage, as by 4.20; 4.13 looks for process 0 or 4294967295.",
  triples413: "Where the numbers are not triples the message is that of 4.20.",
  overflow413:
    "The usage follows `subuid overflow detected.`, as with 4.20, and follows it for numbers beyond 64 bits.",
  count413: "A count of 0 is found when the arguments are read, before any range is judged, as by 4.20.",
  strict413: "Lines with more than three fields, or beyond the last id, do not count, as with 4.20.",
  owner413: "The message about the owner of the target does not hold the process id, as with 4.20.",
  dumpable413:
    "A target that is not dumpable, or has ended, is refused, as by 4.20: 4.13 opens its files as root.",
  fd413: "The target can be given as `fd:N`, as with 4.20.",
} as const;

export type ReasonName = keyof typeof reasons;
