#!/bin/sh
# restore_test.sh FOLDER < DATABASE_URL: restores the newest dump into databases of its own; prints what held, as JSON.
#   full: all of it, dumped again, is the same; partial: one table alone has the same rows; integrity: every checksum fits
set -eu
. "$(dirname -- "$0")/database.sh"
newest=$(ls -t "$1"/database-*.dump | head -n 1)
name=restore_test_$$
work=$(mktemp -d)
end() { rm -r "$work"; psql -q "$url" -c "DROP DATABASE IF EXISTS ${name}_full" -c "DROP DATABASE IF EXISTS ${name}_part"; }
trap end EXIT
psql -q -v ON_ERROR_STOP=1 "$url" -c "CREATE DATABASE ${name}_full" -c "CREATE DATABASE ${name}_part"
in_full="${url%/*}/${name}_full" in_part="${url%/*}/${name}_part"

sql() { grep -v -e '^--' -e '^\\restrict' -e '^\\unrestrict' -e '^SET ' -e '^$'; }
rows() { psql -qAt "$1" -c "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM submissions t"; }
full() {
    pg_restore --exit-on-error --no-owner --no-privileges --dbname "$in_full" "$newest" &&
    pg_restore --no-owner --no-privileges --file - "$newest" | sql > "$work/before" &&
    pg_dump --no-owner --no-privileges "$in_full" | sql > "$work/after" &&
    cmp -s "$work/before" "$work/after"
}
partial() {
    pg_restore --exit-on-error --no-owner --no-privileges --table submissions --dbname "$in_part" "$newest" &&
    [ "$(rows "$in_full")" = "$(rows "$in_part")" ]
}
integrity() { (cd "$1" && sha256sum --check --quiet -- *.sha256); }

held() { if "$@" 2>> "$work/said" >&2; then echo true; else echo false; fi; }
full=$(held full); partial=$(held partial); integrity=$(held integrity "$@")
echo "{\"full\": $full, \"partial\": $partial, \"integrity\": $integrity, \"dump\": \"${newest##*/}\"}"
cat "$work/said" >&2
