#!/usr/bin/env bash
# Sends generated requests, right and wrong ones, to a service of its own and judges every answer by the OpenAPI
# document.
#
#   tests/e2e/fuzz-api.sh [seconds]
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
tools=${CARGO_TARGET_DIR:-target}/fuzz-api
mkdir -p "$tools"

fuzzer=$tools/venv/bin/schemathesis
if [ ! -x "$fuzzer" ]; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet 'schemathesis>=4.20,<5'
fi

service=${BACKSTOP_TEST_BIN:-}
if [ -z "$service" ]; then
    cargo build --quiet --bin backstop
    service=${CARGO_TARGET_DIR:-target}/debug/backstop
fi
service=$(realpath "$service")
fuzzer=$(realpath --no-symlinks "$fuzzer")

# Settings of the caller are not the ones to be tested.
for name in $(compgen -e | grep '^BACKSTOP_' || true); do
    unset "$name"
done

folder=$(mktemp -d)
process=
finish() {
    if [ -n "$process" ]; then
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
config=$PWD/tests/e2e/schemathesis.toml
cd "$folder"

export BACKSTOP_DATA_DIR=$folder/data
# One fuzzer has one address: it would soon lock itself out of what is to be tested.
export BACKSTOP_GUARD__MAX_ATTEMPTS=1000000
BACKSTOP_SERVER__LISTEN=127.0.0.1:0 "$service" serve >"$folder/said" 2>"$folder/log" &
process=$!
address=
for _ in $(seq 200); do
    address=$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$folder/said" | head -n 1 || true)
    [ -z "$address" ] || break
    kill -0 "$process" 2>/dev/null || break
    sleep 0.1
done
if [ -z "$address" ]; then
    echo "the service does not start:" >&2
    cat "$folder/said" "$folder/log" >&2
    exit 1
fi

key=$("$service" create-client fuzz --scopes codes:read,codes:write,codes:redeem --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["key"])')

status=0
"$fuzzer" --config-file "$config" --no-color run "$address/api/openapi.json" \
    --header "Authorization: Bearer $key" \
    --checks all --max-time "$seconds" --workers 2 --continue-on-failure || status=$?
if [ "$status" != 0 ]; then
    echo "the last words of the service:" >&2
    tail -n 20 "$folder/log" >&2
fi
exit "$status"
