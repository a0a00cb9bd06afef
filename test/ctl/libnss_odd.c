// SPDX-License-Identifier: MIT
//
// A module of the C library's name service, for the tests: uid 4000 has a name that is a line besides.

#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum nss_status _nss_odd_getpwuid_r(uid_t uid, struct passwd *user, char *strings, size_t size, int *error) {
  if (uid != 4000)
    return NSS_STATUS_NOTFOUND;
  if (snprintf(strings, size, "odd:1:1\nbob") >= (int)size) {
    *error = ERANGE;
    return NSS_STATUS_TRYAGAIN;
  }
  memset(user, 0, sizeof *user);
  user->pw_name = strings;
  user->pw_passwd = user->pw_gecos = user->pw_dir = user->pw_shell = "";
  user->pw_uid = user->pw_gid = uid;
  return NSS_STATUS_SUCCESS;
}
