#!/bin/bash
# Run a command in an unpacked image as docker-compose.yml would: as the image's user,
# without capabilities or new privileges, on a root that is read-only but for the
# volume and /tmp. For try_images.sh, where there is no Docker.
#
#   unshare --mount --propagation private as_compose_does.sh ROOT VOLUME command ...
set -euo pipefail
root=$1 volume=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$volume" "$root/srv/samvad/run"
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec,size=256m tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
mount -o remount,bind,ro "$root"
exec chroot "$root" /usr/bin/setpriv --reuid samvad --regid samvad --clear-groups \
  --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
  env -i PATH=/srv/samvad/.venv/bin:/usr/local/bin:/usr/bin:/bin HOME=/srv/samvad \
  PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 \
  /bin/sh -c 'cd /srv/samvad && exec "$@"' sh "$@"
