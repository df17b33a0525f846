# shellcheck shell=bash disable=SC2154
# Format, static analysis, unit and golden tests: everything that needs neither an API server nor a cluster.

check_java() {
    maven -T1C --fail-at-end test
}

check_lint() {
    "$root/dev/lib/lint"
}

# Both side by side; returns non-zero when one fails. Their logs are $logs/java.log and $logs/python-and-shell.log.
check_all() {
    local status=0
    step_start "Java: format, static analysis, unit and golden tests" check_java
    check_java_log=${step_logs[-1]}
    step_start "Python and shell: format and lint" check_lint
    check_lint_log=${step_logs[-1]}
    step_wait || status=1
    step_closing_lines "$check_java_log" "$check_lint_log"
    return "$status"
}
