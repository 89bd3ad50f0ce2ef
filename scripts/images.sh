#!/bin/bash
# Build the container image without a Docker engine, by buildah, and try it:
# the same docker/Dockerfile as `docker compose build`.
#
#   scripts/images.sh [build|try|remove]     default: build, then try
#
# The base is made by mmdebstrap from Debian's own packages, so no image registry
# is asked. The image lies in .cache/images.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
cd "$project"
. scripts/machine_settings.sh
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
store=$project/.cache/images
BASE=localhost/debian:forky-slim
IMAGE=localhost/samvad:latest

[ "$(id -u)" = 0 ] || { echo "Root is needed here: sudo make images"; exit 1; }
missing=
for program in buildah mmdebstrap; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -n "$missing" ]; then
  echo "Installing$missing"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing \
    >/dev/null || { echo "It failed: apt-get update, then again."; exit 1; }
fi
b() { command buildah --root "$store/root" --runroot "$store/runroot" "$@"; }

say() { printf '%s (%s s)\n' "$1" "$((SECONDS - since))"; since=$SECONDS; }
since=$SECONDS

mirror() { # the first Debian mirror that this machine uses itself
  python3 -B -c "
import sys; sys.path.insert(0, 'scripts')
from apt_sources import debian_sources
print(debian_sources('forky')[0].line(), end='')"
}

base() {
  if b images --quiet "$BASE" >/dev/null 2>&1; then return; fi
  mkdir -p "$store"
  local tar=$store/forky.tar
  local command=(mmdebstrap --variant=apt --include=ca-certificates
    '--dpkgopt=path-exclude=/usr/share/doc/*' '--dpkgopt=path-exclude=/usr/share/man/*'
    '--aptopt=APT::Install-Recommends "false"' forky "$tar" "$(mirror)")
  if ! "${command[@]}" 2>"$store/base.log"; then
    grep -q "is expired (invalid since" "$store/base.log" ||
      { tail -5 "$store/base.log"; exit 1; }
    echo "The mirror is past its date: going on, its signature is still checked."
    "${command[@]}" --aptopt='Acquire::Check-Valid-Until "false"' \
      2>"$store/base.log" || { tail -5 "$store/base.log"; exit 1; }
  fi
  local container
  container=$(b from scratch)
  b add --quiet "$container" "$tar" / >/dev/null
  b config --cmd /bin/sh "$container"
  b commit --quiet --rm "$container" "$BASE" >/dev/null
  rm -f "$tar"
  say "Base $BASE"
}

build() {
  base
  local mounts=() variables=()
  for path in /etc/pip.conf /etc/npmrc /etc/ssl/certs /etc/hosts /etc/resolv.conf; do
    [ -e "$path" ] && mounts+=(--volume "$path:$path:ro")
  done
  while read -r folder; do
    mounts+=(--volume "$folder:$folder:ro")
  done < <(local_index_folders)
  while IFS= read -r line; do
    [ -n "$line" ] && variables+=(--build-arg "$line")
  done < <(machine_environment | grep -iE '^[^=]*_proxy=')
  b bud --quiet --layers "${mounts[@]}" "${variables[@]}" --build-arg BASE=$BASE \
    --tag "$IMAGE" --file docker/Dockerfile . >/dev/null
  say "Image $IMAGE, $(b images --format '{{.Size}}' "$IMAGE")"
}

try() { # both services, as docker-compose.yml runs them
  scripts/try_images.sh
}

case ${1:-all} in
  build) build ;;
  try) try ;;
  remove) b rmi --all --force >/dev/null; rm -rf "$store" ;;
  all) build; try ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
