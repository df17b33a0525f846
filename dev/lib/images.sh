# shellcheck shell=bash disable=SC2154
# The images, and how they get into the local cluster.

# Manifests name the images that dev/images builds. On another cluster they come from where PAFT_IMAGE_PREFIX and
# PAFT_IMAGE_TAG say. Reads YAML, writes YAML.
with_images() {
    if [[ $cluster == local ]]; then
        cat
    else
        sed -E "s#localhost/paft-([a-z0-9]+):dev#${PAFT_IMAGE_PREFIX:-localhost}/paft-\1:${PAFT_IMAGE_TAG:-dev}#g
            s#localhost/paft-([a-z0-9]+)#${PAFT_IMAGE_PREFIX:-localhost}/paft-\1#g"
    fi
}

image_build_id() { # NAME
    "$root/dev/images/images" list 2>/dev/null | awk -v image="localhost/paft-$1:dev" '$1 == image { print $2 }'
}

# Builds images and loads those that the cluster does not have yet: copying one of a gigabyte takes half a minute.
load_images() { # NAME...
    local name id record missing=()
    "$root/dev/images/images" build "$@" || return
    mkdir -p "$root/dev/cluster/.run/loaded"
    for name in "$@"; do
        record=$root/dev/cluster/.run/loaded/$name
        id=$(image_build_id "$name")
        [[ -n $id && -f $record && $(<"$record") == "$id" ]] || missing+=("$name")
    done
    for name in "${missing[@]}"; do
        "$root/dev/images/images" load "$name" || return
        image_build_id "$name" >"$root/dev/cluster/.run/loaded/$name"
    done
    ((${#missing[@]} > 0)) || echo "the cluster has these images: $*"
}
