#!/bin/bash
# Run both services of docker-compose.yml from the image that images.sh built,
# with one run volume, until both are healthy; then stop them. Ports are those of
# config/samvad.toml, on this machine's loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
store=$PWD/.cache/images
b() { command buildah --root "$store/root" --runroot "$store/runroot" "$@"; }
image=localhost/samvad:latest
volume=$(mktemp -d)
chown 990:990 "$volume" # the image's user
containers=() groups=()

finish() {
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
  wait
  for container in "${containers[@]}"; do b rm "$container" >/dev/null 2>&1 || true; done
  rm -rf "$volume"
}
trap finish EXIT

start() { # SERVICE: its container, running, with its output in .cache/images
  local container
  container=$(b from "$image")
  containers+=("$container")
  setsid buildah --root "$store/root" --runroot "$store/runroot" run \
    --volume "$volume:/srv/samvad/run" "$container" -- docker/entry "$1" \
    >"$store/$1.log" 2>&1 &
  groups+=($!)
}

healthy() { # SERVICE: wait until docker/healthy says so, for 60 s at most
  local container=${containers[-1]} tries=0
  until b run --volume "$volume:/srv/samvad/run" "$container" -- \
    docker/healthy "$1" >"$store/health.log" 2>&1; do
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
echo "Both services run from $image."
