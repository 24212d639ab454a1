#!/bin/sh
# restore.sh FOLDER [delta] < DATABASE_URL: the newest dump takes the place of what is in the database, all of it or nothing;
# prints its name. With delta, rows that the dump does not have are kept, and how programs ended since.
set -eu
. "$(dirname -- "$0")/database.sh"
newest=$(ls -t "$1"/database-*.dump | head -n 1)
(cd "$1" && sha256sum --check --quiet "${newest##*/}.sha256")
script=$(mktemp)
trap 'rm "$script"' EXIT
pg_restore --no-owner --no-privileges --file "$script" "$newest"
keep="" give_back=""
if [ "${2:-}" = delta ]; then
    keep='DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = $q$public$q$ LOOP
            EXECUTE format($q$CREATE TEMP TABLE %I AS TABLE public.%I$q$, $q$kept_$q$ || name, name);
        END LOOP; END $$'
    give_back='DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = $q$public$q$ LOOP
            IF to_regclass(format($q$pg_temp.%I$q$, $q$kept_$q$ || name)) IS NOT NULL THEN
                EXECUTE format($q$INSERT INTO public.%I SELECT * FROM pg_temp.%I ON CONFLICT DO NOTHING$q$, name, $q$kept_$q$ || name);
            END IF;
        END LOOP;
        IF to_regclass($q$pg_temp.kept_submissions$q$) IS NOT NULL THEN
            UPDATE public.submissions s SET status = k.status, points = k.points FROM pg_temp.kept_submissions k WHERE k.id = s.id;
        END IF; END $$'
fi
psql -q -v ON_ERROR_STOP=1 --single-transaction "$url" -c "${keep:-SELECT}" -c "DROP SCHEMA public CASCADE" -c "CREATE SCHEMA public" \
    -f "$script" -c "${give_back:-SELECT}" > /dev/null
echo "${newest##*/}"
