#!/bin/sh
# Set-up of Samvad: `scripts/setup.sh demo` (to run it) or `test` (to develop it).
# Finds a Python that is new enough and hands over to setup.py beside this file.
set -eu
cd "$(dirname "$0")/.."
for python in python3 python3.14 python3.13 python3.12 python3.11; do
  if command -v "$python" >/dev/null &&
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$python" -B scripts/setup.py "$@"
  fi
done
echo "Samvad needs Python 3.11 or newer; this machine has $(python3 -V 2>/dev/null || echo none)." >&2
echo "Debian 12 and Ubuntu 24.04 bring it: sudo apt-get install python3" >&2
echo "Ubuntu 22.04: sudo apt-get install python3.11 python3.11-venv" >&2
exit 1
