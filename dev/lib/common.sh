# shellcheck shell=bash
# Where things are, and messages. Every script of dev/lib and dev/demo starts with this.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${PAFT_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/paft}
logs=$root/target/logs
# shellcheck disable=SC2034 # for the scripts that read this file
readonly root cache logs

say() { printf '%s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Prints seconds as 12s or 3m05s.
duration() { # SECONDS
    if (($1 < 60)); then
        printf '%ds' "$1"
    else
        printf '%dm%02ds' $(($1 / 60)) $(($1 % 60))
    fi
}

# Prints one hash over the names and contents of the files in folders.
hash_of() { # PATH...
    (cd "$root" && find "$@" -type f ! -path '*/target/*' ! -path '*/__pycache__/*' -print0 |
        LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -c 1-32)
}
