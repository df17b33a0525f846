# shellcheck shell=bash disable=SC2154
# load: brings images into the local cluster.

cmd_load() {
    local name image archive
    [[ $# -gt 0 ]] || set -- trainer merge operator
    [[ -x $root/dev/cluster/cluster ]] || die "dev/cluster/cluster is missing"
    build_all "$@"
    for name in "$@"; do
        image=$(image_of "$name")
        # The cluster knows this folder's buildah storage, and skips an image whose build it has.
        if [[ $tool == buildah ]]; then
            with_progress "$image: loading" "$cache/log/$name-load.log" . "$root/dev/cluster/cluster" load "$image"
            continue
        fi
        archive=$cache/$name.tar
        with_progress "$image: saving" "$cache/log/$name-save.log" . image_save "$image" "$archive"
        with_progress "$image: loading" "$cache/log/$name-load.log" . "$root/dev/cluster/cluster" load "$archive"
        rm -f "$archive"
    done
}
