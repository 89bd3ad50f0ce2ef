#!/bin/bash
# For developers: does a bare machine get from `git clone` to a passed demo?
#
#   scripts/clean_room.sh [-k] [-s SUITE] [COMMAND ...]
#
# Makes a root folder of Debian (default bookworm) with only python3, make, git,
# ca-certificates and sudo added, clones this repository's HEAD into it and runs
# each command there, timed; default: make demo, make demo again, make test.
# -k keeps the root folder afterwards. Needs root and mmdebstrap.
#
# The room reaches packages as this machine does: it gets this machine's apt and
# pip settings, certificates and the local folders that those name.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
suite=bookworm keep=
while getopts ks: option; do
  case $option in
    k) keep=1 ;;
    s) suite=$OPTARG ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- "make demo" "make demo" "make test"

[ "$(id -u)" = 0 ] || { echo "Root is needed to make and enter a root folder."; exit 1; }
command -v mmdebstrap >/dev/null ||
  { echo "Install it first: apt-get install mmdebstrap"; exit 1; }
work=$project/.cache/clean-room
room=$work/$suite
if [ "${IN_CLEAN_ROOM:-}" != 1 ]; then
  # A mount namespace of its own: whatever the room has mounted goes away with
  # it, so that what is deleted afterwards is the room and nothing else.
  rm -rf "$room"
  mkdir -p "$work"
  code=0
  IN_CLEAN_ROOM=1 unshare --mount --propagation private "$0" -s "$suite" "$@" ||
    code=$?
  if [ -n "$keep" ]; then echo "Kept: $room"; else rm -rf "$room"; fi
  exit $code
fi

# Settings that say how to reach packages; $room gets the same.
settings=(/etc/apt/apt.conf /etc/apt/apt.conf.d /etc/apt/auth.conf
  /etc/apt/auth.conf.d /etc/pip.conf /etc/xdg/pip /etc/resolv.conf /etc/hosts
  /etc/ssl/certs /usr/local/share/ca-certificates /etc/npmrc)
. "$project/scripts/machine_settings.sh"
environment=$(machine_environment)

build_room() {
  local sources=()
  if grep -qs "^VERSION_CODENAME=$suite" /etc/os-release; then
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
      [ -s "$file" ] && sources+=("$file")
    done
  fi
  local command=(mmdebstrap --variant=apt
    --include=python3,make,git,ca-certificates,sudo
    "$suite" "$room" "${sources[@]}")
  "${command[@]}" >"$work/mmdebstrap.log" 2>&1 && return
  if grep -q "is expired (invalid since" "$work/mmdebstrap.log"; then
    echo "The mirror of $suite is past its date: going on, signatures are checked."
    rm -rf "$room"
    "${command[@]}" --aptopt='Acquire::Check-Valid-Until "false"' \
      >"$work/mmdebstrap.log" 2>&1 && return
  fi
  tail -5 "$work/mmdebstrap.log"
  return 1
}

copy_settings() {
  for path in "${settings[@]}"; do
    [ -e "$path" ] || continue
    rm -rf "${room:?}$path"
    mkdir -p "$room$(dirname "$path")"
    cp -aL "$path" "$room$path" 2>/dev/null || true
  done
  mkdir -p "$room/root/.config/pip"
  for path in "${pip_files[@]:1}"; do
    [ -e "$path" ] && cp "$path" "$room/root/.config/pip/pip.conf"
  done
  [ ! -e ~/.npmrc ] || cp ~/.npmrc "$room/root/.npmrc"
  local_index_folders | while read -r folder; do
    mkdir -p "$room$folder"
    mount --bind -o ro "$folder" "$room$folder"
  done
}

inside() { # COMMAND: run it in the clone, as root, with no more than it needs
  local variables=()
  [ -z "$environment" ] || mapfile -t variables <<<"$environment"
  env -i "${variables[@]}" HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$room" sh -c "cd /root/samvad 2>/dev/null || cd /; $1" </dev/null
}

started=$SECONDS
build_room
echo "Room: $suite, $(du -sh "$room" | cut -f1), $((SECONDS - started)) s"
copy_settings
for folder in proc sys dev; do mount --rbind "/$folder" "$room/$folder"; done
git clone --quiet --no-hardlinks "$project" "$room/root/samvad"

failed=0 table=
for command in "$@"; do
  echo; echo "=== $command"
  started=$SECONDS code=0
  inside "$command" || code=$?
  [ "$code" = 0 ] || failed=1
  table+=$(printf '%-20s exit %-3s %5s s' "$command" "$code" $((SECONDS - started)))$'\n'
done
echo; echo "In a clean clone on a bare Debian $suite:"; printf '%s' "$table"
exit $failed
