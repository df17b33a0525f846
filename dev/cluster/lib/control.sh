# shellcheck shell=bash disable=SC2153
# The control plane: etcd, API server, controller manager and scheduler.

start_etcd() {
    # The data lives as long as the cluster: not waiting for the disk makes every write faster.
    start etcd "$BIN/etcd" --name paft --data-dir "$RUN/etcd" --unsafe-no-fsync --logger zap --log-level warn \
        --listen-client-urls https://127.0.0.1:12379 --advertise-client-urls https://127.0.0.1:12379 \
        --listen-peer-urls http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380 \
        --initial-cluster paft=http://127.0.0.1:12380 --quota-backend-bytes 4294967296 \
        --auto-compaction-retention 5m --client-cert-auth --trusted-ca-file "$PKI/ca.crt" \
        --cert-file "$PKI/etcd.crt" --key-file "$PKI/etcd.key"
}

start_kube_apiserver() {
    local -a flags=(
        --bind-address "$ADDRESS" --advertise-address "$ADDRESS" --secure-port 6443
        --etcd-servers https://127.0.0.1:12379 --etcd-cafile "$PKI/ca.crt"
        --etcd-certfile "$PKI/etcd.crt" --etcd-keyfile "$PKI/etcd.key"
        --tls-cert-file "$PKI/apiserver.crt" --tls-private-key-file "$PKI/apiserver.key" --client-ca-file "$PKI/ca.crt"
        --service-cluster-ip-range "$SERVICE_RANGE"
        --service-account-issuer https://kubernetes.default.svc.cluster.local
        --service-account-key-file "$PKI/service-accounts.pub"
        --service-account-signing-key-file "$PKI/service-accounts.key"
        --authorization-mode "Node,RBAC" --enable-admission-plugins NodeRestriction --allow-privileged
        --kubelet-certificate-authority "$PKI/ca.crt" --kubelet-client-certificate "$PKI/apiserver-client.crt"
        --kubelet-client-key "$PKI/apiserver-client.key"
        # The node's name is in no DNS.
        --kubelet-preferred-address-types InternalIP
        --enable-aggregator-routing --profiling=false
        --audit-policy-file "$HERE/config/audit-policy.yaml" --audit-log-path "$LOGS/audit.log"
        --audit-log-maxsize 500 --audit-log-maxbackup 2
    )
    start kube-apiserver "$BIN/kube-apiserver" "${flags[@]}"
}

start_kube_controller_manager() {
    local -a flags=(
        --kubeconfig "$PKI/controller-manager.kubeconfig" --authentication-kubeconfig "$PKI/controller-manager.kubeconfig"
        --authorization-kubeconfig "$PKI/controller-manager.kubeconfig" --bind-address 127.0.0.1
        --root-ca-file "$PKI/ca.crt" --service-account-private-key-file "$PKI/service-accounts.key"
        --cluster-signing-cert-file "$PKI/ca.crt" --cluster-signing-key-file "$PKI/ca.key"
        --use-service-account-credentials --leader-elect=false --profiling=false
        # It would make the default directory.
        --flex-volume-plugin-dir "$DATA/kubelet/volume-plugins"
        # The defaults (20 requests a second, 5 Jobs at once) are the brake when a test makes hundreds of Jobs.
        --kube-api-qps 300 --kube-api-burst 600 --concurrent-job-syncs 20
    )
    start kube-controller-manager "$BIN/kube-controller-manager" "${flags[@]}"
}

start_kube_scheduler() {
    cat >"$RUN/scheduler.yaml" <<EOF
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection:
  kubeconfig: $PKI/scheduler.kubeconfig
  qps: 300
  burst: 600
EOF
    start kube-scheduler "$BIN/kube-scheduler" --config "$RUN/scheduler.yaml" --bind-address 127.0.0.1 \
        --authentication-kubeconfig "$PKI/scheduler.kubeconfig" --authorization-kubeconfig "$PKI/scheduler.kubeconfig"
}

kubectl() { "$BIN/kubectl" --request-timeout=20s "$@"; }

# The two serve their health with a certificate that they made themselves.
https_ok() { # PORT
    kubectl --server "https://127.0.0.1:$1" --insecure-skip-tls-verify get --raw /healthz
}

etcd_ok() {
    KUBECONFIG=/dev/null kubectl --server https://127.0.0.1:12379 --certificate-authority "$PKI/ca.crt" \
        --client-certificate "$PKI/etcd.crt" --client-key "$PKI/etcd.key" get --raw /health
}

# Succeeds when the component answers that it is well.
healthy() { # NAME
    case $1 in
        etcd) etcd_ok ;;
        kube-apiserver) kubectl get --raw /readyz ;;
        kube-controller-manager) https_ok 10257 ;;
        kube-scheduler) https_ok 10259 ;;
        containerd) ctr version ;;
        kubelet) http_ok 10248 /healthz ;;
        kube-proxy) http_ok 10256 /livez ;;
        coredns) http_ok 10258 /health ;;
        recycler) alive recycler ;;
    esac >/dev/null 2>&1
}
