# shellcheck shell=bash disable=SC2154
# The namespace, the workspace with model and data in it, and the pipeline.

# In the background, because a shell that waits for one in the foreground handles no signal.
follow() { # KIND NAME
    python3 "$root/dev/demo/follow.py" "$1" "$namespace" "$2" "$(kubectl_path)" &
    follower=$!
    wait "$follower"
}

follow_stop() {
    [[ -z ${follower:-} ]] || kill "$follower" 2>/dev/null || true
}

kubectl_path() {
    if [[ $cluster == local ]]; then echo "$root/dev/cluster/cluster kubectl"; else echo kubectl; fi
}

prepare_workspace() {
    local file=$out/prepare.yaml job
    with_images <"$root/manifests/samples/$sample-prepare.yaml" >"$file"
    job=$(awk '/^kind: *Job/ { job = 1 } /^---/ { job = 0 } job && /^ *name:/ { print $2; exit }' "$file")
    if [[ $(job_condition "$job" Failed) == True ]]; then
        kube -n "$namespace" delete job "$job" --wait
    fi
    if ! kube apply -f "$file" >"$out/prepare.log" 2>&1; then
        # A Job can't be changed; preparing again finds what is there already.
        grep -q 'field is immutable' "$out/prepare.log" || {
            cat "$out/prepare.log" >&2
            die "the workspace can't be made; see above"
        }
        kube -n "$namespace" delete job "$job" --wait >/dev/null
        kube apply -f "$file" >"$out/prepare.log"
    fi
    if [[ $(job_condition "$job" Complete) == True ]]; then
        say "Model and data of $sample are in the workspace already"
        return
    fi
    say "Preparing model and data of $sample in the workspace (Job $job)"
    follow job "$job"
}

job_condition() { # JOB CONDITION
    kube -n "$namespace" get job "$1" --ignore-not-found \
        -o "jsonpath={.status.conditions[?(@.type==\"$2\")].status}" 2>/dev/null || true
}

run_pipeline() {
    with_images <"$root/manifests/samples/$sample.yaml" >"$out/pipeline.yaml"
    say "Applying manifests/samples/$sample.yaml"
    kube apply -f "$out/pipeline.yaml"
    follow pipeline "$sample"
    kube -n "$namespace" wait --for=condition=Succeeded "paftpipeline/$sample" --timeout=10s
}
