package io.paft.operator.plan;

import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Siblings.Standing;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Stages of one pipeline that have the same key, such as two candidates with the same recipe: one of them makes the result, the
 * others take it from there.
 *
 * <p>Which one does is decided from what is there: who has the result, else who is at it, else who has tried, else the first. So
 * nothing that runs is stopped because an edit put another stage before it.
 */
final class Twins {

    private final String pipeline;
    private final Map<String, Stage> first;
    private final List<Stage> order;

    private Twins(String pipeline, Map<String, Stage> first, List<Stage> order) {
        this.pipeline = pipeline;
        this.first = first;
        this.order = order;
    }

    static Twins of(String pipeline, List<Stage> stages, Map<String, StageStatus> recorded, Observation observed) {
        Map<String, Stage> first = stages.stream()
                .collect(Collectors.groupingBy(Stage::key, LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(same -> same.stream()
                        .min(Comparator.comparing(stage -> claim(stage, pipeline, recorded, observed)))
                        .orElseThrow())
                .collect(Collectors.toMap(Stage::key, stage -> stage));
        var placed = new LinkedHashMap<String, Stage>();
        stages.forEach(stage -> place(stage, first, placed));
        return new Twins(pipeline, first, List.copyOf(placed.values()));
    }

    /** What a stage can say for itself; the better claim comes first. */
    private enum Claim {
        MADE,
        MAKING,
        /** Its Job is being deleted, and nobody begins before that is gone. */
        LEAVING,
        FAILED,
        NONE
    }

    private static Claim claim(Stage stage, String pipeline, Map<String, StageStatus> recorded, Observation observed) {
        StageStatus known = stage.recordedIn(recorded);
        if (known != null && known.state() == StageState.Succeeded) {
            return Claim.MADE;
        }
        Optional<ObservedJob> job = observed.job(stage.jobName(pipeline));
        boolean works = job.filter(one -> !one.deleting()).isPresent();
        boolean ended = known != null && known.state() == StageState.Failed;
        // A status that names a Job is written before the Job is there.
        if (works || (known != null && known.job() != null && !ended)) {
            return Claim.MAKING;
        }
        return ended ? Claim.FAILED : job.isPresent() ? Claim.LEAVING : Claim.NONE;
    }

    /** Stages have the same key only if what they need has, too: so none needs its own twin, and this ends. */
    private static void place(Stage stage, Map<String, Stage> first, Map<String, Stage> placed) {
        if (placed.containsKey(stage.name())) {
            return;
        }
        stage.upstream().values().forEach(before -> place(before, first, placed));
        Stage maker = first.get(stage.key());
        if (maker != null && !maker.name().equals(stage.name())) {
            place(maker, first, placed);
        }
        placed.put(stage.name(), stage);
    }

    /** All stages, each after what it needs, and after the one that makes its result. */
    List<Stage> order() {
        return order;
    }

    /**
     * How a stage stands that another one makes the result for.
     *
     * @param decided the stages that come before it in {@link #order()}
     */
    Optional<Standing> of(Stage stage, Map<String, StageStatus> decided) {
        Stage maker = first.get(stage.key());
        return maker == null || maker.name().equals(stage.name())
                ? Optional.empty()
                : Optional.ofNullable(decided.get(maker.name())).map(status -> new Standing.Twin(pipeline, status));
    }
}
