#!/bin/sh
# As root, in a mount namespace of its own: run a command as nobody, without any
# right, in a tree that is read-only.
#
#   unshare --mount confined.sh PROJECT PYTHON_PREFIX command ...
#
# What the systemd units and the containers do, as far as it goes without them.
set -eu
project=$1 prefix=$2
shift 2

may_enter() { setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$1"; }

# The topmost folder on the way to $1 that nobody may not enter; / if there is none.
closed_above() {
  way=$1 found=/
  while [ "$way" != / ]; do
    may_enter "$way" || found=$way
    way=$(dirname "$way")
  done
  echo "$found"
}

# Such a folder (/root) is covered, and only what is needed shows through.
for place in "$prefix" "$project"; do
  closed=$(closed_above "$place")
  [ "$closed" = / ] && continue
  kept=$(mktemp -d)
  mount --bind "$place" "$kept"
  mount -t tmpfs -o mode=755 tmpfs "$closed"
  mkdir -p "$place"
  mount --move "$kept" "$place"
  rmdir "$kept"
done

mount --bind "$project" "$project"
mount -o remount,bind,ro "$project"
cd "$project"
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- "$@"
