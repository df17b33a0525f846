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
            // What runs goes on: an edit that cannot be understood is no reason to stop what was understood.
            return new Decision(factory.invalidSpec(e.sentence()), List.of());
        }
        var alarm = new Alarm();
        var interruptions = new Interruptions(pipeline, deadline, observed, now, alarm);
        Decision decision = plan(pipeline, stages, observed, factory, deadline, interruptions, now);
        if (decision.status().completionTime() == null) {
            alarm.at(deadline.end());
        }
        PaftPipelineStatus told = History.continued(
                pipeline.getStatus(), decision.status(), Components.of(pipeline.getSpec(), stages), now);
        return new Decision(StatusBudget.fit(told), decision.actions(), alarm.earliest());
    }

    private Decision plan(
            PaftPipeline pipeline,
            List<Stage> stages,
            Observation observed,
            StatusFactory factory,
            PipelineDeadline deadline,
            Interruptions interruptions,
            Instant now) {
        String name = pipeline.getMetadata().getName();
        String workspace = pipeline.getSpec().workspace().volumeClaim().name();
        var self = new Siblings.Rank(
                Objects.requireNonNullElse(pipeline.getMetadata().getCreationTimestamp(), ""),
                Objects.requireNonNullElse(pipeline.getMetadata().getUid(), ""));
        Map<String, StageStatus> recorded = StagesByName.of(pipeline.getStatus());
        var statuses = new LinkedHashMap<String, StageStatus>();
        var entries = new ArrayList<Entry>();
        var actions = new ArrayList<Action>(unwanted(stages, name, observed));
        Termination.Report report = null;
        for (Stage stage : stages) {
            StageStatus known = deadline.recall(recorded.get(stage.name()));
            var planner = new StagePlanner(stage, name, workspace, known, wanted -> jobs.create(pipeline, wanted));
            String jobName = stage.jobName(name);
            ObservedJob job = observed.job(jobName).orElse(null);
            StageDecision alone = planner.plan(
                    job,
                    observed.busy().get(stage.key()),
                    observed.refusals().get(jobName),
                    observed.siblings().of(stage, workspace, self),
                    statuses,
                    now);
            StageDecision decision = interruptions.apply(
                    stage,
                    new StageStatusBuilder(stage, name, workspace),
                    known != null && known.key().equals(stage.key()) ? known : null,
                    job,
                    alone);
            statuses.put(stage.name(), decision.status());
            entries.add(new Entry(group(stage), decision.status()));
            actions.addAll(decision.actions());
            report = decision.report() == null ? report : decision.report();
        }
        return new Decision(factory.of(entries, Results.of(statuses, pipeline.getStatus(), report)), actions);
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
