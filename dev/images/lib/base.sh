# shellcheck shell=bash disable=SC2154
# The Debian base image for buildah, made with mmdebstrap from the mirror that this machine's apt uses; and this
# machine's apt and pip settings, which builds get as secrets so that they don't stay in images.

base_image=localhost/debian:trixie
secrets=()

# Prints this machine's Debian mirror, or the public one when the machine isn't Debian. KIND is main or security.
mirror() { # KIND
    local origin codename default=http://deb.debian.org/debian
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    case $1 in
        main) origin="Debian $codename" ;;
        security)
            origin="Debian $codename-security"
            default=http://deb.debian.org/debian-security
            ;;
    esac
    # The suite is asked for as well: security archives say Codename bookworm-security, some mirrors only bookworm.
    apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
        awk -v want="$origin " -v default="$default" \
            'index($0, want) == 1 && !uri { uri = $3 } END { print uri ? uri : default }'
}

sources() {
    local main security
    main=$(mirror main)
    security=$(mirror security)
    printf 'deb %s trixie main\n' "$main"
    printf 'deb %s trixie-updates main\n' "$main"
    printf 'deb %s trixie-security main\n' "$security"
}

# Proxies come from the environment, which buildah passes to RUN steps and leaves out of the image.
prepare_secrets() {
    local dir=$cache/secrets index name
    rm -rf "$dir"
    (umask 077 && mkdir -p "$dir")
    cp /etc/ssl/certs/ca-certificates.crt "$dir/ca.pem"
    sources >"$dir/sources.list"
    {
        echo 'Dir::Etc::sourcelist "/run/secrets/sources.list";'
        echo 'Dir::Etc::sourceparts "/dev/null";'
        echo 'Acquire::Languages "none";'
        echo 'Acquire::https::CaInfo "/run/secrets/ca.pem";'
        apt-config dump | grep -E '^Acquire::(http|https)::Proxy|^Acquire::Check-' || true
    } >"$dir/apt.conf"
    {
        printf '[global]\ncert = /run/secrets/ca.pem\ndisable-pip-version-check = true\n'
        index=$(python3 -m pip config get global.index-url 2>/dev/null || true)
        [[ -z ${PIP_INDEX_URL:-$index} ]] || printf 'index-url = %s\n' "${PIP_INDEX_URL:-$index}"
    } >"$dir/pip.conf"
    secrets=()
    for name in ca.pem sources.list apt.conf pip.conf; do
        secrets+=(--secret "id=$name,src=$dir/$name")
    done
}

make_base() { # TAR
    local customize
    # Like Debian's own container image: public sources, no documentation, no needless syncs.
    customize=$(
        cat <<'END'
rm -f "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*
cat >"$1/etc/apt/sources.list.d/debian.sources" <<'SOURCES'
Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
rm -f "$1/etc/resolv.conf" "$1/etc/hostname" "$1/etc/apt/apt.conf.d/99mmdebstrap"
END
    )
    sources >"$cache/tmp/sources.list"
    TMPDIR=$cache/tmp mmdebstrap --format=tar --variant=minbase --include=ca-certificates \
        --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook="$customize" trixie "$1.part" "$cache/tmp/sources.list"
    mv "$1.part" "$1"
}

build_base() {
    local tar=$cache/debian-trixie.tar container inputs
    inputs=$(hash_of dev/images/lib/base.sh | sha256sum | cut -c 1-16)
    if [[ -z $fresh && $(image_label "$base_image" io.paft.inputs) == "$inputs" ]]; then
        return
    fi
    with_progress "Debian base" "$cache/log/debian.log" '^I: |^(Get|Setting)' make_base "$tar"
    container=$(bh from --quiet scratch)
    bh add --quiet "$container" "$tar" / >/dev/null
    bh config --cmd bash --label "io.paft.inputs=$inputs" "$container"
    bh commit --quiet --rm "$container" "$base_image" >/dev/null
    rm -f "$tar"
}
