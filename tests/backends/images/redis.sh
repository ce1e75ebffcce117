#!/usr/bin/env bash
# Makes a container image of Redis from the program of this machine, for places where no image registry answers.
#
#   tests/backends/images/redis.sh [name:tag]
#
# As with the public image, arguments that are options go to redis-server, and other computers may connect.
set -euo pipefail

tag=${1:-backstop-test/redis:local}

program=${REDIS_BIN:+$REDIS_BIN/redis-server}
program=${program:-$(command -v redis-server || true)}
if [ ! -x "$program" ]; then
    echo "no Redis on this machine: set REDIS_BIN to the folder with redis-server" >&2
    exit 1
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,proc,sys,dev,tmp,data}
chmod 1777 "$root/tmp"

# A program with everything it links to, each library at the path where it is looked for.
add() {
    cp -L "$1" "$root/bin/$2"
    { ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' || true; } | while read -r library; do
        if [ -f "$library" ] && [ ! -e "$root$library" ]; then
            mkdir -p "$root$(dirname "$library")"
            cp -L "$library" "$root$library"
        fi
    done
}

add "$(readlink -f "$program")" redis-server
# The tools that the entry point calls.
for tool in sh chown id setpriv; do
    add "$(readlink -f "$(command -v "$tool")")" "$tool"
done

cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/:/bin/sh
redis:x:999:999::/data:/bin/sh
END
cat >"$root/etc/group" <<'END'
root:x:0:
redis:x:999:
END
cat >"$root/entrypoint.sh" <<'END'
#!/bin/sh
set -eu
case "${1:-redis-server}" in
    -*) set -- redis-server "$@" ;;
    redis-server) [ $# -gt 0 ] || set -- redis-server ;;
    *) exec "$@" ;;
esac
if [ "$(id -u)" = 0 ]; then
    chown redis:redis /data
    exec setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi
exec "$@" --protected-mode no
END
chmod 755 "$root/entrypoint.sh"

tar -C "$root" --owner=0 --group=0 -c . | docker import \
    --change 'ENV PATH=/bin' \
    --change 'WORKDIR /data' \
    --change 'EXPOSE 6379' \
    --change 'ENTRYPOINT ["/entrypoint.sh"]' \
    --change 'CMD ["redis-server"]' \
    - "$tag" >/dev/null
echo "$tag made from $program"
