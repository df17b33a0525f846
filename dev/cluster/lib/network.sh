# shellcheck shell=bash disable=SC2153
# The bridge that everything binds to, the pods' network, and the rules of iptables.

make_network() {
    local other inotify=/proc/sys/fs/inotify/max_user_instances
    other=$(ip -o -4 address show | awk -v net="$NET." -v bridge="$BRIDGE" '$2 != bridge && index($4, net) == 1 {print $2; exit}')
    [[ -z $other ]] ||
        die "the interface $other has an address in $NET.0/24 already." "Choose another network: PAFT_CLUSTER_NET=10.89.7 (three numbers)"
    if ! ip link show "$BRIDGE" >/dev/null 2>&1; then ip link add "$BRIDGE" type bridge; fi
    ip address replace "$ADDRESS/24" dev "$BRIDGE"
    ip link set "$BRIDGE" up
    # Services are reachable from the machine even where it has no default route.
    ip route replace "$SERVICE_RANGE" dev "$BRIDGE"
    echo 1 >/proc/sys/net/ipv4/ip_forward
    # Each pod takes some; the default of 128 is used up early.
    (($(<"$inotify") >= 8192)) || echo 8192 >"$inotify"

    mkdir -p "$STATE/cni/net.d"
    cat >"$STATE/cni/net.d/10-paft.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "paft", "plugins": [
  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$STATE/cni/addresses", "routes": [{"dst": "0.0.0.0/0"}],
            "ranges": [[{"subnet": "$NET.0/24", "rangeStart": "$NET.10", "rangeEnd": "$NET.250"}]]}}]}
EOF
}

remove_network() {
    local sandbox
    if ip link show "$BRIDGE" >/dev/null 2>&1; then ip link delete "$BRIDGE"; fi
    # Where libcni keeps its results can't be configured; a pod that was killed leaves them.
    for sandbox in "$DATA"/containerd/io.containerd.grpc.v1.cri/sandboxes/*; do
        rm -f /var/lib/cni/results/*-"${sandbox##*/}"-*
    done
    rmdir /var/lib/cni/results /var/lib/cni 2>/dev/null || true
}

our_chains() { # PROGRAM; "TABLE CHAIN" of each chain that kubelet, kube-proxy or CNI made
    { "$1-save" 2>/dev/null || true; } | awk '/^\*/ {table = substr($1, 2)} /^:(KUBE-|CNI-)/ {print table, substr($1, 2)}' | sort
}

# Another Kubernetes or CNI on this machine has chains of these names as well: what was there before stays.
remember_chains() {
    local program
    for program in iptables ip6tables; do our_chains "$program" >"$STATE/$program.before"; done
}

remove_chains() {
    local program keep table
    for program in iptables ip6tables; do
        keep=$STATE/$program.before
        [[ -e $keep ]] || continue
        for table in $(comm -13 "$keep" <(our_chains "$program") | cut -d ' ' -f 1 | sort -u); do
            remove_chains_of "$program" "$table" "$keep"
        done
    done
}

# One transaction per table: hundreds of rules go in milliseconds, and only ours.
remove_chains_of() { # PROGRAM TABLE KEEP
    local program=$1 table=$2 keep=$3
    "$program-save" -t "$table" | awk -v table="$table" -v keep="$keep" '
        BEGIN {
            while ((getline line <keep) > 0) kept[line] = 1
            print "*" table
        }
        /^:(KUBE-|CNI-)/ {
            chain = substr($1, 2)
            if (!((table " " chain) in kept)) {ours[chain] = 1; order[++n] = chain}
        }
        /^-A / {
            from = $2; to = ""
            for (i = 3; i < NF; i++) if ($i == "-j" || $i == "-g") to = $(i + 1)
            if (!(from in ours) && (to in ours)) {sub(/^-A/, "-D"); print}
        }
        END {
            for (i = 1; i <= n; i++) print "-F " order[i]
            for (i = 1; i <= n; i++) print "-X " order[i]
            print "COMMIT"
        }' | "$program-restore" --noflush --wait 10
}
