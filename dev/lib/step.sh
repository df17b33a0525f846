# shellcheck shell=bash disable=SC2154
# Long steps with their output in a log file and their progress on the screen: what runs, for how long, and the last
# line of its log. Steps may run side by side:
#
#   step "Building jars" mvn package              one step
#   step_start "Building images" dev/images/...   starts one and returns
#   step_wait                                     waits for all that were started
#
# COMMAND may be a function. Bash ignores -e in it where the step is part of a condition: functions return on failure
# themselves.
#
# On a terminal one line is updated every second; elsewhere each step prints a line every 30 seconds. The first step
# that fails shows the end of its log, and step_wait returns non-zero when all have ended.

step_names=()
step_logs=()
step_pids=()
step_begins=()
step_seconds=0 # of the last step that ended
step_log=      # its log

step_start() { # TITLE COMMAND...
    local title=$1 log
    shift
    mkdir -p "$logs"
    log=$logs/$(printf '%s' "$title" | tr -cs '[:alnum:]\n' - | tr '[:upper:]' '[:lower:]').log
    # Job control gives the step a process group of its own, so that stopping it stops all that it started.
    set -m
    (
        trap - EXIT INT TERM
        "$@"
    ) >"$log" 2>&1 </dev/null &
    step_pids+=($!)
    set +m
    step_names+=("$title")
    step_logs+=("$log")
    step_begins+=("$SECONDS")
    [[ -t 1 ]] || say "$title ..."
}

step() { # TITLE COMMAND...
    step_start "$@"
    step_wait
}

step_wait() {
    local status=0 index shown=$SECONDS
    while ((${#step_pids[@]} > 0)); do
        for index in "${!step_pids[@]}"; do
            if ! kill -0 "${step_pids[index]}" 2>/dev/null; then
                step_end "$index" || status=1
            fi
        done
        ((${#step_pids[@]} > 0)) || break
        if [[ -t 1 ]]; then
            printf '\r\033[K%s' "$(step_line)"
        elif ((SECONDS - shown >= 30)); then
            shown=$SECONDS
            for index in "${!step_pids[@]}"; do
                say "  $(step_state "$index")"
            done
        fi
        sleep 0.5
    done
    return "$status"
}

step_end() { # INDEX
    local index=$1 status=0 title
    title=${step_names[index]}
    step_log=${step_logs[index]}
    step_seconds=$((SECONDS - step_begins[index]))
    wait "${step_pids[index]}" || status=$?
    unset "step_pids[index]" "step_names[index]" "step_logs[index]" "step_begins[index]"
    [[ ! -t 1 ]] || printf '\r\033[K'
    if ((status == 0)); then
        say "$title: done in $(duration "$step_seconds")"
        return
    fi
    say "$title: FAILED after $(duration "$step_seconds") (exit code $status). The end of its log:"
    # Maven's last words are always the same and no help.
    grep -avE '^\[ERROR\] *$|\[Help [0-9]\]|[Rr]e-run Maven|For more information about the errors|-rf :|you can resume the build' "$step_log" |
        sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -a '[^[:space:]]' | tail -n 40 | cut -c 1-300 | sed 's/^/    /'
    say "All of it: $step_log"
    return 1
}

# One line on all that runs, as wide as the terminal at most.
step_line() {
    local index line=
    for index in "${!step_pids[@]}"; do
        line+="$(step_state "$index" 60)   "
    done
    printf '%s' "$line" | cut -c "1-$(($(tput cols 2>/dev/null || echo 100) - 1))"
}

step_state() { # INDEX [WIDTH]
    local index=$1 last
    last=$(tail -c 2000 "${step_logs[index]}" 2>/dev/null | tr '\r' '\n' | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' |
        grep -a '[[:alnum:]]' | tail -n 1 | cut -c "1-${2:-100}" || true)
    printf '%s  %s  %s' "${step_names[index]}" "$(duration $((SECONDS - step_begins[index])))" "$last"
}

# Stops what still runs; for traps.
step_stop() {
    local pid
    for pid in "${step_pids[@]}"; do
        kill -TERM -- "-$pid" 2>/dev/null || true
    done
    for pid in "${step_pids[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
    step_pids=()
}

# What people and CI look for in a log: the closing lines of Surefire and pytest.
step_closing_lines() { # LOG...
    sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "$@" |
        grep -aE '(Tests run: [0-9]+, .*Skipped: [0-9]+$)|(^=* ?[0-9]+ (passed|failed|error|skipped|deselected).* in [0-9.]+s)|(^[0-9]+ passed, [0-9]+ failed$)|(^(All checks passed|[0-9]+ files? (already|left)))' |
        sed -E 's/^\[[A-Z]+\] */  /; s/^([^ ])/  \1/' || true
}
