# shellcheck shell=bash
# Builds Kubernetes, etcd, CoreDNS and the pause program once per version and keeps them in the cache.

module_version() { sed -n "s|^\s*\(require \)\?$2 v\([0-9.]*\).*|\2|p" "$HERE/$1/go.mod" | head -n 1; }

K8S_VERSION=$(module_version k8s k8s.io/kubernetes)
ARCH=$(uname -m)
case $ARCH in
    x86_64) ARCH=amd64 ;;
    aarch64) ARCH=arm64 ;;
esac
# fabric8's kube-api-test looks for k8s/VERSION-OS-ARCH: the API tests share this build.
BIN=$CACHE/k8s/$K8S_VERSION-linux-$ARCH
COREDNS_BIN=$CACHE/coredns/$(module_version coredns github.com/coredns/coredns)-linux-$ARCH
PAUSE_BIN=$CACHE/pause/1-linux-$ARCH

K8S_TAGS=selinux,notest,grpcnotrace
BUILD_FLAGS=(-trimpath)
# Raise it when the flags of k8s_ldflags or the layout of the cache change.
BUILD_RECIPE=1

# Without these two packages' variables the server tells no version, and clients that check it fail.
k8s_ldflags() {
    local date package minor=${K8S_VERSION#*.}
    date=$(cd "$HERE/k8s" && go list -m -f '{{.Time.Format "2006-01-02T15:04:05Z07:00"}}' k8s.io/kubernetes)
    printf '%s' "-s -w"
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        printf ' -X %s' "$package.gitVersion=v$K8S_VERSION" "$package.gitMajor=${K8S_VERSION%%.*}" \
            "$package.gitMinor=${minor%%.*}" "$package.gitTreeState=clean" "$package.gitCommit=" "$package.buildDate=$date"
    done
}

# Names what a build was made from, so that neither an interrupted nor an outdated one is taken for good.
build_key() { # FOLDER
    local sources=("$HERE/$1"/go.* "$HERE/$1"/*.go) file
    {
        for file in "${sources[@]}"; do [[ ! -e $file ]] || cat "$file"; done
        echo "$BUILD_RECIPE ${BUILD_FLAGS[*]} $K8S_TAGS"
    } | sha256sum | cut -d ' ' -f 1
}

is_built() { # DIRECTORY FOLDER
    [[ -f $1/.stamp ]] && [[ $(<"$1/.stamp") == "$(build_key "$2")" ]]
}

# Go prints each package that it compiles, and nothing while it links: the time limit of read makes it tell that too.
show_progress() { # WHAT TOTAL DIRECTORY
    local line count=0 last=$SECONDS begin=$SECONDS result files
    while true; do
        result=0
        IFS= read -r -t 10 line || result=$?
        ((result == 0 || result > 128)) || break
        if ((result == 0)); then
            if [[ $line == [a-z]*/* && $line != *' '* ]]; then
                count=$((count + 1))
            elif [[ $line != 'go: downloading'* ]]; then
                printf '%s\n' "$line" >&2
            fi
        fi
        if ((SECONDS - last >= 10)); then
            files=("$3"/*)
            [[ -e ${files[0]} ]] || files=()
            step "$1: $count packages compiled of $2 at most, ${#files[@]} programs linked, $((SECONDS - begin)) s"
            last=$SECONDS
        fi
    done
}

build() { # WHAT FOLDER DIRECTORY LDFLAGS GO-ARGUMENT...
    local what=$1 folder=$2 target=$3 ldflags=$4 partial total begin=$SECONDS
    shift 4
    mkdir -p "$(dirname "$target")"
    # What a killed build left; the lock says that none is running.
    rm -rf "$(dirname "$target")"/.partial-*
    partial=$(mktemp -d "$(dirname "$target")/.partial-XXXXXX")
    # shellcheck disable=SC2064  # the name as it is now
    trap "rm -rf '$partial'" EXIT
    step "building $what (once; cached in $target)"
    total=$(cd "$HERE/$folder" && CGO_ENABLED=0 go list -deps "${@: -1}" 2> >(grep -v '^go: downloading' >&2) | wc -l) ||
        die "go cannot resolve $what (see above)." "Is the module proxy reachable? See: go env GOPROXY"
    (cd "$HERE/$folder" && CGO_ENABLED=0 go build -v "${BUILD_FLAGS[@]}" -ldflags "$ldflags" -o "$partial/" "$@") 2>&1 |
        show_progress "$what" "$total" "$partial" || die "building $what failed (see above)." "Run the same command again: what is compiled stays compiled."
    # The program of the module go.etcd.io/etcd/server/v3 is called after its folder.
    [[ ! -e $partial/server ]] || mv "$partial/server" "$partial/etcd"
    build_key "$folder" >"$partial/.stamp"
    chmod 755 "$partial"
    rm -rf "$target.old"
    [[ ! -e $target ]] || mv "$target" "$target.old"
    mv "$partial" "$target"
    rm -rf "$target.old"
    trap - EXIT
    step "built $what in $((SECONDS - begin)) s"
}

have_binaries() {
    is_built "$BIN" k8s && is_built "$COREDNS_BIN" coredns && is_built "$PAUSE_BIN" pause
}

ensure_binaries() {
    have_binaries && return
    ensure_go
    mkdir -p "$CACHE/k8s"
    # Two clones, or "make test" and "cluster up" at once: the second waits and finds the first one's build.
    exec 8>"$CACHE/k8s/.lock"
    if ! flock -n 8; then
        step "another build is running; waiting for it"
        flock 8
    fi
    if ! is_built "$BIN" k8s; then
        local ldflags
        ldflags=$(k8s_ldflags)
        build "Kubernetes $K8S_VERSION and etcd" k8s "$BIN" "$ldflags" -tags "$K8S_TAGS" tool
    fi
    is_built "$COREDNS_BIN" coredns || build CoreDNS coredns "$COREDNS_BIN" "-s -w" tool
    is_built "$PAUSE_BIN" pause || build "the pause program" pause "$PAUSE_BIN" "-s -w" .
    exec 8>&-
}
