package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.status.Entry;
import io.paft.operator.status.History;
import io.paft.operator.status.StageGroup;
import io.paft.operator.status.StagesByName;
import io.paft.operator.status.StatusBudget;
import io.paft.operator.status.StatusFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Decides, from a pipeline and what the cluster holds of it, the status that is true now and what to do next. Pure. */
public final class Planner {

    private final JobBuilder jobs;

    public Planner(JobBuilder jobs) {
        this.jobs = jobs;
    }

    /**
     * The decision for what is observed now.
     *
     * @param now stamps conditions, runs and what was found at another pipeline, and decides what is due
     */
    public Decision plan(PaftPipeline pipeline, Observation observed, Instant now) {
        StatusFactory factory = new StatusFactory(pipeline, now);
        List<Stage> stages;
        PipelineDeadline deadline;
        try {
            stages = Stage.of(StageGraph.of(pipeline.getSpec()));
            deadline = PipelineDeadline.of(pipeline, stages, StagesByName.of(pipeline.getStatus()), now);
        } catch (InvalidSpecException e) {
            return Unreadable.plan(pipeline, observed, factory, e.sentence(), now);
        }
        var alarm = new Alarm();
        var interruptions = new Interruptions(pipeline, deadline, observed, now, alarm);
        var course = new StageCourse(pipeline, jobs, deadline, interruptions, now);
        Decision decision = plan(pipeline, stages, observed, factory, course);
        if (decision.status().completionTime() == null) {
            alarm.at(deadline.end());
        }
        PaftPipelineStatus told = History.continued(
                pipeline.getStatus(), decision.status(), () -> Components.of(pipeline.getSpec(), stages), now);
        // What was written has been fitted.
        PaftPipelineStatus fitting = told.equals(pipeline.getStatus()) ? told : StatusBudget.fit(told);
        return new Decision(fitting, decision.actions(), alarm.earliest());
    }

    /** Decides stage after stage, each from how those before it stand now. */
    private static Decision plan(
            PaftPipeline pipeline,
            List<Stage> stages,
            Observation observed,
            StatusFactory factory,
            StageCourse course) {
        String name = pipeline.getMetadata().getName();
        String workspace = pipeline.getSpec().workspace().volumeClaim().name();
        var self = Siblings.Rank.of(pipeline);
        Map<String, StageStatus> recorded = StagesByName.of(pipeline.getStatus());
        var statuses = new LinkedHashMap<String, StageStatus>();
        var actions = new ArrayList<Action>(unwanted(stages, name, observed));
        Termination.Report report = null;
        var twins = Twins.of(name, stages, recorded, observed);
        for (Stage stage : twins.order()) {
            Siblings.Standing standing = twins.of(stage, statuses)
                    .orElseGet(() -> observed.siblings().of(stage, workspace, self));
            StageDecision decision = course.decide(
                    stage, stage.recordedIn(recorded), StageView.of(stage, name, observed, standing, statuses));
            statuses.put(stage.name(), decision.status());
            actions.addAll(decision.actions());
            report = decision.report() == null ? report : decision.report();
        }
        List<Entry> entries = stages.stream()
                .map(stage -> new Entry(group(stage), Objects.requireNonNull(statuses.get(stage.name()))))
                .toList();
        return new Decision(
                factory.of(
                        entries,
                        Results.of(statuses, pipeline.getStatus(), report),
                        observed.busy().values()),
                actions);
    }

    private static StageGroup group(Stage stage) {
        return switch (stage.node().kind()) {
            case FETCH, SFT, PREFERENCE -> StageGroup.TRAINING;
            case MERGE -> StageGroup.MERGING;
            case EVALUATE, REPORT -> StageGroup.EVALUATING;
        };
    }

    /** Jobs of results that the spec no longer asks for; what runs for another reason is not touched. */
    private static List<Action> unwanted(List<Stage> stages, String pipeline, Observation observed) {
        Set<String> wanted = new HashSet<>();
        stages.forEach(stage -> wanted.add(stage.jobName(pipeline)));
        List<Action> deletions = new ArrayList<>();
        for (ObservedJob job : observed.jobs()) {
            if (!wanted.contains(job.name()) && !job.deleting()) {
                deletions.add(new Action.DeleteJob(job.name(), job.uid()));
            }
        }
        return deletions;
    }
}
