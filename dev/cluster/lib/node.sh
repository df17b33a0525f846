# shellcheck shell=bash disable=SC2153
# The node: containerd, kubelet, kube-proxy, and CoreDNS for its pods.

ctr() { command ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }

prepare_node() {
    local name
    # Pods that ask for mount propagation need it; systemd sets it, a bare machine doesn't.
    [[ $(findmnt -no PROPAGATION /) == *shared* ]] || mount --make-rshared /
    # Built into many kernels, and unknown to some: containerd and kube-proxy say themselves what they miss.
    if command -v modprobe >/dev/null; then
        for name in overlay nf_conntrack ip_tables; do modprobe -q "$name" || true; done
    fi
}

start_containerd() {
    local restrict=false
    # Without CAP_SYS_RESOURCE (24) a lower oom_score_adj can't be set, and no pod would start.
    (((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) >> 24) & 1)) || restrict=true
    cat >"$STATE/containerd.toml" <<EOF
version = 2
root = "$DATA/containerd"
state = "$STATE/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "$CONTAINERD_SOCKET"
[ttrpc]
  address = "$CONTAINERD_SOCKET.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = $restrict
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_dir)"
    conf_dir = "$STATE/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "$STATE/runc"
EOF
    start containerd containerd --config "$STATE/containerd.toml"
}

start_kubelet() {
    mkdir -p "$DATA/kubelet" "$LOGS/pods"
    cat >"$RUN/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $ADDRESS
healthzBindAddress: 127.0.0.1
readOnlyPort: 0
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $PKI/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $PKI/node-server.crt
tlsPrivateKeyFile: $PKI/node-server.key
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
clusterDNS: [$ADDRESS]
clusterDomain: cluster.local
# Pods get the cluster's names only; CoreDNS forwards the rest.
resolvConf: ""
maxPods: 220
podLogsDir: $LOGS/pods
volumePluginDir: $DATA/kubelet/volume-plugins
# Images come from "cluster load" and can't be pulled again, so a full disk must not remove them.
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%", imagefs.inodesFree: "0%"}
kubeAPIQPS: 100
kubeAPIBurst: 200
registryPullQPS: 0
eventRecordQPS: 50
EOF
    start kubelet "$BIN/kubelet" --config "$RUN/kubelet.yaml" --kubeconfig "$PKI/node.kubeconfig" \
        --root-dir "$DATA/kubelet" --cert-dir "$DATA/kubelet/pki" --node-ip "$ADDRESS" --hostname-override "$NODE"
}

start_kube_proxy() {
    cat >"$RUN/proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $PKI/proxy.kubeconfig}
bindAddress: $ADDRESS
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
hostnameOverride: $NODE
mode: iptables
# A pod that reaches another one on this bridge through a service gets the answer past iptables, unless the bridge calls
# iptables, which not every kernel can. Masquerading makes it come back the way it went.
iptables: {masqueradeAll: true, localhostNodePorts: false, minSyncPeriod: 0s}
nodePortAddresses: [$NET.0/24]
# Machine-wide limits stay as they are.
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
EOF
    start kube-proxy "$BIN/kube-proxy" --config "$RUN/proxy.yaml"
}

start_coredns() {
    local forward=''
    ! grep -q '^nameserver' /etc/resolv.conf 2>/dev/null || forward='forward . /etc/resolv.conf'
    cat >"$RUN/Corefile" <<EOF
. {
    bind $ADDRESS
    errors
    health 127.0.0.1:10258
    kubernetes cluster.local in-addr.arpa {
        kubeconfig $PKI/coredns.kubeconfig
        pods insecure
        ttl 5
    }
    $forward
    cache {
        success 1000 5
        denial 1000 1
        disable success cluster.local
        disable denial cluster.local
    }
    loop
}
EOF
    start coredns "$COREDNS_BIN/coredns" -conf "$RUN/Corefile"
}

node_ready() { [[ $(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]]; }

node_problem() {
    kubectl get node "$NODE" -o 'jsonpath={range .status.conditions[?(@.status!="False")]}{.type}={.status}: {.message}{"\n"}{end}' 2>&1 ||
        true
}
