# shellcheck shell=bash disable=SC2153
# Puts images into the node: archives, buildah's images, and small ones that are made here.

# An archive of an image that holds one directory and nothing else, made without any container tool.
scratch_archive() { # IMAGE ARCHIVE DIRECTORY PROGRAM
    local image=$1 archive=$2 dir=$3 program=$4 work layer
    work=$(mktemp -d "$STATE/image-XXXXXX")
    tar -C "$dir" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
    layer=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
    cat >"$work/config.json" <<EOF
{"architecture": "$ARCH", "os": "linux", "config": {"Entrypoint": ["$program"], "User": "65532:65532", "WorkingDir": "/"},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]}}
EOF
    echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$image\"], \"Layers\": [\"layer.tar\"]}]" >"$work/manifest.json"
    tar -C "$work" -cf "$archive" manifest.json config.json layer.tar
    rm -rf "$work"
}

import_pause() {
    scratch_archive localhost/pause:1 "$STATE/pause.tar" "$PAUSE_BIN" /pause
    ctr images import "$STATE/pause.tar" >/dev/null
    rm "$STATE/pause.tar"
}

# The image scripts of this project keep buildah's storage in the cache; a person's own images are in the default one.
buildah_push() { # IMAGE ARCHIVE
    local -a roots=()
    command -v buildah >/dev/null ||
        die "$1 is no file, and buildah is not installed." "Give an archive: podman save or docker save -o image.tar $1"
    if [[ -d $CACHE/images/storage ]]; then
        roots=(--root "$CACHE/images/storage" --runroot "/run/paft-images-$EUID" --storage-driver overlay)
        buildah "${roots[@]}" inspect --type image "$1" >/dev/null 2>&1 || roots=()
    fi
    TMPDIR=$DATA buildah "${roots[@]}" push --quiet "$1" "docker-archive:$2:$1" >/dev/null ||
        die "buildah has no image $1" "Build it first, or give the path of an archive."
}

# An OCI archive's index names its image in an annotation; containerd would put a name of its own before it.
oci_name() { # ARCHIVE
    tar -xOf "$1" index.json 2>/dev/null | tr ',{}' '\n' |
        sed -n 's/.*"\(io.containerd.image.name\|org.opencontainers.image.ref.name\)" *: *"\([^"]*\)".*/\2/p' | head -n 1
}

load() { # ARCHIVE-OR-IMAGE
    local what=$1 archive=$1 name begin=$SECONDS output
    alive containerd || die "the cluster is down." "Run: $HERE/cluster up"
    if [[ ! -f $what ]]; then
        [[ $what != *.tar && $what != *.tar.gz ]] || die "there is no file $what"
        archive=$DATA/load-$$.tar
        # shellcheck disable=SC2064  # the name as it is now
        trap "rm -f '$archive'" EXIT
        buildah_push "$what" "$archive"
    fi
    if tar -tf "$archive" manifest.json >/dev/null 2>&1; then
        output=$(ctr images import "$archive" 2>&1) || die "containerd refused $what:" "$output"
    elif name=$(oci_name "$archive") && [[ -n $name ]]; then
        output=$(ctr images import --index-name "$name" "$archive" 2>&1) || die "containerd refused $what:" "$output"
    else
        die "$what is no image archive, or an OCI archive without a name." "Make one: podman save --format docker-archive -o image.tar IMAGE"
    fi
    sed -n 's/^unpacking \([^ ]*\).*/\1/p' <<<"$output"
    step "loaded $what in $((SECONDS - begin)) s"
}
