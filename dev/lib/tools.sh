# shellcheck shell=bash disable=SC2154
# Finds the programs that a task needs and puts them on the PATH; says what is missing and how to get it.

need() { # jdk|maven|go|python ...
    local tool
    for tool in "$@"; do
        "need_$tool"
    done
}

need_jdk() {
    local home
    if home=$(find_jdk); then
        export JAVA_HOME=$home PATH=$home/bin:$PATH
        return
    fi
    die "JDK 25 is missing. Install it (Debian 13: apt-get install openjdk-25-jdk-headless; elsewhere a build of Eclipse
Temurin 25, for example with SDKMAN: sdk install java 25-tem) or set JAVA_HOME to it."
}

find_jdk() {
    local home candidates=("${JAVA_HOME:-}")
    # Those that carry the version in their name first: asking takes a second each.
    candidates+=(/usr/lib/jvm/*25* "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25*
        /Library/Java/JavaVirtualMachines/*25*/Contents/Home /opt/*jdk*25*)
    candidates+=(/usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*
        /Library/Java/JavaVirtualMachines/*/Contents/Home)
    if command -v javac >/dev/null; then
        candidates+=("$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")")
    fi
    for home in "${candidates[@]}"; do
        if [[ -x $home/bin/javac && $("$home/bin/javac" -version 2>&1) == "javac 25"* ]]; then
            printf '%s' "$home"
            return
        fi
    done
    return 1
}

need_maven() {
    command -v mvn >/dev/null ||
        die "Maven is missing. Install 3.8 or newer (Debian: apt-get install maven; macOS: brew install maven)."
    # Builds are short: the compilers that pay off after minutes and parallel collectors only cost. Maven 3.8 warns of its own
    # libraries on JDK 25; nobody here can do anything about it.
    export MAVEN_OPTS=${MAVEN_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow}
}

maven() { # ARGUMENT...
    (cd "$root" && mvn -B -Dstyle.color=never "$@")
}

need_go() {
    local directory
    for directory in "" /usr/local/go/bin /usr/lib/go-1.2[6-9]/bin /usr/lib/go/bin "$HOME"/sdk/go1.2[6-9]*/bin "$HOME/go/bin" \
        /opt/homebrew/bin; do
        if is_go_126 "${directory:+$directory/}go"; then
            [[ -z $directory ]] || export PATH=$directory:$PATH
            return
        fi
    done
    die "Go 1.26 or newer is missing: the local cluster is built with it. Install it from https://go.dev/dl/ into
/usr/local/go, or use a cluster of your own: make demo CLUSTER=current."
}

is_go_126() { # GO
    local version
    version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 26))
}

need_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
        die "Python 3.10 or newer is missing. Install it (Debian: apt-get install python3 python3-venv)."
    python3 -c 'import venv, ensurepip' 2>/dev/null ||
        die "Python's venv module is missing. Install it (Debian: apt-get install python3-venv)."
}

need_root() {
    ((EUID == 0)) || die "the local cluster and its images need root: for mounts, a bridge and containers.
Run: sudo -E make ${1:-}"
}

# For a clock that can be wrong; the caller is root.
need_libfaketime() {
    local install=(apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends libfaketime)
    ! compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || return 0
    command -v apt-get >/dev/null || die "libfaketime is missing. Install it with your package manager."
    say "installing libfaketime"
    DEBIAN_FRONTEND=noninteractive "${install[@]}" >/dev/null 2>&1 ||
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${install[@]}" >/dev/null; } ||
        die "libfaketime could not be installed. Run: sudo apt-get install libfaketime"
}

# Puts ruff and shellcheck, as dev/tools/requirements.txt pins them, on the PATH.
need_linters() {
    local venv
    need python
    venv=$cache/tools/$(hash_of dev/tools/requirements.txt)-$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [[ ! -e $venv/complete ]]; then
        say "installing ruff and shellcheck in $venv"
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --require-hashes -r "$root/dev/tools/requirements.txt"
        touch "$venv/complete"
    fi
    export PATH=$venv/bin:$PATH
}
