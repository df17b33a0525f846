package io.paft.operator.model;

import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.operator.Yaml;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A spec, in the few things that a person changes here.
 *
 * @param rate the learning rate of the sft branch, one of a few
 * @param candidates recipes to merge with, by name
 * @param rerun the word that asks for a fresh run of sft, if it is not 0
 * @param deadline whether sft may run only so long
 * @param limited whether the whole pipeline may
 */
record Draft(
        int rate,
        List<Candidate> candidates,
        int rerun,
        boolean hub,
        boolean evaluated,
        boolean deadline,
        boolean suspended,
        boolean limited,
        boolean invalid) {

    record Candidate(String name, int weight) {}

    private static final Map<Draft, PaftPipelineSpec> SPECS = new ConcurrentHashMap<>();

    static final Draft FIRST = new Draft(0, List.of(new Candidate("a", 1)), 0, false, true, false, false, false, false);

    /** What somebody changes it to. */
    Draft edited(Dice dice) {
        return switch (dice.below(12)) {
            case 0 ->
                new Draft(dice.below(3), candidates, rerun, hub, evaluated, deadline, suspended, limited, invalid);
            case 1, 2 -> withCandidates(weighted(dice));
            case 3 -> withCandidates(candidates.size() == 1 ? added(dice) : candidates.subList(0, 1));
            case 4 -> withCandidates(renamed());
            case 5 -> new Draft(rate, candidates, dice.below(3), hub, evaluated, deadline, suspended, limited, invalid);
            case 6 -> new Draft(rate, candidates, rerun, !hub, evaluated, deadline, suspended, limited, invalid);
            case 7 -> new Draft(rate, candidates, rerun, hub, !evaluated, deadline, suspended, limited, invalid);
            case 8, 9 -> new Draft(rate, candidates, rerun, hub, evaluated, deadline, !suspended, limited, invalid);
            case 10 -> new Draft(rate, candidates, rerun, hub, evaluated, deadline, suspended, !limited, invalid);
            default -> new Draft(rate, candidates, rerun, hub, evaluated, !deadline, suspended, limited, invalid);
        };
    }

    Draft withInvalid(boolean now) {
        return new Draft(rate, candidates, rerun, hub, evaluated, deadline, suspended, limited, now);
    }

    private Draft withCandidates(List<Candidate> now) {
        return new Draft(rate, now, rerun, hub, evaluated, deadline, suspended, limited, invalid);
    }

    private List<Candidate> weighted(Dice dice) {
        Candidate first = candidates.getFirst();
        var changed = new Candidate(first.name(), first.weight() % 2 + 1 + 2 * dice.below(2));
        return candidates.size() == 1 ? List.of(changed) : List.of(changed, candidates.get(1));
    }

    /** Before or after, and as often as not with the same recipe. */
    private List<Candidate> added(Dice dice) {
        Candidate first = candidates.getFirst();
        var other = new Candidate("z", dice.oneIn(2) ? first.weight() : 9);
        return dice.oneIn(2) ? List.of(other, first) : List.of(first, other);
    }

    private List<Candidate> renamed() {
        Candidate first = candidates.getFirst();
        var other = new Candidate(first.name().equals("a") ? "b" : "a", first.weight());
        return candidates.size() == 1 ? List.of(other) : List.of(other, candidates.get(1));
    }

    PaftPipelineSpec spec() {
        return SPECS.computeIfAbsent(this, draft -> Yaml.read(draft.yaml(), PaftPipelineSpec.class));
    }

    private String yaml() {
        String merges = candidates.stream()
                .map(one -> "    - {name: %s, method: TIES, sft: {weight: 0.%d}, preference: {weight: 1.0}}"
                        .formatted(one.name(), one.weight()))
                .collect(Collectors.joining("\n"));
        String limit = invalid ? "deadline: soon" : deadline ? "deadline: 5m" : "retries: 1";
        String evaluation =
                evaluated ? "evaluation: {tasks: [{name: skill}], customTasks: {uri: tasks}, baselines: [SFT]}" : "";
        return """
                baseModel: {uri: "%s"}
                %s
                %s
                workspace: {volumeClaim: {name: ws}}
                sft:
                  dataset: {uri: data/sft.jsonl}
                  hyperparameters: {learningRate: %d.0e-4}
                  pod: {resources: {limits: {nvidia.com/gpu: 2}}}
                  %s
                  %s
                preference: {algorithm: DPO, dataset: {uri: data/preference.jsonl}}
                merge:
                  candidates:
                %s
                %s
                """.formatted(
                        hub ? "hf://org/model@" + "a".repeat(40) : "models/base",
                        suspended ? "suspend: true" : "",
                        limited ? "deadline: 40m" : "",
                        rate + 1,
                        limit,
                        rerun == 0 ? "" : "rerun: \"" + rerun + "\"",
                        merges,
                        evaluation);
    }
}
