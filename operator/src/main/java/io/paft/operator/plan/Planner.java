package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.status.Entry;
import io.paft.operator.status.StageGroup;
import io.paft.operator.status.StagesByName;
import io.paft.operator.status.StatusFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
     * @param now stamps the transitions of conditions, and decides what is due
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
        Decision decision = plan(pipeline, stages, observed, factory, deadline, interruptions);
        if (decision.status().completionTime() == null) {
            alarm.at(deadline.end());
        }
        return new Decision(decision.status(), decision.actions(), alarm.earliest());
    }

    private Decision plan(
            PaftPipeline pipeline,
            List<Stage> stages,
            Observation observed,
            StatusFactory factory,
            PipelineDeadline deadline,
            Interruptions interruptions) {
        String name = pipeline.getMetadata().getName();
        String workspace = pipeline.getSpec().workspace().volumeClaim().name();
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
            StageDecision decision = interruptions.apply(
                    stage,
                    new StageStatusBuilder(stage, name, workspace),
                    known != null && known.key().equals(stage.key()) ? known : null,
                    job,
                    planner.plan(job, observed.refusals().get(jobName), statuses));
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
