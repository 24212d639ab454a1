#!/bin/sh
# dump.sh DATABASE_URL FILE: a dump of the PostgreSQL database, there only once it is whole.
set -eu
pg_dump --no-owner --no-privileges --file "$2.part" "$1"
mv "$2.part" "$2"
