#!/usr/bin/env bash
# Tests the built images. Usage: dev/images/test.sh [NAME...], by default trainer, merge and operator.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${PAFT_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/paft}/images
images=$root/dev/images/images
passed=0
failed=0
[[ $# -gt 0 ]] || set -- trainer merge operator

bh() {
    TMPDIR=$cache/tmp buildah --root "$cache/storage" --runroot "/run/paft-images-$EUID" --storage-driver overlay "$@"
}

check() { # TITLE COMMAND...
    local title=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok    $title"
    else
        failed=$((failed + 1))
        echo "FAIL  $title"
        tail -n 15 <<<"$output" | cut -c 1-200
    fi
}

run() { # NAME COMMAND...
    "$images" run "$1" -e OMP_NUM_THREADS=1 -e OPENBLAS_NUM_THREADS=1 -- "${@:2}"
}

no_write() { # NAME DIRECTORY
    ! run "$1" sh -c "touch $2/file"
}

# What may not stay of the build machine: its mirrors, proxies, certificates, name servers, caches, and our build scripts.
clean_files() { # MOUNT
    local bad=0 found
    for found in root/.cache/pip etc/pip.conf root/.config/pip usr/local/share/ca-certificates run/secrets tmp \
        var/lib/apt/lists var/cache/apt; do
        if [[ -n $(find "$1/$found" -type f 2>/dev/null | head -n 1) ]]; then
            echo "files in /$found"
            bad=1
        fi
    done
    if [[ -s $1/etc/resolv.conf ]]; then
        echo "/etc/resolv.conf is not empty"
        bad=1
    fi
    if grep -rhE '^(URIs:|deb )' "$1/etc/apt" | grep -vE 'http://deb.debian.org/debian(-security)?$'; then
        echo "apt has another mirror than Debian's"
        bad=1
    fi
    if grep -rliE 'proxy|CaInfo|/run/secrets' "$1/etc/apt" "$1/etc/environment" 2>/dev/null; then
        echo "apt has settings of the build machine"
        bad=1
    fi
    return $bad
}

debian_certificates() { # MOUNT
    local bundle=$1/etc/ssl/certs/ca-certificates.crt
    [[ $(grep -c BEGIN "$bundle") -eq $(find "$1/usr/share/ca-certificates" -name '*.crt' | wc -l) ]]
}

clean_config() { # IMAGE
    local text
    # pip and certificate variables, proxies, and user names in URLs.
    text=$(bh inspect --type image "$1")
    ! grep -iE '(http|https|ftp|no|all)_proxy|PIP_(INDEX|EXTRA|CERT|FIND|TRUSTED|PROXY)|SSL_CERT|CA_BUNDLE|index-url|://[^/ ]*@' <<<"$text"
}

config_is() { # IMAGE TEMPLATE VALUE
    local value
    value=$(bh inspect --type image --format "$2" "$1")
    echo "$value, expected $3"
    [[ $value == "$3" ]]
}

check_common() { # NAME
    local image=localhost/paft-$1:dev container mount
    check "$1: user is 65532:65532" config_is "$image" '{{.OCIv1.Config.User}}' 65532:65532
    check "$1: has a title" config_is "$image" '{{index .OCIv1.Config.Labels "org.opencontainers.image.title"}}' "paft-$1"
    check "$1: runs as 65532" run "$1" sh -c 'id | grep "uid=65532.*gid=65532"'
    check "$1: the user can't write to /opt/paft" no_write "$1" /opt/paft
    check "$1: nothing of the build machine in configuration or history" clean_config "$image"
    container=$(bh from --quiet --pull-never --name "paft-run-$$" "$image")
    mount=$(bh mount "$container")
    check "$1: nothing of the build machine in files" clean_files "$mount"
    check "$1: Debian's certificates, no others" debian_certificates "$mount"
    bh rm "$container" >/dev/null
}

check_trainer() {
    check "trainer: imports" run trainer python -c \
        'import torch, transformers, trl, peft, datasets, accelerate, lm_eval, gguf; from trl import SFTTrainer, DPOTrainer; import trl.experimental.orpo'
    check "trainer: torch.distributed over gloo" run trainer python -c \
        'import torch.distributed as d; d.init_process_group("gloo", init_method="file:///tmp/rendezvous", rank=0, world_size=1)'
    check "trainer: shares tensors between processes" run trainer python -c \
        'import torch; torch.multiprocessing.set_sharing_strategy("file_system"); torch.ones(9).share_memory_()'
    check "trainer: BLAS is OpenBLAS" run trainer sh -c 'readlink -f /usr/lib/*/libblas.so.3 | grep openblas'
    # Reference BLAS makes about 2.
    check "trainer: at least 10 GFLOPS on one core" run trainer python -c '
import time, torch
a = torch.randn(1000, 1000)
a @ a
start = time.monotonic()
for _ in range(5):
    a @ a
speed = 5 * 2 * 1000**3 / (time.monotonic() - start) / 1e9
print(speed, "GFLOPS")
assert speed > 10'
    check "trainer: libraries of torch are complete" run trainer sh -c '
        ! ldd /usr/lib/*/libtorch*.so.* /usr/lib/*/libmpi.so.40 | grep "not found"'
    check "trainer: everything is compiled" run trainer python -c '
import importlib.util, pathlib, transformers.models.llama.modeling_llama as a, trl, paft_train
for module in a, trl, paft_train:
    assert pathlib.Path(importlib.util.cache_from_source(module.__file__)).exists(), module'
    check "trainer: our package starts" run trainer python -m paft_train --help
}

check_merge() {
    check "merge: Java 25" run merge sh -c 'java -version 2>&1 | grep "version \"25"'
    check "merge: has the vector module" run merge sh -c 'java --list-modules | grep jdk.incubator.vector'
    check "merge: Java has certificates" run merge sh -c 'keytool -list -cacerts -storepass changeit | grep -c trustedCertEntry'
    check "merge: our program starts" run merge java @/opt/paft/kernels.options -jar /opt/paft/paft-merge.jar --help
}

check_operator() {
    check "operator: the AOT cache fits" run operator java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:AOTMode=on \
        -XX:AOTCache=/opt/paft/app.aot -cp /opt/paft/quarkus-run.jar -version
}

for name in "$@"; do
    "$images" build "$name"
    check_common "$name"
    "check_$name"
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
