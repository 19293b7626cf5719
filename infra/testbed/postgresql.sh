#!/bin/sh
# A PostgreSQL of one's own, to try servers with: in FOLDER, which is made where it is missing, on PORT of loopback, in
# the foreground and without systemd. What the superuser "postgres" is asked for is PGPASSWORD.
#
#   PGPASSWORD=… infra/testbed/postgresql.sh FOLDER PORT
#
# PostgreSQL does not run as root: then it runs under the account postgres, or nobody, which must be able to reach FOLDER.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 FOLDER PORT" >&2; exit 2; }
folder=$1 port=$2

programs=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | tail -n 1)
[ -n "$programs" ] || programs=$(dirname "$(command -v initdb)") || {
    echo "PostgreSQL is not installed: infra/testbed/install.sh does that" >&2
    exit 2
}
as=
if [ "$(id -u)" = 0 ]; then
    account=postgres
    id "$account" > /dev/null 2>&1 || account=nobody
    as="setpriv --reuid=$account --regid=$(id -g "$account") --clear-groups"
fi
if [ ! -e "$folder/data/PG_VERSION" ]; then
    mkdir -p "$folder"
    (umask 077 && printf %s "${PGPASSWORD:?the password of the superuser}" > "$folder/password")
    [ -z "$as" ] || chown "$account" "$folder" "$folder/password"
    cd "$folder"
    # shellcheck disable=SC2086
    $as "$programs/initdb" -D "$folder/data" -U postgres --no-sync --auth=scram-sha-256 \
        --pwfile="$folder/password" --locale=C.UTF-8 > /dev/null
    rm "$folder/password"
fi
# Nothing of it outlives a try, so it need not reach the disk.
# shellcheck disable=SC2086
exec $as "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" \
    -c listen_addresses=127.0.0.1 -c fsync=off
