# shellcheck shell=bash disable=SC2154
# run: a command in an image, without a cluster.

cmd_run() {
    local name=${1:-} image arguments=() user=65532:65532 directory=/ value container status=0
    [[ -n $name ]] || die "which image? See: images help"
    image=$(image_of "$name")
    shift
    while [[ $# -gt 0 && $1 != -- ]]; do
        case $1 in
            -v) arguments+=(-v "$(cd "${2%%:*}" && pwd):${2#*:}") ;;
            -e)
                value=$2
                # -e NAME alone takes the value from the environment.
                [[ $value == *=* ]] || value=$value=${!value-}
                arguments+=(-e "$value")
                ;;
            -w) directory=$2 ;;
            -u) user=$2 ;;
            *) die "unknown option $1; put -- before the command" ;;
        esac
        shift 2
    done
    [[ $# -gt 1 ]] || die "no command; put it after --"
    shift
    need_tool
    [[ -n $(image_id "$image") ]] || build_all "$name"
    if [[ $tool != buildah ]]; then
        exec "$tool" run --rm --init --read-only --tmpfs /tmp -i --user "$user" -w "$directory" "${arguments[@]}" \
            --entrypoint "$1" "$image" "${@:2}"
    fi
    container=$(bh from --quiet --pull-never --name "paft-run-$$" "$image")
    # shellcheck disable=SC2064 # the name is known now
    trap "bh rm '$container' >/dev/null 2>&1 || true" EXIT
    bh run --isolation chroot --network host --user "$user" --workingdir "$directory" "${arguments[@]}" \
        "$container" -- "$@" || status=$?
    exit "$status"
}
