# shellcheck shell=bash disable=SC2154
# The report, out of the workspace, and what to look at next.

# A pod that holds the workspace read-only is the way that needs no right on the node: its files come out by exec.
fetch_report() {
    local directory reader=paft-report-reader file
    directory=$(kube -n "$namespace" get paftpipeline "$sample" -o 'jsonpath={.status.result.report}')
    if [[ -z $directory ]]; then
        say "The pipeline's status names no report."
        return
    fi
    directory=${directory%/report.html}
    with_images <"$root/dev/demo/reader.yaml" |
        sed "s#WORKSPACE#$(kube -n "$namespace" get paftpipeline "$sample" -o 'jsonpath={.spec.workspace.volumeClaim.name}')#" |
        kube -n "$namespace" apply -f - >/dev/null
    if kube -n "$namespace" wait --for=condition=Ready "pod/$reader" --timeout=120s >/dev/null; then
        for file in report.html report.json README.md; do
            kube -n "$namespace" exec "$reader" -- cat "/workspace/$directory/$file" >"$out/$file.part" &&
                mv "$out/$file.part" "$out/$file"
        done
    else
        say "The report stays in the workspace: the pod $reader did not start."
    fi
    kube -n "$namespace" delete pod "$reader" --wait=false --ignore-not-found >/dev/null
}

show_result() {
    local kubectl
    kubectl=$(kubectl_words)
    say
    python3 "$root/dev/demo/follow.py" tables "$namespace" "$sample" "$(kubectl_path)"
    say
    if [[ -f $out/report.html ]]; then
        say "Report with pictures   ${out#"$root/"}/report.html"
        say "Model card             ${out#"$root/"}/README.md"
        say
    fi
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
