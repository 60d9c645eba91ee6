#!/usr/bin/env bash
# Runs the tests on every Python from 3.11 to 3.14 that is found here, each in its own environment.
set -euo pipefail
cd "$(dirname "$0")/.."
tests/need.sh
ran=0
for minor in 11 12 13 14; do
    python=
    for candidate in "python3.$minor" ~/.pyenv/versions/3."$minor".*/bin/python; do
        if "$candidate" -c "import sys; sys.exit(sys.version_info[1] != $minor)" 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "== Python 3.$minor: not found here, skipped"
        continue
    fi
    echo "== Python 3.$minor: $python"
    make --no-print-directory VENV=.venv-3."$minor" PYTHON="$python" test
    ran=$((ran + 1))
done
[ "$ran" -gt 0 ]
