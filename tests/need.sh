#!/bin/sh
# Installs the programs that the tests run, where that is allowed, else says what is missing.
#
#   need.sh           what no test can do without
#   need.sh browser   Chromium too; where there is none, tests that look at pages are skipped
set -eu

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

install() {
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

has() {
    command -v "$1" >/dev/null 2>&1
}

wanted=${1:-}
set --
has mosquitto || [ -x /usr/sbin/mosquitto ] || set -- "$@" mosquitto
has mosquitto_sub || set -- "$@" mosquitto-clients
has curl || set -- "$@" curl
has jq || set -- "$@" jq
if [ $# -gt 0 ]; then
    if ! may_install; then
        echo "The tests need: $*. Install with your package manager, for example" >&2
        echo "  sudo apt install $*        or        brew install mosquitto curl jq" >&2
        exit 1
    fi
    install "$@"
fi
if [ "$wanted" = browser ] && ! has chromium && ! has chromium-browser; then
    { may_install && install chromium; } || echo "no Chromium: pages are not looked at" >&2
fi
