#!/bin/bash
# Run both services of docker-compose.yml from the image that images.sh built, with
# one run volume and as few rights as there, until both are healthy; then stop them.
# Ports are those of config/samvad.toml, on this machine's loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
store=$PWD/.cache/images
b() { command buildah --root "$store/root" --runroot "$store/runroot" "$@"; }
image=localhost/samvad:latest
volume=$(mktemp -d)
chown 990:990 "$volume" # the image's user
container='' groups=()

finish() {
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
  wait
  b rm "$container" >/dev/null 2>&1 || true
  rm -rf "$volume"
}
trap finish EXIT

container=$(b from "$image")
root=$(b mount "$container")

confined() { # command ...: in the image, in a mount namespace of its own
  unshare --mount --propagation private scripts/as_compose_does.sh "$root" "$volume" "$@"
}

start() { # SERVICE: with its output in .cache/images
  setsid unshare --mount --propagation private scripts/as_compose_does.sh \
    "$root" "$volume" docker/entry "$1" >"$store/$1.log" 2>&1 &
  groups+=($!)
}

healthy() { # SERVICE: wait until docker/healthy says so, for 60 s at most
  local tries=0
  until confined docker/healthy "$1" >"$store/health.log" 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 30 ] || ! kill -0 "${groups[-1]}" 2>/dev/null; then
      echo "$1 is not healthy:"; tail -n 15 "$store/$1.log"; tail -n 3 "$store/health.log"; exit 1
    fi
    sleep 1
  done
  echo "$1 is healthy"
}

start asterisk; healthy asterisk
start samvad; healthy samvad
confined docker/entry backup run/try.backup >"$store/backup.log" 2>&1 ||
  { echo "no backup was made:"; tail -n 5 "$store/backup.log"; exit 1; }
confined docker/entry backup verify run/try.backup
if confined touch /srv/samvad/x 2>/dev/null; then echo "the root can be written"; exit 1; fi
echo "Both services run from $image."
