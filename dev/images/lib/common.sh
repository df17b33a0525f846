# shellcheck shell=bash disable=SC2154
# Messages, waiting and small helpers.

say() { printf '%s\n' "$*" >&2; }
die() {
    say "images: $*"
    exit 1
}

# Runs a command with its output in a log file. Shows what runs, how far it is (the last line of the log that PATTERN
# matches) and for how long: on a terminal every second, else every 20 seconds.
with_progress() { # TITLE LOG PATTERN COMMAND...
    local title=$1 log=$2 pattern=$3 start=$SECONDS pid shown=0 step
    shift 3
    mkdir -p "$(dirname "$log")"
    # In a process group of its own, so that an interruption ends all of it: Ctrl-C does not reach background commands.
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    set +m
    trap 'kill -- "-$pid" 2>/dev/null; wait "$pid" || true; say ""; say "images: interrupted; run it again to go on"; exit 130' INT TERM
    [[ -t 2 ]] || say "$title ..."
    while kill -0 "$pid" 2>/dev/null; do
        step=$(grep -a -E "$pattern" "$log" 2>/dev/null | tail -n 1 | cut -c 1-70 || true)
        if [[ -t 2 ]]; then
            printf '\r\033[K%s  %ss  %s' "$title" $((SECONDS - start)) "$step" >&2
        elif ((SECONDS - start - shown >= 20)); then
            shown=$((SECONDS - start))
            say "$title  ${shown}s  $step"
        fi
        sleep 0.3
    done
    trap - INT TERM
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
    if ! wait "$pid"; then
        say "$title failed after $((SECONDS - start)) s. The end of $log:"
        tail -n 30 "$log" | cut -c 1-300 >&2
        exit 1
    fi
    say "$title: done in $((SECONDS - start)) s"
}

# One build at a time: two would write the same image names. Waits, and says so.
lock() {
    mkdir -p "$cache"
    exec {lock_fd}>"$cache/lock"
    if ! flock -n "$lock_fd"; then
        say "another images command is building; waiting for it"
        flock "$lock_fd"
    fi
}

unlock() { exec {lock_fd}>&-; }

need_packages() { # DEBIAN_PACKAGE...
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $EUID -ne 0 ]]; then
        die "Debian packages are missing. Run: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "installing Debian packages: ${missing[*]}"
    mkdir -p "$cache/log"
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}"; } >"$cache/log/packages.log" 2>&1; then
        tail -n 20 "$cache/log/packages.log" >&2
        die "apt-get failed; its output is in $cache/log/packages.log"
    fi
}

# Prints one hash over the names and contents of files and folders.
hash_of() { # PATH...
    (cd "$root" && find "$@" -type f ! -path '*/__pycache__/*' -print0 | sort -z | xargs -0 -r sha256sum)
}
