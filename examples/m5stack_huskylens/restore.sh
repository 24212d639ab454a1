#!/bin/sh
# restore.sh DATABASE_URL FOLDER: the newest dump takes the place of what is in the database, all of it or nothing.
set -eu
newest=$(ls -t "$2"/database-*.dump | head -n 1)
(cd "$2" && sha256sum --check --quiet "${newest##*/}.sha256")
script=$(mktemp)
trap 'rm "$script"' EXIT
pg_restore --no-owner --no-privileges --file "$script" "$newest"
psql -q -v ON_ERROR_STOP=1 --single-transaction "$1" -c "DROP SCHEMA public CASCADE" -c "CREATE SCHEMA public" -f "$script"
