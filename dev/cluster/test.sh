#!/usr/bin/env bash
# Proves the cluster on this machine: it starts, runs a strict pod, gives volumes back, survives kills and leaves nothing.
# It needs root and a machine without a running cluster. About a minute and a half.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
work=$(mktemp -d)
passed=0
failed=0

cluster() { "$here/cluster" "$@"; }
kube() { cluster kubectl --request-timeout=60s "$@"; }

check() { # TEXT COMMAND...
    local text=$1 output begin=${EPOCHREALTIME/./} result=ok
    shift
    if output=$("$@" 2>&1); then passed=$((passed + 1)); else failed=$((failed + 1)) result=FAILED; fi
    printf '%-7s%s (%d ms)\n' "$result" "$text" $(((${EPOCHREALTIME/./} - begin) / 1000))
    [[ $result == ok ]] || printf '%s\n' "$output" | tail -n 20 | sed 's/^/       /'
}

not() { ! "$@"; }

within() { # SECONDS COMMAND...; it succeeds and is fast enough
    local limit=$1 begin=$SECONDS
    shift
    "$@" || return 1
    ((SECONDS - begin <= limit)) || { echo "took more than $limit s"; return 1; }
}

until_true() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.3
    done
}

# What a cluster could leave on a machine.
machine() {
    ip -o link show | awk -F ': ' '{print "link", $2}' | sed 's/@.*//'
    local program
    for program in iptables ip6tables; do
        "$program-save" 2>/dev/null | grep -E '^(:(KUBE|CNI)-|-A .*(KUBE|CNI)-)' | sed "s/ \[.*//; s/^/$program /" || true
    done
    awk '$5 ~ /paft-cluster|netns|\.run\// {print "mount", $5}' /proc/self/mountinfo
    for program in /proc/[0-9]*/cmdline; do
        { tr "\0" " " <"$program"; } 2>/dev/null |
            grep -E '^([^ ]*/)?(etcd|kube[a-z-]*|containerd[a-z0-9-]*|coredns) .*(paft-cluster|\.run/)|^/(pause|probe)( |$)| _recycler' |
            sed 's/^/process /' || true
    done
    for program in /run/{paft-cluster,netns,containerd} /var/lib/{paft-cluster,cni} /usr/libexec/kubernetes \
        /var/log/{containers,pods} /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
        [[ ! -e $program ]] || echo "path $program"
    done
}

leaves_nothing() {
    machine | sort >"$work/after"
    diff "$work/before" "$work/after"
}

