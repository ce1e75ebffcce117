#!/bin/sh
# What the indexes for lists over the audit trail cost a redemption: the transaction of one, by pgbench, on the schema as it
# is, with them and without them in turns. Needs PostgreSQL's programs on the PATH; run as root it takes the user nobody.
#   tests/bench/trail-indexes.sh [rounds] [seconds] [callers]
set -eu
rounds=${1:-6} seconds=${2:-8} callers=${3:-8}
here=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
export PATH
home=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown nobody "$home"
cd /
trap 'as pg_ctl -D "$home/data" -m immediate stop >/dev/null 2>&1; rm -rf "$home"' EXIT
as initdb -D "$home/data" -A trust -U owner >/dev/null
as pg_ctl -D "$home/data" -w -o "-k $home -c listen_addresses=''" -l "$home/log" start >/dev/null
# What the server has spent of the processor for connections that have ended, in ticks.
spent() { sleep 0.2; awk '{ print $16 + $17 }' "/proc/$(head -n 1 "$home/data/postmaster.pid")/stat"; }
sql() { PGOPTIONS='-c client_min_messages=warning' psql -h "$home" -U owner -d postgres -qAt -v ON_ERROR_STOP=1 "$@"; }
for migration in "$here"/adapters/postgres/migrations/*.sql; do sql -f "$migration" >/dev/null; done
codes=$((rounds * 3 * seconds * 12000))
[ "$codes" -le 1500000 ] || codes=1500000
sql <<SQL
CREATE FUNCTION of(bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT lpad(to_hex(\$1 * 2654435761), 32, ''0'')::uuid';
INSERT INTO accounts (id, subject, email_confirmed, notify_emails, role, created_at, modified_at)
SELECT of(n), 'user ' || n, false, '{}', 'user', '2026-01-01Z', '2026-01-01Z' FROM generate_series(1, $codes / 10) n;
INSERT INTO batches (id, account_id, profile, issued, used, invalidated, removed, purged, created_at, modified_at)
SELECT of(n), of(n), 'classic', 10, 0, 0, 0, 0, '2026-01-01Z', '2026-01-01Z' FROM generate_series(1, $codes / 10) n;
INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier)
SELECT of(n), of(n % ($codes / 10) + 1), 0, sha256(of(n)::text::bytea), 'k1', 'keyed' FROM generate_series(1, $codes) n;
INSERT INTO audit_entries (id, at, kind, actor_kind, actor_id, account_id, ip, request_id, network)
SELECT gen_random_uuid(), '2026-01-01Z'::timestamptz + n * interval '1 second', (ARRAY['redeemed', 'generated', 'viewed'])[n % 3 + 1],
'client', of(n % 5), of(n % 50000), '192.0.2.1', gen_random_uuid(), '192.0.' || n % 250 || '.0/24' FROM generate_series(1, 500000) n;
CREATE SEQUENCE turn;
VACUUM ANALYZE;
SQL
cat > "$home/redeem.sql" <<'SQL'
SELECT nextval('turn') AS n \gset
BEGIN;
SELECT 1 FROM accounts a JOIN batches b ON b.account_id = a.id JOIN codes c ON c.batch_id = b.id WHERE c.id = of(:n) FOR UPDATE OF a;
WITH used AS (UPDATE codes SET status = 1, status_since = clock_timestamp() WHERE id = of(:n) AND status = 0 RETURNING batch_id)
UPDATE batches b SET used = used + 1, modified_at = clock_timestamp() FROM used WHERE b.id = used.batch_id;
WITH written AS (INSERT INTO audit_entries (id, at, kind, actor_kind, actor_id, account_id, batch_id, count, ip, user_agent, request_id, network)
SELECT gen_random_uuid(), clock_timestamp(), 'redeemed', 'client', of(1), b.account_id, b.id, 1, '192.0.2.1', 'Mozilla/5.0', gen_random_uuid(), '192.0.' || :n % 250 || '.0/24'
FROM codes c JOIN batches b ON b.id = c.batch_id WHERE c.id = of(:n))
INSERT INTO recoveries (id, account_id, batch_id, code_id, at, owed, settled)
SELECT gen_random_uuid(), b.account_id, b.id, c.id, clock_timestamp(), 3, 0 FROM codes c JOIN batches b ON b.id = c.batch_id WHERE c.id = of(:n);
COMMIT;
SQL
chmod -R a+rX "$home/redeem.sql"
drop_all='DROP INDEX IF EXISTS audit_entries_by_kind, audit_entries_by_actor, audit_entries_by_network, audit_entries_by_request, audit_entries_by_actor_kind'
four="CREATE INDEX audit_entries_by_kind ON audit_entries (kind, at, id);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_entries_by_network ON audit_entries (network, at, id) WHERE network IS NOT NULL;
CREATE INDEX audit_entries_by_request ON audit_entries (request_id) WHERE request_id IS NOT NULL"
fifth='CREATE INDEX audit_entries_by_actor_kind ON audit_entries (actor_kind, at, id)'
round=0
while [ "$round" -lt "$rounds" ]; do
    for arm in none four five; do
        sql -c "$drop_all"
        [ "$arm" = none ] || sql -c "$four"
        [ "$arm" = five ] && sql -c "$fifth"
        sql -c CHECKPOINT
        before=$(spent)
        pgbench -h "$home" -U owner -n -M prepared -f "$home/redeem.sql" -c "$callers" -j 2 -T "$seconds" postgres >"$home/out" 2>/dev/null
        after=$(spent)
        rate=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$home/out")
        done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$home/out")
        echo "$arm $rate $(awk "BEGIN { print ($after - $before) / $done }")"
    done
    round=$((round + 1))
done | tee "$home/rates"
awk '$1 == "none" { rate = $2; cost = $3; next } { print $1, $2 / rate, $3 / cost }' "$home/rates" | sort >"$home/ratios"
for arm in four five; do
    for what in 2 3; do
        awk -v arm="$arm" -v what="$what" '$1 == arm { print $what }' "$home/ratios" | sort -n >"$home/sorted"
        awk -v arm="$arm" -v what="$what" '{ all[NR] = $1 } END { printf "%s indexes: %s %.2f of that without them, median of %d rounds (%.2f to %.2f)\n",
            arm, what == 2 ? "throughput" : "processor time of the server a redemption", (all[int((NR + 1) / 2)] + all[int((NR + 2) / 2)]) / 2, NR, all[1], all[NR] }' "$home/sorted"
    done
done
