# shellcheck shell=bash disable=SC2153
# A pool of local volumes, and what gives a released one back to the pool.
#
# They are static because the kubelet gives a local volume to the pod's fsGroup, so that a pod without root can write; it
# does not do so for the host paths that Kubernetes' own provisioner makes.

POOL_LABEL=paft.io/pool=local

volume_names() { seq -f 'volume-%02g' 1 "$VOLUME_COUNT"; }

make_volumes() {
    local name
    for name in $(volume_names); do
        mkdir -p "$VOLUMES/$name"
        cat <<EOF
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: $name
  labels: {${POOL_LABEL/=/: }}
spec:
  capacity: {storage: 50Gi}
  accessModes: [ReadWriteOnce, ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: local
  local: {path: $VOLUMES/$name}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions:
            - {key: kubernetes.io/hostname, operator: In, values: [$NODE]}
EOF
    done | kubectl apply --server-side --force-conflicts -f - >/dev/null
}

# Removes the content only, never follows a link and never crosses a mount.
empty_volume() { # NAME
    local dir=$VOLUMES/$1
    [[ $1 =~ ^volume-[0-9]+$ && -d $dir && ! -L $dir && ! -L $VOLUMES ]] || return 1
    # The claim can be gone before the kubelet has unmounted the volume: a mount's fourth field is the directory.
    if awk -v dir="/$1" 'substr($4, length($4) - length(dir) + 1) == dir && $5 ~ /paft-cluster/ {found = 1} END {exit !found}' \
        /proc/self/mountinfo; then return 1; fi
    find "$dir" -xdev -mindepth 1 -delete || return 1
    chown 0:0 "$dir"
    chmod 00755 "$dir"
}

# A watch can tell what is no longer so: the claim of now decides, not the one that was told. While it is there, nobody
# else can get the volume.
still_released() { # NAME UID-OF-CLAIM
    [[ $(kubectl get pv "$1" -o 'jsonpath={.status.phase} {.spec.claimRef.uid}') == "Released $2" ]]
}

recycle_volume() ( # NAME UID-OF-CLAIM; in a shell of its own, which holds the lock against another recycler
    exec 6>"$RUN/recycle.lock"
    flock 6
    for try in {1..60}; do
        still_released "$1" "$2" || return 0
        if empty_volume "$1"; then
            kubectl patch pv "$1" --type json -p "[{\"op\": \"test\", \"path\": \"/spec/claimRef/uid\", \"value\": \"$2\"},
                {\"op\": \"remove\", \"path\": \"/spec/claimRef\"}]" >/dev/null || return 1
            echo "$1 is free again"
            return 0
        fi
        sleep "0.$((try < 10 ? try : 9))"
    done
    echo "$1 is still mounted or can't be emptied; it stays Released"
    return 1
)

RELEASED_COLUMNS='custom-columns=NAME:.metadata.name,PHASE:.status.phase,UID:.spec.claimRef.uid'

recycle_released() { # reads NAME PHASE UID
    local name phase uid failed=0
    while read -r name phase uid; do
        [[ $phase == Released ]] || continue
        recycle_volume "$name" "$uid" || failed=1
    done
    return "$failed"
}

recycle_once() { kubectl get pv -l "$POOL_LABEL" --no-headers -o "$RELEASED_COLUMNS" | recycle_released; }

# A watch, not a poll; it ends when the API server restarts, and begins with the whole list again.
recycle_forever() {
    while true; do
        "$BIN/kubectl" get pv -l "$POOL_LABEL" --no-headers --watch -o "$RELEASED_COLUMNS" | recycle_released || true
        sleep 2
    done
}

start_recycler() { start recycler "$HERE/cluster" _recycler; }
