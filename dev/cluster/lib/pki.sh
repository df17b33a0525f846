# shellcheck shell=bash disable=SC2153
# Certificates and kubeconfigs, made anew for each cluster.

# One call of openssl per certificate: it is the starting of programs that takes the time. The configuration is our own,
# since the machine's would add extensions of its choice.
certificate() { # NAME SUBJECT EXTENSIONS OPENSSL-ARGUMENT...
    local name=$1 subject=$2 extensions=$3 output
    shift 3
    # RSA: the Java client reads no elliptic-curve keys without a library of its own.
    output=$(openssl req -x509 -newkey rsa:2048 -nodes -sha256 -subj "$subject" \
        -days 3650 -keyout "$PKI/$name.key" -out "$PKI/$name.crt" "$@" 2>&1 -config /dev/stdin <<EOF
[req]
distinguished_name = name
x509_extensions = extensions
[name]
[extensions]
subjectKeyIdentifier = hash
$extensions
EOF
    ) || die "openssl can't make the certificate $name:" "$output"
}

signed() { # NAME SUBJECT USAGE [SAN]
    certificate "$1" "$2" "authorityKeyIdentifier = keyid
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = $3
${4:+subjectAltName = $4}" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key"
}

kubeconfig() { # FILE CERTIFICATE
    cat >"$1" <<EOF
apiVersion: v1
kind: Config
clusters:
  - name: paft
    cluster:
      server: $SERVER
      certificate-authority-data: $(base64 -w 0 "$PKI/ca.crt")
users:
  - name: $2
    user:
      client-certificate-data: $(base64 -w 0 "$PKI/$2.crt")
      client-key-data: $(base64 -w 0 "$PKI/$2.key")
contexts:
  - name: paft
    context: {cluster: paft, user: $2}
current-context: paft
EOF
}

make_all() {
    local name job
    local -a jobs=()
    mkdir -p "$PKI"
    # Strict clients refuse an authority that does not say what its key is for.
    certificate ca /CN=paft-cluster $'basicConstraints = critical,CA:true\nkeyUsage = critical,keyCertSign,cRLSign'
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$PKI/service-accounts.key" 2>/dev/null
    openssl pkey -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub"
    signed etcd /CN=etcd serverAuth,clientAuth "DNS:localhost,IP:127.0.0.1" & jobs+=($!)
    signed apiserver /CN=kube-apiserver serverAuth "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,\
DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:$NODE,IP:127.0.0.1,IP:$ADDRESS,IP:$SERVICE_FIRST" &
    jobs+=($!)
    signed apiserver-client /O=system:masters/CN=kube-apiserver clientAuth & jobs+=($!)
    signed node-server "/CN=$NODE" serverAuth "DNS:$NODE,IP:$ADDRESS" & jobs+=($!)
    signed admin /O=system:masters/CN=admin clientAuth & jobs+=($!)
    signed node "/O=system:nodes/CN=system:node:$NODE" clientAuth & jobs+=($!)
    signed coredns /CN=paft:coredns clientAuth & jobs+=($!)
    for name in controller-manager scheduler proxy; do
        signed "$name" "/CN=system:kube-$name" clientAuth & jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job"; done
    for name in controller-manager scheduler proxy coredns node; do kubeconfig "$PKI/$name.kubeconfig" "$name"; done
    kubeconfig "$KUBECONFIG" admin
}

make_pki() {
    (umask 077 && make_all)
    # The person behind sudo uses the cluster too.
    if [[ -n ${SUDO_UID:-} ]]; then chown "$SUDO_UID:${SUDO_GID:-0}" "$KUBECONFIG"; fi
}
