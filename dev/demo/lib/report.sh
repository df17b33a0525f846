# shellcheck shell=bash disable=SC2154
# The report, out of the workspace, and what to look at next.

# Prints what follows the claim in a location such as pvc://paft-workspace/report/<key>/report.html.
path_of() { # LOCATION
    local location=${1#pvc://}
    if [[ $location == "$1" ]]; then printf '%s' "$1"; else printf '%s' "${location#*/}"; fi
}

# A pod that holds the workspace read-only is the way that needs no right on the node: its files come out by exec.
fetch_report() {
    local directory reader=paft-report-reader file
    directory=$(kube -n "$namespace" get paftpipeline "$sample" -o 'jsonpath={.status.result.report}')
    directory=$(path_of "$directory")
    directory=${directory%/report.html}
    rm -f "$out"/report.* "$out/README.md"
    with_images <"$root/dev/demo/reader.yaml" |
        sed "s#WORKSPACE#$(kube -n "$namespace" get paftpipeline "$sample" -o 'jsonpath={.spec.workspace.volumeClaim.name}')#" |
        kube -n "$namespace" apply -f - >/dev/null
    if kube -n "$namespace" wait --for=condition=Ready "pod/$reader" --timeout=120s >/dev/null; then
        for file in report.html report.json README.md; do
            kube -n "$namespace" exec "$reader" -- cat "/workspace/$directory/$file" >"$out/$file.part" &&
                mv "$out/$file.part" "$out/$file"
        done
    else
        kube -n "$namespace" describe pod "$reader" | tail -n 10
    fi
    kube -n "$namespace" delete pod "$reader" --wait=false --ignore-not-found >/dev/null
    [[ -f $out/report.html ]] || die "the report could not be copied out of the workspace (see above). It lies in $directory there."
}

show_result() {
    local kubectl
    kubectl=$(kubectl_words)
    say
    python3 "$root/dev/demo/follow.py" tables "$namespace" "$sample" "$(kubectl_path)"
    say
    say "Report with pictures   ${out#"$root/"}/report.html"
    say "Model card             ${out#"$root/"}/README.md"
    say
    say "Look further"
    say "  $kubectl -n $namespace get paft"
    say "  $kubectl -n $namespace describe paft $sample"
    say "  $kubectl -n $namespace get jobs,pods"
    say "  $kubectl -n $namespace logs job/$(kube -n "$namespace" get paftpipeline "$sample" \
        -o 'jsonpath={.status.stages[?(@.name=="sft")].job}')"
    say "  $kubectl -n $namespace edit paft $sample    # change a merge weight: only that merge and what follows runs"
    if [[ $cluster == local ]]; then
        say "  make cluster-down"
    fi
}
