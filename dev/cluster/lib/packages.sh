# shellcheck shell=bash disable=SC2153
# What the cluster takes from the machine: Debian's packages and Go.

cni_dir() {
    local dir
    for dir in /usr/lib/cni /opt/cni/bin; do
        if [[ -x $dir/bridge && -x $dir/host-local ]]; then
            echo "$dir"
            return
        fi
    done
    return 1
}

missing_packages() {
    local pair
    for pair in containerd:containerd runc:runc iptables:iptables ip:iproute2 openssl:openssl conntrack:conntrack; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
    done
    cni_dir >/dev/null || echo containernetworking-plugins
}

ensure_packages() {
    local -a missing
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null ||
        die "missing: ${missing[*]} (the names of Debian's packages)" "Install them with your package manager, then try again."
    ((EUID == 0)) || die "missing packages." "Run: sudo apt-get install ${missing[*]}"
    step "installing ${missing[*]}"
    mkdir -p "$LOGS"
    # Another script may hold dpkg's lock: wait for it.
    local -a install=(apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "${missing[@]}")
    if ! DEBIAN_FRONTEND=noninteractive "${install[@]}" >"$LOGS/apt.log" 2>&1; then
        step "updating the package lists"
        apt-get -o DPkg::Lock::Timeout=300 update -qq >>"$LOGS/apt.log" 2>&1 || true
        DEBIAN_FRONTEND=noninteractive "${install[@]}" >>"$LOGS/apt.log" 2>&1 ||
            die "the installation failed; the end of $LOGS/apt.log:" "$(tail -n 5 "$LOGS/apt.log")"
    fi
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || die "still missing after the installation: ${missing[*]}"
}

ensure_go() {
    local need have
    need=$(sed -n 's/^go //p' "$HERE/k8s/go.mod")
    command -v go >/dev/null ||
        die "Go is missing; it builds Kubernetes once." "Install Go $need or later (https://go.dev/doc/install) and put it on PATH."
    have=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
    have=${have#go}
    # With another GOTOOLCHAIN than "local", go fetches what go.mod asks for.
    if [[ $(printf '%s\n' "$need" "$have" | sort -V | head -n 1) != "$need" && $(cd / && go env GOTOOLCHAIN) == local ]]; then
        die "Go $have is too old: $need or later is needed." \
            "Install it (https://go.dev/doc/install), or run with GOTOOLCHAIN=auto to let go fetch it."
    fi
}
