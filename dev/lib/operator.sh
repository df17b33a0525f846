# shellcheck shell=bash disable=SC2154
# Installs the operator from manifests/ and waits for it.

install_operator() {
    local id
    kube kustomize "$root/manifests/overlays/local" | with_images |
        kube apply --server-side --force-conflicts --field-manager=paft-install -f - || return
    kube wait --for=condition=Established --timeout=60s crd/paftpipelines.paft.io || return
    # The tag of local images never changes: the image's id in the template makes a new image a new pod.
    if [[ $cluster == local ]]; then
        id=$(image_build_id operator)
        kube -n paft-system patch deployment paft-operator --type=merge \
            -p "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"paft.io/image\":\"$id\"}}}}}" || return
    fi
    if ! kube -n paft-system rollout status deployment/paft-operator --timeout=240s; then
        kube -n paft-system get pods -o wide || true
        kube -n paft-system get events --sort-by=.lastTimestamp | tail -n 10 || true
        kube -n paft-system logs deployment/paft-operator --tail=40 || true
        return 1
    fi
}
