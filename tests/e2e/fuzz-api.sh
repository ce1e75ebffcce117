#!/usr/bin/env bash
# Sends generated requests, right and wrong ones, to a service and judges every answer by the OpenAPI document.
#
#   tests/e2e/fuzz-api.sh [seconds]
#   tests/e2e/fuzz-api.sh [--url URL --key KEY] [--seconds N | --examples N] [--seed N]
#
# Without a URL it starts a service of its own. `--seconds` tries new requests until the time is over; `--examples` is a
# bounded number of requests for each operation, the same ones with the same seed. Schemathesis is looked for in this
# order: the program that BACKSTOP_TEST_SCHEMATHESIS names, `st` in PATH, an environment of its own below cargo's target
# folder, which is made once, with the Python of this machine or one that the system's package manager installs.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=4.32.5
target=${CARGO_TARGET_DIR:-target}
url=
key=
seconds=60
examples=
seed=
while [ $# -gt 0 ]; do
    case $1 in
    --url | --key | --seconds | --examples | --seed)
        declare "${1#--}=${2:?"$1 needs a value"}"
        shift 2
        ;;
    -*)
        echo "unknown option $1" >&2
        exit 2
        ;;
    *)
        seconds=$1
        shift
        ;;
    esac
done
if [ -n "$url" ] && [ -z "$key" ]; then
    echo "--url needs --key" >&2
    exit 2
fi

say() {
    echo "fuzz-api: $*"
}

# Nothing for other programs: `st` is also the name of a terminal. Schemathesis gives itself the name of its file.
version_of() {
    timeout 60 "$1" --version </dev/null 2>/dev/null | sed -nE 's/^(st|schemathesis), version ([0-9.]+)$/\2/p' || true
}

install_python() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "only root on a system with apt-get could install python3 and python3-venv" >&2
        return 1
    fi
    say "installing python3 and python3-venv by apt-get"
    local packages=(python3 python3-venv)
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null 2>&1 ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null; }
}

# $1: the Python that makes the environment
make_environment() {
    command -v "$1" >/dev/null || { echo "no $1 on this machine" >&2; return 1; }
    rm -rf "$tools/venv"
    "$1" -m venv "$tools/venv" >&2 &&
        "$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check "schemathesis==$version" >&2
}

# Sets `fuzzer`.
find_fuzzer() {
    local named=${BACKSTOP_TEST_SCHEMATHESIS:-} found
    if [ -n "$named" ]; then
        fuzzer=$named
        found=$(version_of "$fuzzer")
        [ -n "$found" ] || { echo "BACKSTOP_TEST_SCHEMATHESIS names $named, which is no schemathesis" >&2; return 1; }
        say "schemathesis $found, as BACKSTOP_TEST_SCHEMATHESIS says: $fuzzer"
        return
    fi
    if fuzzer=$(command -v st); then
        found=$(version_of "$fuzzer")
        case $found in
        4.*)
            say "schemathesis $found in PATH: $fuzzer"
            return
            ;;
        esac
        say "$fuzzer is no schemathesis 4"
    fi
    tools=$target/fuzz-api
    mkdir -p "$tools"
    tools=$(realpath "$tools")
    fuzzer=$tools/venv/bin/st
    # Two runs at once would tear each other's environment down.
    exec 9>"$tools/lock"
    if command -v flock >/dev/null; then
        flock 9
    fi
    if [ "$(version_of "$fuzzer")" = "$version" ]; then
        say "schemathesis $version, made by an earlier run: $fuzzer"
    elif make_environment python3; then
        say "schemathesis $version, made by this machine's python3 and pip: $fuzzer"
    elif install_python && make_environment /usr/bin/python3; then
        say "schemathesis $version, made by the python3 that apt-get installed and pip: $fuzzer"
    else
        echo "there is no schemathesis: BACKSTOP_TEST_SCHEMATHESIS names none, st is not in PATH, and none can be" \
            "installed" >&2
        return 1
    fi
    exec 9>&-
}

find_fuzzer
fuzzer=$(realpath --no-symlinks "$fuzzer")

service=${BACKSTOP_TEST_BIN:-}
if [ -z "$url" ] && [ -z "$service" ]; then
    cargo build --quiet --bin backstop
    service=$target/debug/backstop
fi
[ -z "$service" ] || service=$(realpath "$service")

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

# Sets `url` and `key`.
start_service() {
    export BACKSTOP_DATA_DIR=$folder/data
    # One fuzzer has one address: it would soon lock itself out of what is to be tested.
    export BACKSTOP_GUARD__MAX_ATTEMPTS=1000000
    BACKSTOP_SERVER__LISTEN=127.0.0.1:0 "$service" serve >"$folder/said" 2>"$folder/log" &
    process=$!
    for _ in $(seq 200); do
        url=$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$folder/said" | head -n 1 || true)
        [ -z "$url" ] || break
        kill -0 "$process" 2>/dev/null || break
        sleep 0.1
    done
    if [ -z "$url" ]; then
        echo "the service does not start:" >&2
        cat "$folder/said" "$folder/log" >&2
        return 1
    fi
    key=$("$service" create-client fuzz --scopes codes:read,codes:write,codes:redeem --json |
        sed -E 's/.*"key": *"([^"]*)".*/\1/')
}

[ -n "$url" ] || start_service

bounds=(--workers 2 --max-time "$seconds")
if [ -n "$examples" ]; then
    # What several workers send at once depends on their luck.
    bounds=(--workers 1 --max-examples "$examples" --generation-database none)
fi
[ -z "$seed" ] || bounds+=(--seed "$seed")

status=0
"$fuzzer" --config-file "$config" --no-color run "$url/api/openapi.json" \
    --header "Authorization: Bearer $key" --checks all --continue-on-failure "${bounds[@]}" || status=$?
if [ "$status" != 0 ] && [ -n "$process" ]; then
    echo "the last words of the service:" >&2
    tail -n 20 "$folder/log" >&2
fi
exit "$status"
