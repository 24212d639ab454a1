#!/bin/sh
# dump.sh DATABASE_URL FILE: a dump of the PostgreSQL database, with FILE.sha256; there only once it is whole.
set -eu
pg_dump --format custom --no-owner --no-privileges --file "$2.part" "$1"
sum=$(sha256sum < "$2.part")
echo "${sum%% *}  ${2##*/}" > "$2.sha256"
mv "$2.part" "$2"
