# A container engine for the run, sourced by `.ci/run`: the one that answers, else one of its own in a temporary folder,
# which `stop_engine` ends again.

engine_folder=
engine_process=

engine_answers() {
    command -v docker >/dev/null && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

start_engine() {
    if engine_answers; then
        echo "an engine answers: $(docker version --format '{{.Server.Version}}')"
        return
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "no container engine answers, and only root may start one" >&2
        return 1
    fi
    if ! command -v dockerd >/dev/null || ! command -v runc >/dev/null || ! command -v docker >/dev/null; then
        install_packages docker.io containerd runc
    fi
    sweep_engines
    engine_folder=$(mktemp -d -t backstop-engine-XXXXXX)
    local driver
    for driver in overlay2 vfs; do
        run_dockerd "$driver" && return
    done
    echo "dockerd does not start:" >&2
    tail -n 20 "$engine_folder/dockerd.log" >&2
    return 1
}

# An engine that was killed leaves the network namespaces of its containers, and with them their addresses: on the same
# bridge they answer for new containers now and then, and refuse.
sweep_engines() {
    local folder namespace
    for folder in "${TMPDIR:-/tmp}"/backstop-engine-*; do
        [ -d "$folder" ] || continue
        if [ -e "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; then continue; fi
        for namespace in "$folder"/run/netns/*; do
            umount "$namespace" 2>/dev/null || true
        done
        rm -rf "$folder" 2>/dev/null || true
    done
}

run_dockerd() {
    # The packaged service may have started an engine already, right after its installation.
    mkdir -p "$engine_folder/run"
    # Addresses of this engine's own, as another that was killed may have left some behind where nobody can sweep.
    local addresses="10.$((RANDOM % 200 + 30)).$((RANDOM % 256)).1/24"
    dockerd --data-root "$engine_folder/data" --exec-root "$engine_folder/run" --pidfile "$engine_folder/pid" \
        --host "unix://$engine_folder/docker.sock" --storage-driver "$1" --bip "$addresses" >"$engine_folder/dockerd.log" 2>&1 &
    engine_process=$!
    export DOCKER_HOST=unix://$engine_folder/docker.sock
    local tries
    for ((tries = 0; tries < 60; tries++)); do
        if engine_answers; then
            echo "engine started: $(docker version --format '{{.Server.Version}}'), storage driver $1"
            return
        fi
        kill -0 "$engine_process" 2>/dev/null || break
        sleep 0.5
    done
    end_dockerd
    return 1
}

end_dockerd() {
    [ -n "$engine_process" ] || return 0
    kill "$engine_process" 2>/dev/null || true
    wait "$engine_process" 2>/dev/null || true
    engine_process=
    unset DOCKER_HOST
}

stop_engine() {
    end_dockerd
    [ -n "$engine_folder" ] || return 0
    rm -rf "$engine_folder"
    engine_folder=
}