listens_only_inside() {
    local open pids
    pids=$(cut -d ' ' -f 1 /run/paft-cluster/pids/* | sed 's/.*/pid=&,/')
    open=$(ss -Hltnup | grep -F "$pids" | awk '{print $5, $7}' | grep -vE '^(127\.0\.0\.1|10\.[0-9.]+\.1|\[::1\]):' || true)
    [[ -z $open ]] || { echo "$open"; return 1; }
}

probe_archive() {
    mkdir -p "$work/image"
    (cd "$here/test/probe" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/image/probe" .) || return 1
    bash -euc '. "$1/lib/common.sh"; . "$1/lib/binaries.sh"; . "$1/lib/images.sh"
        scratch_archive localhost/cluster-probe:1 "$2/probe.tar" "$2/image" /probe' - "$here" "$work"
}

# Not a pipe into grep -q, which leaves at the first match: ctr would fail at its next line.
has_image() { grep -qx "$1" <<<"$(command ctr -a /run/paft-cluster/containerd.sock -n k8s.io images ls -q)"; }

run_probe() {
    kube apply -f "$here/test/probe.yaml" || return 1
    until_true 60 finished
    kube -n cluster-test logs job/probe
    [[ $(kube -n cluster-test get job probe -o 'jsonpath={.status.succeeded}') == 1 ]]
}

finished() { [[ -n $(kube -n cluster-test get job probe -o 'jsonpath={.status.succeeded}{.status.failed}') ]]; }

refuses_privileged() {
    not kube -n cluster-test run bad --image localhost/cluster-probe:1 --privileged
}

volume_of_claim() { kube -n cluster-test get pvc data -o 'jsonpath={.spec.volumeName}'; }

came_back() { # VOLUME
    [[ $(kube get pv "$1" -o 'jsonpath={.status.phase}') == Available && -z $(ls -A "$here/.run/volumes/$1") ]]
}

audit_has_jobs() { grep -q '"verb":"create".*"resource":"jobs"' "$here/.run/logs/audit.log"; }

# Everything at once and without notice, the way a machine loses its memory.
kill_everything() { # also-shims|only-components
    local file pid
    for file in /run/paft-cluster/pids/*; do
        read -r pid _ <"$file"
        kill -KILL -- "-$pid" || true
    done
    [[ $1 == also-shims ]] || return 0
    # Ours are those that talk to our containerd; a machine may run another one.
    # Processes may end between being listed, read and killed.
    while read -r file; do
        [[ $(cat "${file%/cmdline}/comm" 2>/dev/null) != containerd-shim ]] || kill -KILL "$(cut -d / -f 3 <<<"$file")" || true
    done < <(grep -laF /run/paft-cluster/ /proc/[0-9]*/cmdline 2>/dev/null || true)
}

# A long path on purpose: the path of a unix socket is limited.
other=$work/$(printf 'a-long-name-%.0s' {1..10})
copy_clone() {
    mkdir -p "$other/dev"
    (cd "$here/.." && tar --exclude=.run -cf - cluster) | tar -C "$other/dev" -xf -
}

((EUID == 0)) || { echo "This test needs root." >&2; exit 2; }
[[ ! -e /run/paft-cluster ]] || { echo "A cluster runs here, or has left something. Take it down first: $here/cluster down" >&2; exit 2; }
trap 'cluster down >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

machine | sort >"$work/before"
check "binaries prints the directory of the programs" test -x "$(cluster binaries | tail -n 1)/kube-apiserver"
check "up" within 60 cluster up
check "up again is fast" within 5 cluster up
check "status tells that all is well" cluster status
check "listens on loopback and the bridge only" listens_only_inside
check "build an image" probe_archive
check "load an archive" cluster load "$work/probe.tar"
check "the image keeps its name" has_image localhost/cluster-probe:1
check "a strict pod writes to its volume, resolves names, reaches the API server and another pod" run_probe
check "Pod Security refuses a privileged pod" refuses_privileged
check "the audit log has the Job" audit_has_jobs
volume=$(volume_of_claim || true)
check "delete the namespace" kube delete namespace cluster-test
check "the volume comes back empty" until_true 30 came_back "$volume"
check "one dead component is started again" bash -c "kill -KILL \$(cut -d ' ' -f 1 /run/paft-cluster/pids/kube-scheduler); '$here/cluster' up && '$here/cluster' status"
check "start a pod to be lost" run_probe
check "kill every component, but not the pods" kill_everything only-components
check "status tells that it is down" not cluster status
check "up after the kill" within 60 cluster up
check "nothing of the killed cluster's pods is left" not kube get namespace cluster-test
check "down" cluster down
check "down leaves nothing" leaves_nothing
check "down again is harmless" cluster down
copy_clone
check "another clone, at a long path: up" within 60 "$other/dev/cluster/cluster" up
check "this clone refuses to replace it" not cluster up
check "this clone refuses to take it down" not cluster down
check "load the image there" "$other/dev/cluster/cluster" load "$work/probe.tar"
check "start a pod there" "$other/dev/cluster/cluster" kubectl apply -f "$here/test/probe.yaml"
check "it runs" until_true 60 "$other/dev/cluster/cluster" kubectl -n cluster-test wait --for=condition=Ready --timeout=30s pod/server
check "kill everything, with the shims" kill_everything also-shims
rm -rf "$other"
check "up after the other clone was killed and removed" within 60 cluster up
check "status tells that all is well" cluster status
check "down" cluster down
check "down leaves nothing" leaves_nothing
check "the logs are kept" test -s "$here/.run/logs/kubelet.log"

echo "$passed passed, $failed failed"
((failed == 0))
