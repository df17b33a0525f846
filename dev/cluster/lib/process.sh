# shellcheck shell=bash disable=SC2153
# Starts and stops the components as processes of their own, which outlive the shell that started them.

# A pid alone may have been given to another process since: the start time makes it certain.
start_time() { # PID
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    cut -d ' ' -f 20 <<<"$stat"
}

pid_of() { # NAME; prints the pid when it is alive
    local pid time
    read -r pid time 2>/dev/null <"$PIDS/$1" || return 1
    [[ $(start_time "$pid") == "$time" ]] || return 1
    [[ $(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) != Z ]] || return 1
    echo "$pid"
}

alive() { pid_of "$1" >/dev/null; }

any_alive() {
    local file
    for file in "$PIDS"/*; do
        if [[ -e $file ]] && alive "${file##*/}"; then return 0; fi
    done
    return 1
}

# A descriptor that a component inherits (our lock, make's job server, a pipe of CI's) would stay open as long as it runs.
detached() { # COMMAND...
    local fd
    cd /
    for fd in /proc/"$BASHPID"/fd/*; do
        fd=${fd##*/}
        ((fd <= 2)) || eval "exec $fd>&-"
    done
    exec setsid nohup "$@"
}

start() { # NAME COMMAND...
    local name=$1 pid
    shift
    mkdir -p "$PIDS" "$LOGS"
    printf '\n--- %s: %s\n' "$(date -u +%FT%TZ)" "$*" >>"$LOGS/$name.log"
    detached "$@" </dev/null >>"$LOGS/$name.log" 2>&1 &
    pid=$!
    echo "$pid $(start_time "$pid")" >"$PIDS/$name"
}

# Each component leads its own session, so that its helpers end with it.
stop() { # NAME...
    local name pid end
    for name in "$@"; do
        if pid=$(pid_of "$name"); then kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true; fi
    done
    end=$((SECONDS + 3))
    for name in "$@"; do
        while pid=$(pid_of "$name"); do
            if ((SECONDS >= end)); then kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true; fi
            sleep 0.1
        done
        rm -f "$PIDS/$name"
    done
}

last_lines() { # NAME
    grep -v '^$' "$LOGS/$1.log" 2>/dev/null | tail -n 6 | cut -c 1-300
}

# Waits until CHECK succeeds; says which component ended or did not get ready, and what it said last.
await() { # NAME SECONDS CHECK...
    local name=$1 limit=$2 end=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        alive "$name" || die "$name ended; the end of $LOGS/$name.log:" "$(last_lines "$name")"
        ((SECONDS < end)) || die "$name is not ready after $limit s; the end of $LOGS/$name.log:" "$(last_lines "$name")"
        sleep 0.2
    done
}

http_ok() ( # PORT PATH; a plain HTTP health check on loopback
    exec 7<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&7
    IFS= read -r -t 5 answer <&7 || exit 1
    [[ $answer == *' 200 '* ]]
)
