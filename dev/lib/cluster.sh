# shellcheck shell=bash disable=SC2154
# The cluster to work on: the local one, or the one that KUBECONFIG names.

cluster=local

# kubectl of the chosen cluster.
kube() {
    if [[ $cluster == local ]]; then
        "$root/dev/cluster/cluster" kubectl "$@"
    else
        kubectl "$@"
    fi
}

local_cluster_is_up() { "$root/dev/cluster/cluster" status >/dev/null 2>&1; }

# What kubectl is called in messages to people.
kubectl_words() {
    if [[ $cluster == local ]]; then printf 'dev/cluster/cluster kubectl'; else printf 'kubectl'; fi
}

need_current_cluster() {
    command -v kubectl >/dev/null ||
        die "kubectl is missing, which CLUSTER=current needs. See https://kubernetes.io/docs/tasks/tools/"
    kubectl get --raw /readyz >/dev/null 2>&1 ||
        die "the cluster does not answer. Set KUBECONFIG; test it with: kubectl get nodes"
}
