# shellcheck shell=bash disable=SC2154
# mergekit as it is compared with: in an environment of its own, from PyPI (about 1 GB, PyTorch included), or the Python
# that PAFT_MERGEKIT_PYTHON names.

export mergekit=

mergekit_python() { # sets $mergekit
    mergekit=${PAFT_MERGEKIT_PYTHON:-$cache/mergekit-0.1.5/bin/python}
    if ! [[ -x $mergekit ]]; then
        say "Installing mergekit 0.1.5 into $cache/mergekit-0.1.5"
        python3 -m venv "$cache/mergekit-0.1.5"
        "$cache/mergekit-0.1.5/bin/pip" install --quiet mergekit==0.1.5 torch==2.6.0 safetensors==0.8.0
    fi
}
