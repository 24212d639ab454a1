#!/bin/sh
# restore.sh FOLDER < DATABASE_URL: the newest dump takes the place of what is in the database, all of it or nothing.
set -eu
. "$(dirname -- "$0")/database.sh"
newest=$(ls -t "$1"/database-*.dump | head -n 1)
(cd "$1" && sha256sum --check --quiet "${newest##*/}.sha256")
script=$(mktemp)
trap 'rm "$script"' EXIT
pg_restore --no-owner --no-privileges --file "$script" "$newest"
psql -q -v ON_ERROR_STOP=1 --single-transaction "$url" -c "DROP SCHEMA public CASCADE" -c "CREATE SCHEMA public" -f "$script"
