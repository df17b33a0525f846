# shellcheck shell=bash disable=SC2154
# What differs between buildah, podman and docker.

case $tool in
    buildah | podman | docker) ;;
    *) die "CONTAINER_TOOL is buildah, podman or docker, not $tool" ;;
esac

# The storage lies in the cache folder, apart from what else the machine does with containers. The run root must vanish
# with a reboot.
bh() {
    TMPDIR=$cache/tmp buildah --root "$cache/storage" --runroot "/run/paft-images-$EUID" --storage-driver overlay "$@"
}

need_tool() {
    if [[ $tool == buildah ]]; then
        [[ $EUID -eq 0 ]] || die "buildah needs root here. Run it with sudo -E, or set CONTAINER_TOOL=docker or podman."
        need_packages buildah mmdebstrap debian-archive-keyring ca-certificates
        mkdir -p "$cache/tmp"
    else
        command -v "$tool" >/dev/null || die "$tool is not installed"
    fi
}

image_id() { # IMAGE; prints nothing when there is none
    case $tool in
        buildah) bh inspect --type image --format '{{.FromImageID}}' "$1" 2>/dev/null || true ;;
        *) "$tool" image inspect --format '{{.Id}}' "$1" 2>/dev/null | sed 's/^sha256://' || true ;;
    esac
}

image_label() { # IMAGE LABEL
    case $tool in
        buildah) bh inspect --type image --format "{{index .OCIv1.Config.Labels \"$2\"}}" "$1" 2>/dev/null || true ;;
        *) "$tool" image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true ;;
    esac
}

image_size() { # IMAGE
    case $tool in
        buildah) bh images --format '{{.Size}}' "$1" 2>/dev/null || true ;;
        podman) podman images --format '{{.Size}}' "$1" ;;
        docker) docker images --format '{{.Size}}' "$1" ;;
    esac
}

image_build() { # TARGET CONTAINERFILE IMAGE ARGUMENT...
    local target=$1 file=$2 image=$3
    shift 3
    case $tool in
        buildah)
            # chroot isolation needs neither namespaces nor cgroups that a container or a small machine may lack.
            bh bud --layers --isolation chroot --network host --ignorefile "$root/$file.dockerignore" \
                "${secrets[@]}" --build-arg "DEBIAN=$base_image" \
                --target "$target" -f "$root/$file" -t "$image" "$@" "$root"
            ;;
        podman) podman build --layers --target "$target" -f "$root/$file" -t "$image" "$@" "$root" ;;
        docker) DOCKER_BUILDKIT=1 docker build --progress plain --target "$target" -f "$root/$file" -t "$image" "$@" "$root" ;;
    esac
}

image_save() { # IMAGE TAR; not for buildah, whose storage the cluster reads
    case $tool in
        podman) podman save --quiet --format docker-archive -o "$2" "$1" ;;
        docker) docker save -o "$2" "$1" ;;
    esac
}
