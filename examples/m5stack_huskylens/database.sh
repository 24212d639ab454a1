# Read by the others: takes the address of the PostgreSQL database from standard input, as `url` without its password.
# The password goes to the programs by PGPASSWORD: what stands in a command line, anybody on the machine can read.
url=$(cat)
authority=${url#*://}
authority=${authority%%/*}
login=${authority%@*}
case $authority in
    *:*@*)
        url="${url%%://*}://${login%%:*}@${authority##*@}${url#*"$authority"}"
        PGPASSWORD=$(printf %s "${login#*:}" | LC_ALL=C awk -v RS=% -v ORS= '
            function digit(at) { return index("0123456789ABCDEF", toupper(substr($0, at, 1))) - 1 }
            NR == 1 { print; next }
            { printf "%c%s", digit(1) * 16 + digit(2), substr($0, 3) }')
        export PGPASSWORD
        ;;
esac
