#!/bin/sh
# Take away what the set-up and the runs made in this folder, and nothing else.
set -eu
cd "$(dirname "$0")/.."
if [ -e run/samvad.db ]; then
  # Real answers may be in there: on a terminal, ask first.
  if [ -t 0 ] && [ "${YES:-}" != 1 ]; then
    printf 'run/ holds call data (contacts, answers, recordings). Delete it? [y/N] '
    read -r answer
    case $answer in [yY]*) ;; *) echo "Nothing deleted."; exit 1 ;; esac
  fi
fi
rm -rf .venv .asterisk .asterisk.new .asterisk.old .cache run
rm -rf ivr/web/browser/node_modules ivr/web/static/built ivr/web/static/built.new
rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
echo "Clean: .venv, .asterisk, .cache, run, the bundles and the tools' caches are gone."
