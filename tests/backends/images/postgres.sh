#!/usr/bin/env bash
# Makes a container image of PostgreSQL from the programs of this machine, for places where no image registry answers.
#
#   tests/backends/images/postgres.sh [name:tag]
#
# The image speaks POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB as the public one does. It holds what is needed to
# run a server and nothing else: no package manager, no JIT, no procedural languages but PL/pgSQL.
set -euo pipefail

tag=${1:-backstop-test/postgres:local}

programs=${PG_BIN:-}
if [ -z "$programs" ]; then
    programs=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -V | tail -n 1 || true)
fi
if [ -z "$programs" ] && command -v pg_config >/dev/null; then
    programs=$(pg_config --bindir)
fi
if [ ! -x "$programs/postgres" ] || [ ! -x "$programs/initdb" ]; then
    echo "no PostgreSQL on this machine: set PG_BIN to the folder with initdb and postgres" >&2
    exit 1
fi
if [ -x "$programs/pg_config" ]; then
    share=$("$programs/pg_config" --sharedir)
    libraries=$("$programs/pg_config" --pkglibdir)
else
    share=/usr/share/postgresql/$(basename "$(dirname "$programs")")
    libraries=$(dirname "$programs")/lib
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,proc,sys,dev,tmp,run/postgresql,var/lib/postgresql,usr/bin}
# Debian compiles the older path of the run folder in.
ln -s ../run "$root/var/run"
chmod 1777 "$root/tmp"

# A program or library with everything it links to, at the path where it is looked for.
add() {
    local file
    for file in "$@"; do
        mkdir -p "$root$(dirname "$file")"
        cp -L "$file" "$root$file"
        { ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' || true; } | while read -r library; do
            if [ -f "$library" ] && [ ! -e "$root$library" ]; then
                mkdir -p "$root$(dirname "$library")"
                cp -L "$library" "$root$library"
            fi
        done
    done
}

add "$programs"/{postgres,initdb,psql,pg_ctl}
for library in "$libraries"/*.so; do
    case $(basename "$library") in
        llvmjit* | plperl* | plpython* | pltcl* | *_plperl* | *_plpython*) ;;
        *) add "$library" ;;
    esac
done
mkdir -p "$root$share"
cp -RL "$share/." "$root$share/"
if [ -d /usr/share/zoneinfo ]; then
    mkdir -p "$root/usr/share/zoneinfo"
    cp -R /usr/share/zoneinfo/. "$root/usr/share/zoneinfo/"
fi

# The tools that the entry point calls, all in /bin so that PATH is short.
for tool in sh mkdir chown chmod cat id rm setpriv; do
    from=$(readlink -f "$(command -v "$tool")")
    add "$from"
    [ -e "$root/bin/$tool" ] || cp -L "$from" "$root/bin/$tool"
done

cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/:/bin/sh
postgres:x:999:999::/var/lib/postgresql:/bin/sh
END
cat >"$root/etc/group" <<'END'
root:x:0:
postgres:x:999:
END
cat >"$root/entrypoint.sh" <<'END'
#!/bin/sh
set -eu
case "${1:-postgres}" in
    -*) set -- postgres "$@" ;;
    postgres) [ $# -gt 0 ] || set -- postgres ;;
    *) exec "$@" ;;
esac
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres:postgres /var/lib/postgresql /run/postgresql "$PGDATA"
    chmod 700 "$PGDATA"
    exec setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi
user=${POSTGRES_USER:-postgres}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "POSTGRES_PASSWORD is not set" >&2
        exit 1
    fi
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -D "$PGDATA" -U "$user" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C --no-sync
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    database=${POSTGRES_DB:-$user}
    if [ "$database" != postgres ]; then
        echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres
    fi
fi
exec "$@" -c listen_addresses='*'
END
chmod 755 "$root/entrypoint.sh"

tar -C "$root" --owner=0 --group=0 -c . | docker import \
    --change "ENV PATH=/bin:/usr/bin:$programs" \
    --change 'ENV PGDATA=/var/lib/postgresql/data' \
    --change 'EXPOSE 5432' \
    --change 'ENTRYPOINT ["/entrypoint.sh"]' \
    --change 'CMD ["postgres"]' \
    - "$tag" >/dev/null
echo "$tag made from $programs"
