// SPDX-License-Identifier: MIT

/** What userns --help prints. */
export const HELP =
  "usage: userns [options] [--] [program [argument...]]\n" +
  "Run a program, or the shell, in a new user namespace with the ids that the caller may map.\n" +
  "\n" +
  "Namespaces besides the user namespace:\n" +
  "  -m, --mount  -u, --uts  -i, --ipc  -n, --net  -p, --pid  -C, --cgroup  -T, --time\n" +
  "\n" +
  "Ids; without any of these inside 0 is the own id and the granted ranges follow from 1:\n" +
  "  -r, --map-root-user      the own ids are 0 inside\n" +
  "  -c, --map-current-user   the own ids are the same inside\n" +
  "  --map-users=RANGE        uids: inner:outer:count, auto (granted ranges) or all (all as they are)\n" +
  "  --map-groups=RANGE       the same for gids; both may be repeated\n" +
  "  --map-auto               --map-users=auto --map-groups=auto\n" +
  "  --uid-map=TEXT|@FILE     the whole map: lines of inside outside count, or JSON as in config.json\n" +
  "  --gid-map=TEXT|@FILE     the same for gids\n" +
  "  --setgroups=allow|deny   whether setgroups(2) works inside\n" +
  "  -S, --setuid=UID         take this uid of the namespace's\n" +
  "  -G, --setgid=GID         take this gid of the namespace's\n" +
  "\n" +
  "The program:\n" +
  "  -f, --fork               run it in a child, and wait\n" +
  "  --kill-child[=SIGNAL]    send it SIGNAL (KILL) when userns ends; implies -f\n" +
  "  --mount-proc[=DIR]       mount a proc file system on DIR (/proc); implies -m\n" +
  "  --propagation=private|shared|slave|unchanged\n" +
  "                           of the mounts, with -m (private)\n" +
  "  --bind=SOURCE:TARGET[:ro]\n" +
  "                           bind SOURCE, with other ids on disk, on TARGET by newfsidmap; implies -m\n" +
  "  --fsid-map=MAP           its ids: u:, g: or b:INSIDE:DISK:COUNT; both may be repeated\n" +
  "  -R, --root=DIR           change the root directory\n" +
  "  -w, --wd=DIR             change the working directory\n" +
  "  --keep-caps              pass the capabilities of the namespace on, whatever the uid\n" +
  "  --no-new-privs           let neither setuid nor file capabilities give it more\n" +
  "  --disable-userns         let it make no further user namespace\n" +
  "  --preserve-fds=N         leave N descriptors from 3 on open; the others are closed\n" +
  "\n" +
  "  -h, --help               print this text\n" +
  "  -V, --version            print the version\n" +
  "\n" +
  "The exit status is the program's; 125 if userns failed, 126 if it could not be run, 127 if it was not found.\n" +
  "See userns(1).\n";
