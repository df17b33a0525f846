# shellcheck shell=bash disable=SC2154
# load: brings images into the local cluster.

cmd_load() {
    local name image id tar
    [[ $# -gt 0 ]] || set -- trainer merge operator
    [[ -x $root/dev/cluster/cluster ]] || die "dev/cluster/cluster is missing"
    build_all "$@"
    for name in "$@"; do
        image=$(image_of "$name")
        id=$(image_id "$image")
        tar=$cache/$name.tar
        with_progress "$image: saving" "$cache/log/$name-save.log" . image_save "$image" "$tar"
        with_progress "$image: loading" "$cache/log/$name-load.log" . "$root/dev/cluster/cluster" load "$tar"
        rm -f "$tar"
    done
}
