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
project_buildah() {
    buildah --root "$CACHE/images/storage" --runroot "/run/paft-images-$EUID" --storage-driver overlay "$@"
}

buildah_id() { # STORAGE IMAGE; the program that knows the storage, and the image
    "$1" inspect --type image --format '{{.FromImageID}}' "$2" 2>/dev/null
}

loaded_mark() { # IMAGE; the file that says which build of it the node has
    echo "$STATE/loaded/${1//\//,}"
}

load_image() { # IMAGE
    local image=$1 storage=project_buildah id mark archive=$DATA/load-$$.tar
    command -v buildah >/dev/null ||
        die "$image is no file, and buildah is not installed." "Give an archive: podman save or docker save -o image.tar $image"
    if ! [[ -d $CACHE/images/storage ]] || ! id=$(buildah_id project_buildah "$image"); then
        storage=buildah
        id=$(buildah_id buildah "$image") ||
            die "buildah has no image $image" "Build it first, or give the path of an archive."
    fi
    mark=$(loaded_mark "$image")
    if [[ -e $mark && $(<"$mark") == "$id" ]] && has_image "$image"; then
        step "$image is loaded already"
        return
    fi
    # shellcheck disable=SC2064  # the name as it is now
    trap "rm -f '$archive'" EXIT
    step "exporting $image"
    TMPDIR=$DATA "$storage" push --quiet "$image" "docker-archive:$archive:$image" >/dev/null
    load_archive "$archive"
    echo "$id" >"$mark"
}

# Not a pipe into grep -q, which leaves at the first match: ctr would fail at its next line.
has_image() { grep -qxF "$1" <<<"$(ctr images ls -q)"; }

# An OCI archive's index names its image in an annotation; containerd would put a name of its own before it.
oci_name() { # ARCHIVE
    tar -xOf "$1" index.json 2>/dev/null | tr ',{}' '\n' |
        sed -n 's/.*"\(io.containerd.image.name\|org.opencontainers.image.ref.name\)" *: *"\([^"]*\)".*/\2/p' | head -n 1
}

load_archive() { # ARCHIVE
    local archive=$1 name output
    local -a options=()
    if ! tar -tf "$archive" manifest.json >/dev/null 2>&1; then
        name=$(oci_name "$archive") || true
        [[ -n $name ]] ||
            die "$archive is no image archive, or an OCI archive without a name." \
                "Make one: podman save --format docker-archive -o image.tar IMAGE"
        options=(--index-name "$name")
    fi
    # containerd reads no compressed archive; -f passes on what is not compressed.
    output=$(gzip -dcf "$archive" | ctr images import "${options[@]}" - 2>&1) || die "containerd refused $archive:" "$output"
    mkdir -p "$STATE/loaded"
    while read -r name; do
        rm -f "$(loaded_mark "$name")"
        step "loaded $name"
        echo "$name"
    done < <(sed -n 's/^unpacking \([^ ]*\).*/\1/p' <<<"$output" | sort -u)
}

load() { # ARCHIVE-OR-IMAGE
    alive containerd || die "the cluster is down." "Run: $HERE/cluster up"
    # Of two who load the same image at once, the second finds it there.
    exec 5>"$STATE/load.lock"
    flock 5
    if [[ -f $1 ]]; then
        load_archive "$1"
    elif [[ $1 == *.tar || $1 == *.tar.gz ]]; then
        die "there is no file $1"
    else
        load_image "$1"
    fi
}
