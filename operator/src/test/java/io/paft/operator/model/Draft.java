package io.paft.operator.model;

import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.operator.Yaml;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A spec, in the few things that a person changes here.
 *
 * @param rate the learning rate of the sft branch, one of a few
 * @param candidates recipes to merge with, by name
 * @param rerun the word that asks for a fresh run of sft, if it is not 0
 */
record Draft(int rate, List<Candidate> candidates, int rerun, Set<Choice> choices) {

    record Candidate(String name, int weight) {}

    /** What is there or not. */
    enum Choice {
        HUB,
        EVALUATED,
        SUSPENDED,
        /** No pipeline can be made of it. */
        INVALID,
        /** The whole pipeline may run only so long. */
        LIMITED,
        /** Trainings may run only so long. */
        DEADLINE,
        /** Trainings may stand still only so long. */
        WATCHED
    }

    /** How long what is watched may stand still. */
    static final Duration STALL = Duration.ofMinutes(4);

    private static final Map<Draft, PaftPipelineSpec> SPECS = new ConcurrentHashMap<>();

    static final Draft FIRST =
            new Draft(0, List.of(new Candidate("a", 1)), 0, Set.of(Choice.EVALUATED, Choice.WATCHED));

    /** Has two candidates with the same recipe. */
    static final Draft TWINS =
            new Draft(0, List.of(new Candidate("a", 1), new Candidate("z", 1)), 0, Set.of(Choice.EVALUATED));

    /** What somebody changes it to. */
    Draft edited(Dice dice) {
        return switch (dice.below(15)) {
            case 0 -> new Draft(dice.below(3), candidates, rerun, choices);
            case 1, 2 -> withCandidates(weighted(dice));
            case 3, 14 -> withCandidates(candidates.size() == 1 ? added(dice) : candidates.subList(0, 1));
            case 4 -> withCandidates(renamed());
            case 5 -> new Draft(rate, candidates, dice.below(3), choices);
            case 6 -> other(Choice.HUB);
            case 7 -> other(Choice.EVALUATED);
            case 8, 9 -> other(Choice.SUSPENDED);
            case 10 -> other(Choice.LIMITED);
            case 11, 12 -> other(Choice.WATCHED);
            default -> other(Choice.DEADLINE);
        };
    }

    boolean has(Choice choice) {
        return choices.contains(choice);
    }

    /** With what was not chosen, or without what was. */
    Draft other(Choice choice) {
        Set<Choice> now = EnumSet.noneOf(Choice.class);
        now.addAll(choices);
        if (!now.remove(choice)) {
            now.add(choice);
        }
        return new Draft(rate, candidates, rerun, now);
    }

    private Draft withCandidates(List<Candidate> now) {
        return new Draft(rate, now, rerun, choices);
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
        String limit = has(Choice.INVALID) ? "deadline: soon" : has(Choice.DEADLINE) ? "deadline: 5m" : "retries: 1";
        String evaluation = has(Choice.EVALUATED)
                ? "evaluation: {tasks: [{name: skill}], customTasks: {uri: tasks}, baselines: [SFT]}"
                : "";
        String watched = has(Choice.WATCHED) ? "stallTimeout: %dm".formatted(STALL.toMinutes()) : "";
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
                  %s
                preference:
                  algorithm: DPO
                  dataset: {uri: data/preference.jsonl}
                  %s
                merge:
                  candidates:
                %s
                %s
                """.formatted(
                        has(Choice.HUB) ? "hf://org/model@" + "a".repeat(40) : "models/base",
                        has(Choice.SUSPENDED) ? "suspend: true" : "",
                        has(Choice.LIMITED) ? "deadline: 40m" : "",
                        rate + 1,
                        limit,
                        watched,
                        rerun == 0 ? "" : "rerun: \"" + rerun + "\"",
                        watched,
                        merges,
                        evaluation);
    }
}
