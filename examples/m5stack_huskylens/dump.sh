#!/bin/sh
# dump.sh FILE < DATABASE_URL: a dump of the PostgreSQL database, with FILE.sha256; there only once it is whole.
set -eu
. "$(dirname -- "$0")/database.sh"
pg_dump --format custom --no-owner --no-privileges --file "$1.part" "$url"
sum=$(sha256sum < "$1.part")
echo "${sum%% *}  ${1##*/}" > "$1.sha256"
mv "$1.part" "$1"
