#!/usr/bin/env bash
# Installs the newest Home Assistant that this machine can run, into the user's cache.
#
#   install.sh           installs; what is there already stays. Where none can run it says why.
#   install.sh --where   prints the directory of the installation, or on stderr why there is none
#
# HOMEASSISTANT_VERSION asks for a certain one, HOMEASSISTANT_PYTHON for an interpreter. The newest
# needs Python 3.14: where there is none, but root and debootstrap, a small Debian tree gets it; else
# an older Home Assistant runs on Python 3.13.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=${HOMEASSISTANT_VERSION:-}
home=${XDG_CACHE_HOME:-$HOME/.cache}/powerwall-mqtt/homeassistant-${version:-newest}
venv=$home/venv
tree=$home/debian

# interpreter MINOR: a Python 3.MINOR that is found here; the first patches of 3.14 will not do.
interpreter() {
    local candidate
    for candidate in "python3.$1" ~/.pyenv/versions/3."$1".*/bin/python; do
        if "$candidate" -c "import sys, venv
sys.exit(sys.version_info[1] != $1 or (3, 14) <= sys.version_info < (3, 14, 2))" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

may_make_tree() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && unshare --mount true 2>/dev/null
}

why_not() {
    if [ -e "$home/ready" ] || [ -n "${HOMEASSISTANT_PYTHON:-}" ] || interpreter 14 >/dev/null || may_make_tree; then return; fi
    interpreter 13 >/dev/null ||
        echo "no Home Assistant can run here: it needs Python 3.14.2 (or 3.13), or root on Debian"
}

# inside COMMAND...: run it where Home Assistant lives
inside() {
    if [ -d "$tree" ]; then
        env -u PIP_FIND_LINKS chroot "$tree" "$@"
    else
        "$@"
    fi
}

make_tree() {
    [ -x "$tree/usr/bin/python3.14" ] && return
    echo "a Debian tree with Python 3.14 in $tree"
    if ! command -v debootstrap >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            debootstrap debian-archive-keyring >/dev/null
    fi
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -m1 '/debian/*$' || true)
    rm -rf --one-file-system "$tree.part"
    # shellcheck disable=SC2086
    debootstrap --variant=minbase \
        --include=python3.14,python3.14-venv,python3.14-dev,g++,ca-certificates \
        testing "$tree.part" $mirror >"$home/debootstrap.log" 2>&1 ||
        { tail -20 "$home/debootstrap.log" >&2; return 1; }
    cp /etc/resolv.conf /etc/hosts "$tree.part/etc/"
    cp /etc/ssl/certs/ca-certificates.crt "$tree.part/etc/ssl/certs/"
    mv "$tree.part" "$tree"
}

install() {
    local python
    mkdir -p "$home"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    unset PYTHONPATH
    if python=${HOMEASSISTANT_PYTHON:-$(interpreter 14)}; then
        :
    elif may_make_tree; then
        make_tree
        venv=/opt/homeassistant python=python3.14
    else
        python=$(interpreter 13)
    fi
    echo "Home Assistant for $(inside "$python" --version)"
    inside "$python" -m venv --clear "$venv"
    inside "$venv/bin/python" -m pip install -q uv
    inside "$venv/bin/uv" pip install -q --python "$venv/bin/python" \
        "homeassistant${version:+==$version}"
    inside "$venv/bin/python" - <"$here/needs.py" >"$home/needs.txt"
    # What the integrations need is pinned by Home Assistant itself.
    # shellcheck disable=SC2046
    inside "$venv/bin/uv" pip install -q --python "$venv/bin/python" $(cat "$home/needs.txt")
    inside "$venv/bin/python" -c 'from homeassistant.const import __version__ as v; print(v)' \
        >"$home/version"
    rm -rf "$tree/root/.cache" "$tree"/var/cache/apt/archives/*.deb
    echo "$venv" >"$home/ready"
    echo "Home Assistant $(cat "$home/version") is in $home"
}

reason=$(why_not)
if [ "${1:-}" = --where ]; then
    if [ -e "$home/ready" ]; then
        echo "$home"
        exit 0
    fi
    echo "${reason:-Home Assistant is not installed: run make test-homeassistant}" >&2
    exit 1
fi
if [ -n "$reason" ]; then
    echo "$reason"
elif [ ! -e "$home/ready" ]; then
    install
fi
