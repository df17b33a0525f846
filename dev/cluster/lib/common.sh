# shellcheck shell=bash disable=SC2034
# Names, places and messages that every part of the cluster shares.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
RUN=$HERE/.run
LOGS=$RUN/logs
PKI=$RUN/pki
KUBECONFIG=$RUN/kubeconfig
export KUBECONFIG
# sudo's PATH has no Go, a person's has no sbin.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin

# A machine runs one cluster, so these places are the same for every clone. They are short because the path of a unix
# socket may have 107 characters at most, and a clone can lie deep.
STATE=/run/paft-cluster
DATA=/var/lib/paft-cluster
OWNER=$STATE/owner
PIDS=$STATE/pids
CONTAINERD_SOCKET=$STATE/containerd.sock

CACHE=${PAFT_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/paft}

BRIDGE=paft0
NET=${PAFT_CLUSTER_NET:-10.88.0}
ADDRESS=$NET.1
SERVICE_RANGE=10.96.0.0/16
SERVICE_FIRST=10.96.0.1
NODE=paft-node
SERVER=https://$ADDRESS:6443
VOLUMES=$RUN/volumes
VOLUME_COUNT=${PAFT_CLUSTER_VOLUMES:-48}

# A proxy must not come between the components.
export NO_PROXY=${NO_PROXY:-${no_proxy:-}},localhost,127.0.0.1,$NET.0/24,$SERVICE_RANGE,.svc,.cluster.local
export no_proxy=$NO_PROXY

started=${EPOCHREALTIME/./}

elapsed() {
    local now=${EPOCHREALTIME/./} tenths
    tenths=$(((now - started) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

step() { printf '[%6ss] %s\n' "$(elapsed)" "$*" >&2; }

die() {
    printf 'cluster: %s\n' "$1" >&2
    shift
    if (($#)); then printf '  %s\n' "$@" >&2; fi
    exit 1
}

# Calls COMMAND until it succeeds, for SECONDS at most.
wait_for() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

need_root() {
    ((EUID == 0)) || die "this needs root: namespaces, mounts and a bridge." "Run: sudo -E $HERE/cluster $*"
}

# Paths go into YAML, mount options and patterns of processes: an odd character is refused once, here.
check_path() {
    [[ $HERE =~ ^[A-Za-z0-9_./@+-]+$ ]] ||
        die "the checkout's path has a space or a special character: $HERE" "Clone it somewhere else."
}
