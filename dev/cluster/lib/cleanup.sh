# shellcheck shell=bash disable=SC2153
# Removes everything that a cluster leaves on the machine, whichever clone started it and however it ended.

# A container outlives its shim and is then a child of process 1: what it still has is our overlay as its root.
container_pids() {
    grep -lE "^[0-9]+ [0-9]+ [0-9:]+ / / .*$DATA/containerd" /proc/[0-9]*/mountinfo 2>/dev/null | cut -d / -f 3
}

shim_pids() {
    local file dir
    grep -laF "$CONTAINERD_SOCKET" /proc/[0-9]*/cmdline 2>/dev/null | while read -r file; do
        dir=${file%/cmdline}
        [[ $(cat "$dir/comm" 2>/dev/null) != containerd-shim ]] || echo "${dir#/proc/}"
    done
}

kill_containers() {
    local round
    local -a pids
    for round in {1..50}; do
        mapfile -t pids < <(shim_pids; container_pids)
        ((${#pids[@]})) || return 0
        kill -KILL "${pids[@]}" 2>/dev/null || true
        sleep 0.1
    done
    die "these processes of pods can't be killed: ${pids[*]}"
}

mounts_under() { # DIRECTORY...; the innermost first
    local dir
    for dir in "$@"; do
        awk -v dir="$dir" '$5 == dir || index($5, dir "/") == 1 {print $5}' /proc/self/mountinfo
    done | sort -r
}

unmount_all() {
    local round mount
    local -a mounts
    for round in {1..10}; do
        mapfile -t mounts < <(mounts_under "$STATE" "$DATA")
        ((${#mounts[@]})) || return 0
        for mount in "${mounts[@]}"; do
            umount "$mount" 2>/dev/null || ((round < 5)) || umount --lazy "$mount" 2>/dev/null || true
        done
        sleep 0.1
    done
    die "these can't be unmounted: ${mounts[*]}"
}

# Shims put their sockets where their own source says.
remove_shim_sockets() {
    local file address
    for file in "$STATE"/containerd/io.containerd.runtime.v2.task/*/*/address; do
        [[ -e $file ]] || continue
        address=$(<"$file")
        rm -f "${address#unix://}"
    done
    rmdir /run/containerd/s /run/containerd 2>/dev/null || true
}

remove_cgroups() {
    local dir
    [[ ! -e $STATE/foreign-kubepods ]] || return 0
    for dir in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
        # A link is the same hierarchy under another name.
        [[ -d $dir && ! -L ${dir%/*} ]] || continue
        find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
}

remove_log_links() {
    local link
    for link in /var/log/containers/*; do
        # The kubelet's links point into the pods' logs of the clone that is the owner.
        [[ -L $link && $(readlink "$link") == */.run/logs/pods/* ]] && rm -f "$link"
    done
    rmdir /var/log/containers 2>/dev/null || true
}

remove_tree() { # DIRECTORY; refuses what still has something mounted inside
    [[ -e $1 ]] || return 0
    [[ -z $(mounts_under "$1") ]] || die "something is still mounted under $1"
    rm -rf --one-file-system "$1"
}

# RUN-DIRECTORY is that of the owner, which can be another clone's, or gone.
clean_machine() { # RUN-DIRECTORY
    local run=$1 name
    local -a names=()
    # Those first that would start again what is taken away.
    for name in recycler kubelet kube-controller-manager kube-scheduler kube-proxy coredns; do names+=("$name"); done
    stop "${names[@]}"
    kill_containers
    stop containerd kube-apiserver etcd
    step "everything is stopped"
    # The slow part on a busy disk: an unmounted overlay is synced first.
    unmount_all
    remove_shim_sockets
    remove_network
    remove_chains
    remove_cgroups
    remove_log_links
    step "nothing is mounted; deleting images and volumes"
    if [[ -n $run && ${run##*/} == .run && -d $run ]]; then
        for name in "$run"/*; do
            [[ $name == "$run/logs" ]] || remove_tree "$name"
        done
    fi
    remove_tree "$DATA"
    remove_tree "$STATE"
}
