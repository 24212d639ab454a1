#!/bin/sh
# restore_test.sh DATABASE_URL FOLDER: restores the newest dump into a database of its own and compares the two dumps.
set -eu
newest=$(ls -t "$2"/database-*.sql | head -n 1)
name=restore_test_$$
psql -q -v ON_ERROR_STOP=1 -c "CREATE DATABASE $name" "$1"
trap 'psql -q -c "DROP DATABASE $name" "$1"' EXIT
psql -q -v ON_ERROR_STOP=1 -f "$newest" "${1%/*}/$name" > /dev/null
lines() { grep -v -e '^--' -e '^\\restrict' -e '^\\unrestrict' "$1" | sha256sum; }
copy=$(mktemp)
pg_dump --no-owner --no-privileges --file "$copy" "${1%/*}/$name"
before=$(lines "$newest"); after=$(lines "$copy"); rm "$copy"
[ "$before" = "$after" ] || { echo "$newest restored differs"; exit 1; }
echo "$newest restored and the same: $before"
