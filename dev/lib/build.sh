# shellcheck shell=bash disable=SC2154
# The jars: paft-api, paft-merge and the operator.

jars=(worker-image/merge/target/paft-merge.jar operator/target/quarkus-app)

# What the jars are made of, and what they are: equal stamps mean that a build would change nothing. Maven itself would
# write other bytes, which would make new images and restart the operator.
build_stamp() {
    local path
    for path in "${jars[@]}"; do
        [[ -e $root/$path ]] || return 1
    done
    hash_of pom.xml crds/pom.xml crds/src/main worker-image/merge/pom.xml worker-image/merge/src/main operator/pom.xml \
        operator/src/main
    (cd "$root" && find "${jars[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

jars_are_built() {
    [[ -f $root/target/jars.stamp && $(build_stamp) == "$(<"$root/target/jars.stamp")" ]]
}

build_jars() {
    # Formatting is for `make check` to judge.
    maven -T1C -Dmaven.test.skip=true -Dspotless.check.skip=true package || return
    mkdir -p "$root/target"
    build_stamp >"$root/target/jars.stamp"
}
