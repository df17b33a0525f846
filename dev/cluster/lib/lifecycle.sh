# shellcheck shell=bash disable=SC2153
# up, down and status.

COMPONENTS=(etcd kube-apiserver kube-controller-manager kube-scheduler containerd kubelet kube-proxy coredns recycler)

owner() { sed -n 's/^directory=//p' "$OWNER" 2>/dev/null || true; }

owned_here() { [[ $(owner) == "$HERE" ]]; }

# One "up" or "down" at a time on this machine.
lock() {
    exec 9>/run/paft-cluster.lock
    if ! flock -n 9; then
        step "another cluster command is running; waiting for it"
        flock -w 600 9 || die "another cluster command has held the lock for 10 minutes" "See who: fuser -v /run/paft-cluster.lock"
    fi
}

# Returns when this clone's cluster can be repaired, or when nothing of any cluster is left.
settle_ownership() {
    local other
    other=$(owner)
    if any_alive; then
        if owned_here; then
            [[ ! -e $KUBECONFIG || ! -e $PKI/ca.crt || ! -d $VOLUMES ]] || return 0
            step "its files are gone: starting anew"
        elif [[ -d $other && ${PAFT_CLUSTER_TAKEOVER:-} != 1 ]]; then
            die "another clone's cluster runs on this machine: $other" \
                "Take it down: $other/cluster down" "or replace it: PAFT_CLUSTER_TAKEOVER=1 $HERE/cluster up"
        else
            step "taking down the cluster of ${other:-an unknown directory}"
        fi
    elif [[ -e $STATE || -e $DATA ]]; then
        step "removing what a killed cluster left${other:+ ($other)}"
    fi
    if [[ -e $STATE || -e $DATA ]]; then clean_machine "${other:+$other/.run}"; fi
    # After a reboot nobody is the owner, and our own files are still there.
    clean_run
}

clean_run() {
    local item
    for item in "$RUN"/*; do
        [[ $item == "$LOGS" ]] || remove_tree "$item"
    done
}

prepare() {
    rm -rf "$LOGS"
    mkdir -p "$RUN" "$LOGS" "$STATE" "$PIDS" "$DATA"
    chmod 700 "$STATE" "$DATA"
    printf 'directory=%s\nsince=%s\n' "$HERE" "$(date -u +%FT%TZ)" >"$OWNER"
    remember_chains
    if compgen -G '/sys/fs/cgroup/kubepods' >/dev/null || compgen -G '/sys/fs/cgroup/*/kubepods' >/dev/null; then
        touch "$STATE/foreign-kubepods"
    fi
    make_pki
}

# Starts NAME unless it runs, and waits until it answers.
ensure() { # NAME SECONDS
    alive "$1" || "start_${1//-/_}"
    await "$1" "$2" healthy "$1"
}

up() {
    local name
    if owned_here && all_healthy; then
        step "the cluster is up"
        echo "export KUBECONFIG=$KUBECONFIG"
        return
    fi
    ensure_packages
    ensure_binaries
    settle_ownership
    [[ -e $OWNER && -e $KUBECONFIG ]] || prepare
    step "certificates and settings are ready"
    prepare_node
    make_network
    # containerd needs nothing of the control plane: it starts while that does.
    alive containerd || start_containerd
    ensure etcd 30
    ensure kube-apiserver 90
    step "API server $K8S_VERSION answers at $SERVER"
    for name in kube-controller-manager kube-scheduler; do alive "$name" || "start_${name//-/_}"; done
    ensure containerd 30
    import_pause
    for name in kubelet kube-proxy; do alive "$name" || "start_${name//-/_}"; done
    wait_for 30 kubectl apply --server-side --force-conflicts -f "$HERE/config/base.yaml" ||
        die "the storage class can't be made" "$(kubectl apply --server-side --force-conflicts -f "$HERE/config/base.yaml" 2>&1)"
    make_volumes
    step "$VOLUME_COUNT local volumes are ready"
    for name in kube-controller-manager kube-scheduler kubelet kube-proxy coredns recycler; do
        ensure "$name" 60
    done
    step "all components answer"
    wait_for 90 node_ready || die "the node is not ready after 90 s:" "$(node_problem)" "See $LOGS/kubelet.log"
    wait_for 30 kubectl get serviceaccount default || die "there is no default service account" "See $LOGS/kube-controller-manager.log"
    step "the node is Ready; the cluster is up"
    echo "export KUBECONFIG=$KUBECONFIG"
}

all_healthy() {
    local name
    for name in "${COMPONENTS[@]}"; do
        alive "$name" && healthy "$name" || return 1
    done
    node_ready
}

down() {
    local other
    other=$(owner)
    if [[ -d $other ]] && ! owned_here && any_alive && [[ ${PAFT_CLUSTER_TAKEOVER:-} != 1 ]]; then
        die "the cluster on this machine belongs to $other" "Run: $other/cluster down" "or: PAFT_CLUSTER_TAKEOVER=1 $HERE/cluster down"
    fi
    if [[ -e $STATE || -e $DATA ]]; then clean_machine "${other:+$other/.run}"; fi
    clean_run
    step "the cluster is down and has left nothing but $LOGS"
}

status() {
    local name pid health result=0
    if ! any_alive || ! owned_here; then
        if any_alive; then echo "The cluster on this machine belongs to $(owner)"; else echo "The cluster is down"; fi
        return 1
    fi
    printf '%-26s%-10s%s\n' COMPONENT PID HEALTH
    for name in "${COMPONENTS[@]}"; do
        health=ok
        pid=$(pid_of "$name") || pid=-
        if [[ $pid == - ]]; then
            health="not running; see $LOGS/$name.log"
            result=1
        elif ! healthy "$name"; then
            health="not well; see $LOGS/$name.log"
            result=1
        fi
        printf '%-26s%-10s%s\n' "$name" "$pid" "$health"
    done
    if node_ready; then
        printf '%-26s%-10s%s\n' "node $NODE" - Ready
    else
        printf '%-26s%-10s%s\n' "node $NODE" - "not ready: $(node_problem | head -n 3)"
        result=1
    fi
    return "$result"
}
