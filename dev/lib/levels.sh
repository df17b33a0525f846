# shellcheck shell=bash disable=SC2154
# The levels of tests, and the table at the end. A level that fails does not keep the next one from running.

level_rows=()
level_failures=()
failed=0
# Whether the cluster has to be stopped at the end.
export started_cluster=

level() { # NAME COMMAND...
    local name=$1 result=ok
    shift
    step "Tests: $name" "$@" || {
        result=FAILED
        level_failures+=("$name|$step_log")
    }
    step_closing_lines "$step_log"
    level_row "$name" "$(count_tests "$step_log")" "$step_seconds" "$result"
}

level_row() { # NAME TESTS SECONDS RESULT
    level_rows+=("$1|$2|$3|$4")
    [[ $4 != FAILED ]] || failed=1
}

# Adds up what Surefire says at the end of each module, what pytest says, what dev/cluster/test.sh says, and what dev/chaos says.
count_tests() { # LOG
    sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "$1" | awk '
        /Tests run: [0-9]+,.*Skipped: [0-9]+$/ { match($0, /Tests run: [0-9]+/); n += substr($0, RSTART + 11, RLENGTH - 11) }
        /^=* ?[0-9]+ (passed|failed).* in [0-9.]+s/ {
            for (i = 2; i <= NF; i++) if ($i ~ /^(passed|failed),?$/) n += $(i - 1)
        }
        /^[0-9]+ passed, [0-9]+ failed$/ { n += $1 + $3 }
        /^seed [0-9]+: [0-9]+ faults, / { n += $3 }
        END { print n == "" ? "-" : n }'
}

summary() {
    local row name tests seconds result good=0 bad=0
    say
    printf '%-22s %7s %9s  %s\n' LEVEL TESTS SECONDS RESULT
    for row in "${level_rows[@]}"; do
        IFS='|' read -r name tests seconds result <<<"$row"
        printf '%-22s %7s %9s  %s\n' "$name" "$tests" "$seconds" "$result"
        case $result in
            ok) good=$((good + 1)) ;;
            FAILED) bad=$((bad + 1)) ;;
        esac
    done
    printf '%-22s %7s %9s  %s\n' "all, with building" "" "$SECONDS" "$( ((failed)) && echo FAILED || echo ok)"
    echo "Levels: $good passed, $bad failed"
    failures
    return "$failed"
}

# Said again at the end, where somebody who sees only the end of the output finds it.
failures() {
    local failure
    for failure in "${level_failures[@]}"; do
        echo "What failed in ${failure%%|*} (${failure#*|}):"
        sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "${failure#*|}" |
            grep -aE '^\[ERROR\] +[A-Za-z]|^(FAILED|ERROR|FAIL) |[A-Za-z]+(Exception|Error): |^not ok' |
            grep -avE 'Help [0-9]|[Rr]e-run Maven|For more information|Tests run:|Failed to execute goal' |
            awk '!seen[$0]++' | head -n 12 | cut -c 1-240 | sed 's/^/    /'
    done
}

apiserver_level() {
    KUBE_API_TEST_DIR=$cache maven -pl crds,operator -Papiserver -Dspotless.check.skip=true test
}

# Processes that are killed, full disks, tensors large enough to be split.
merge_level() {
    maven -pl worker-image/merge -Pslow -Dspotless.check.skip=true test
}

# The tests read ../contract: the whole folder is mounted. They run as the user that stages run as.
worker_level() {
    "$root/dev/images/images" run trainer-test -v "$root/worker-image:/src" -w /src/train \
        -e OMP_NUM_THREADS=1 -e OPENBLAS_NUM_THREADS=1 -- python -m pytest
}

cluster_level() {
    "$root/dev/cluster/test.sh"
}

e2e_level() {
    "$root/dev/e2e/run"
}

# Five faults of a fixed seed; all of them with any seed: make chaos.
faults_level() {
    "$root/dev/chaos/run" --short --seed 1
}

# The real thing: cluster, images, and the tests that install the operator and drive it.
end_to_end() {
    local was_up=
    ! local_cluster_is_up || was_up=1
    # It kills what it started, and what it finds: only for a machine with no other containers.
    if [[ ${CI:-} != true ]]; then
        level_row "local cluster" - 0 "left to CI: dev/cluster/test.sh"
    elif [[ -e /run/paft-cluster ]]; then
        level_row "local cluster" - 0 "skipped: it is in use"
    else
        level "local cluster" cluster_level
    fi
    if ! prepare_end_to_end; then
        level_row "end to end" - 0 FAILED
        level_row "faults" - 0 FAILED
        return
    fi
    level "end to end" e2e_level
    level "faults" faults_level
}

prepare_end_to_end() {
    step_start "Images of trainer, merge and operator" "$root/dev/images/images" build trainer merge operator
    [[ -n $was_up ]] || started_cluster=1
    step_start "Local cluster" "$root/dev/cluster/cluster" up
    step_wait || return 1
    step "Loading the images into the cluster" load_images trainer merge operator
}
