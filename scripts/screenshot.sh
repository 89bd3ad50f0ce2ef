#!/bin/sh
# Pictures a report: scripts/screenshot.sh FILE.html OUT.png [WIDTH [HEIGHT]]
# A PDF as it prints instead: OUT.pdf. Needs chromium (apt-get install chromium).
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,3s/^# //p' "$0" >&2
    exit 2
fi
file=$(realpath "$1")
picture=$2
width=${3:-1200}
height=${4:-1500}
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ]; then
    echo "chromium is not installed: apt-get install chromium" >&2
    exit 1
fi
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
case $picture in
*.pdf) set -- "--print-to-pdf=$picture" --no-pdf-header-footer ;;
*) set -- "--screenshot=$picture" "--window-size=$width,$height" --hide-scrollbars ;;
esac
"$browser" --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$profile" "$@" "file://$file" 2>"$profile/log" || {
    cat "$profile/log" >&2
    exit 1
}
test -s "$picture"
echo "$picture"
