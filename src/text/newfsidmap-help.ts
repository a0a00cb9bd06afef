// SPDX-License-Identifier: MIT

/** The last line of what is said of a wrong command line, and the first that newfsidmap --help prints. */
export const USAGE =
  "usage: newfsidmap [--read-only] [--noexec] [--bind SOURCE TARGET | --fd N SOURCE] PID MAP...";

/** What follows it there. */
export const HELP =
  "\n" +
  "Give a process's user namespace other owners of files on disk than ids of its own.\n" +
  "\n" +
  "  --bind       mount SOURCE, a directory, on TARGET in the mount namespace of the process\n" +
  "  --fd N       send the mount of SOURCE over the unix socket N instead\n" +
  "  --read-only  nothing can be written through the mount\n" +
  "  --noexec     nothing on it can be executed\n" +
  "  --help       print this text\n" +
  "  --version    print the version\n" +
  "\n" +
  "Without --bind and --fd the maps are written to the process itself, which no released kernel can do.\n" +
  "\n" +
  "  TARGET       an absolute path, as the process sees it\n" +
  "  PID          a process in a user and a mount namespace that the caller made, or fd:N, an open\n" +
  "               descriptor of its /proc directory\n" +
  "  MAP          u:INSIDE:DISK:COUNT for uids, g:INSIDE:DISK:COUNT for gids, b:... for both: files of the\n" +
  "               ids from DISK on show inside as those of the ids from INSIDE on; uids and gids are needed\n" +
  "\n" +
  "See newfsidmap(1).\n";
