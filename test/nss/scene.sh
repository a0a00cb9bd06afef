#!/bin/sh
# SPDX-License-Identifier: MIT
#
# scene.sh SCENE LIBRARIES COMMAND...: runs COMMAND where SCENE/etc lies over /etc, SCENE/lib over the
# directory LIBRARIES of the C library and SCENE/extrausers over /var/lib/extrausers. To be started in
# a mount namespace of its own: `unshare --mount`.
set -e
scene=$1 libraries=$2
shift 2
mount -t overlay scene -o "lowerdir=$scene/etc:/etc" /etc
mount -t overlay scene -o "lowerdir=$scene/lib:$libraries" "$libraries"
mount --bind "$scene/extrausers" /var/lib/extrausers
cd /
exec "$@"
