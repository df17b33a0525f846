# shellcheck shell=bash disable=SC2153
# Certificates and kubeconfigs, made anew for each cluster.

certificate() { # NAME SUBJECT USAGE [SAN]
    local extensions="basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=$3"
    [[ -z ${4:-} ]] || extensions+=$'\n'"subjectAltName=$4"
    # RSA: the Java client reads no elliptic-curve keys without a library of its own.
    openssl req -new -newkey rsa:2048 -nodes -subj "$2" \
        -keyout "$PKI/$1.key" -out "$PKI/$1.csr" 2>/dev/null
    openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -days 365 \
        -set_serial "0x$(openssl rand -hex 8)" -extfile <(echo "$extensions") -out "$PKI/$1.crt" 2>/dev/null
    rm "$PKI/$1.csr"
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

make_pki() {
    local name
    (
        umask 077
        mkdir -p "$PKI"
        # Strict clients refuse an authority that does not say what its key is for.
        openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=paft-cluster \
            -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign \
            -keyout "$PKI/ca.key" -out "$PKI/ca.crt" 2>/dev/null
        openssl genrsa -out "$PKI/service-accounts.key" 2048 2>/dev/null
        openssl rsa -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub" 2>/dev/null
        certificate etcd /CN=etcd serverAuth,clientAuth "DNS:localhost,IP:127.0.0.1"
        certificate apiserver /CN=kube-apiserver serverAuth "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,\
DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:$NODE,IP:127.0.0.1,IP:$ADDRESS,IP:$SERVICE_FIRST"
        certificate apiserver-client /O=system:masters/CN=kube-apiserver clientAuth
        certificate node-server "/CN=$NODE" serverAuth "DNS:$NODE,IP:$ADDRESS"
        certificate admin /O=system:masters/CN=admin clientAuth
        certificate controller-manager /CN=system:kube-controller-manager clientAuth
        certificate scheduler /CN=system:kube-scheduler clientAuth
        certificate proxy /CN=system:kube-proxy clientAuth
        certificate coredns /CN=paft:coredns clientAuth
        certificate node "/O=system:nodes/CN=system:node:$NODE" clientAuth
        for name in controller-manager scheduler proxy coredns node; do kubeconfig "$PKI/$name.kubeconfig" "$name"; done
        kubeconfig "$KUBECONFIG" admin
    )
    # The person behind sudo uses the cluster too.
    if [[ -n ${SUDO_UID:-} ]]; then chown "$SUDO_UID:${SUDO_GID:-0}" "$KUBECONFIG"; fi
}
