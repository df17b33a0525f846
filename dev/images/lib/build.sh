# shellcheck shell=bash disable=SC2154
# build, list, clean.

fresh=
built=

image_of() { # NAME
    case $1 in
        trainer | trainer-base | trainer-test)
            if [[ $torch == cuda ]]; then echo "localhost/paft-$1:dev-cuda"; else echo "localhost/paft-$1:dev"; fi
            ;;
        merge | operator) echo "localhost/paft-$1:dev" ;;
        *) die "there is no image $1; names: trainer, merge, operator, trainer-base, trainer-test" ;;
    esac
}

containerfile_of() { # NAME
    if [[ $1 == operator ]]; then echo operator/Containerfile; else echo worker-image/Containerfile; fi
}

# What an image is made of besides its Containerfile and the base.
inputs_of() { # NAME
    local locks=(worker-image/requirements/{train.lock,cuda.lock,provided.txt,check})
    case $1 in
        trainer) printf '%s\n' "${locks[@]}" worker-image/train/paft_train ;;
        trainer-base) printf '%s\n' "${locks[@]}" ;;
        trainer-test) printf '%s\n' "${locks[@]}" worker-image/requirements/test.lock ;;
        merge) echo worker-image/merge/target/paft-merge.jar ;;
        operator) printf '%s\n' operator/target/quarkus-app dev/images/aot ;;
    esac
}

need_inputs() { # NAME
    local path
    while read -r path; do
        [[ -e $root/$path ]] && continue
        case $1 in
            merge) die "$path is missing. Run: mvn -pl worker-image/merge -am -DskipTests package" ;;
            operator) die "$path is missing. Run: mvn -pl operator -am -DskipTests package" ;;
            *) die "$path is missing" ;;
        esac
    done < <(inputs_of "$1")
}

inputs_hash() { # NAME
    local file paths
    file=$(containerfile_of "$1")
    mapfile -t paths < <(inputs_of "$1")
    {
        [[ $tool != buildah ]] || image_id "$base_image"
        [[ $1 != trainer* ]] || echo "$torch"
        hash_of "$file" "$file.dockerignore" "${paths[@]}"
    } | sha256sum | cut -c 1-32
}

build_one() { # NAME
    local name=$1 image file inputs arguments=()
    image=$(image_of "$name")
    file=$(containerfile_of "$name")
    inputs=$(inputs_hash "$name")
    if [[ -z $fresh && $(image_label "$image" io.paft.inputs) == "$inputs" ]]; then
        say "$image is up to date"
        return
    fi
    case $name in trainer*) arguments+=(--build-arg "TORCH=$torch") ;; esac
    [[ -z $fresh ]] || arguments+=(--no-cache)
    built=1
    with_progress "$image" "$cache/log/$name.log" 'STEP [0-9]+/[0-9]+:|^#[0-9]+ \[|^(Get|Unpacking|Setting up)' \
        image_build "$name" "$file" "$image" --label "io.paft.inputs=$inputs" "${arguments[@]}"
}

# Layers that no image uses any more; the layers of the current images are what the next build starts from.
forget_old_layers() {
    # Docker's and podman's storage may serve other work.
    [[ $tool == buildah ]] || return 0
    # Refuses what a container in use needs; the next build tries again.
    bh rmi --prune >/dev/null 2>&1 || true
}

# What interrupted builds and killed runs left. Called under the lock, so that no build is running.
forget_old_containers() {
    local container
    for container in $(bh containers --format '{{.ContainerName}}'); do
        case $container in
            paft-run-*) [[ -d /proc/${container#paft-run-} ]] && continue ;;
            *-working-container*) ;;
            *) continue ;;
        esac
        bh rm "$container" >/dev/null || true
    done
}

build_all() { # NAME...
    local name
    for name in "$@"; do
        image_of "$name" >/dev/null
        need_inputs "$name"
    done
    need_tool
    lock
    if [[ $tool == buildah ]]; then
        forget_old_containers
        build_base
        prepare_secrets
    fi
    for name in "$@"; do
        build_one "$name"
    done
    rm -rf "$cache/secrets"
    [[ -z $built ]] || forget_old_layers
    unlock
}

cmd_build() {
    if [[ ${1:-} == --fresh ]]; then
        fresh=1
        shift
    fi
    [[ $# -gt 0 ]] || set -- trainer merge operator
    build_all "$@"
}

cmd_list() {
    local name image id state
    need_tool
    printf '%-36s %-14s %-10s %s\n' IMAGE ID SIZE STATE
    for name in trainer merge operator trainer-base trainer-test; do
        image=$(image_of "$name")
        id=$(image_id "$image")
        if [[ -z $id ]]; then
            state="not built"
        elif ! (need_inputs "$name") 2>/dev/null; then
            state="inputs are missing"
        elif [[ $(image_label "$image" io.paft.inputs) == "$(inputs_hash "$name")" ]]; then
            state="up to date"
        else
            state="inputs changed"
        fi
        printf '%-36s %-14s %-10s %s\n' "$image" "${id:0:12}" "$(image_size "$image")" "$state"
    done
}

cmd_clean() {
    if [[ $tool == buildah && -d $cache/storage ]]; then
        bh rm --all >/dev/null 2>&1 || true
        bh rmi --all --force >/dev/null 2>&1 || true
    fi
    rm -rf "$cache"
    say "deleted $cache"
}
