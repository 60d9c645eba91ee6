#!/bin/sh
# Makes the bridge's environment of the add-on's options and of the broker that the Supervisor
# offers, and becomes the bridge: not as root, which only may read the options.
set -eu

options=${OPTIONS_FILE:-/data/options.json}
supervisor=${SUPERVISOR_URL:-http://supervisor}

twice=$(jq -r '[.gateways[].name] | group_by(.)[] | select(length > 1)[0]' "$options")
if [ -n "$twice" ]; then
    echo "Two gateways are called $twice: give each a name of its own." >&2
    exit 2
fi

# An option without value is left out, so that the bridge's own default holds.
settings=$(jq -r '
    def exports($prefix): to_entries[] | select(.value != null and .value != "")
        | "export \($prefix)\(.key | ascii_upcase)=\(.value | tostring | @sh)";
    (del(.gateways) | exports("")),
    (.gateways[] | .name as $name | del(.name) | exports("POWERWALLS__\($name)__"))
' "$options")
eval "$settings"

case ${MQTT_CA_FILE:-} in
    "" | /*) ;;
    *) export MQTT_CA_FILE="/ssl/$MQTT_CA_FILE" ;; # where Home Assistant keeps certificates
esac

if [ -z "${MQTT_HOST:-}" ]; then
    broker=$(curl -fsS --max-time 20 -H "Authorization: Bearer ${SUPERVISOR_TOKEN:-}" \
        "$supervisor/services/mqtt") || {
        echo "No MQTT broker: install the Mosquitto add-on, or set mqtt_host." >&2
        exit 1
    }
    settings=$(printf '%s' "$broker" | jq -r '
        .data | {MQTT_HOST: .host, MQTT_PORT: .port, MQTT_TLS: .ssl,
                 MQTT_USERNAME: .username, MQTT_PASSWORD: .password}
        | to_entries[] | select(.value != null and .value != "")
        | "export \(.key)=\(.value | tostring | @sh)"
    ')
    eval "$settings"
fi

unset SUPERVISOR_TOKEN HASSIO_TOKEN
export STATE_DIR="${STATE_DIR:-/data/state}"
install -d -o 10001 -g 10001 -m 0700 "$STATE_DIR"
as_bridge="setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs powerwall-mqtt"

if [ "${ACCEPT_NEW_CERTIFICATE:-}" = true ]; then
    $as_bridge check --trust || true # what was wrong stands in the log; `run` says it again
fi
exec $as_bridge run
