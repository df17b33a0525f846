package io.paft.operator.model;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Condition;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must be true of every status that is written, as a whole; {@link StageChecks} looks at its stages. */
final class StatusChecks {

    private static final int MAX_BYTES = 64 * 1024;
    private static final Set<String> OURS = Set.of("Succeeded", "Reconciling", "Stalled", "Suspended");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final StageChecks stages;

    StatusChecks(Workspace workspace, PodFacts facts, SiblingChecks siblings) {
        this.stages = new StageChecks(workspace, facts, siblings);
    }

    /** @param seen what the operator decided on */
    void check(PaftPipeline stored, PaftPipelineStatus status, Seen seen) {
        PaftPipelineStatus before = stored.getStatus();
        size(status);
        Violation.when(
                !Objects.equals(
                        status.observedGeneration(), stored.getMetadata().getGeneration()),
                "speaks of the spec it read",
                "observedGeneration %s of %s",
                status.observedGeneration(),
                stored.getMetadata().getGeneration());
        conditionsStay(before, status);
        Optional<List<Stage>> wanted = Stages.of(stored.getSpec());
        if (wanted.isEmpty()) {
            invalid(before, status, Boolean.TRUE.equals(stored.getSpec().suspend()), seen);
            return;
        }
        terminalStays(before, status);
        RetryChecks.dealtWith(stored, status);
        Map<String, StageStatus> now = StagesByName.of(status);
        Violation.when(
                !List.copyOf(now.keySet())
                        .equals(wanted.get().stream().map(Stage::name).toList()),
                "tells every stage",
                "%s",
                now.keySet());
        Map<String, StageStatus> known = StagesByName.of(before);
        for (Stage stage : wanted.get()) {
            StageStatus told = now.get(stage.name());
            StageStatus was = known.get(stage.name());
            boolean same = was != null && was.key().equals(stage.key());
            stages.check(stored, stage, same ? was : null, told, now, seen);
        }
        verdict(status, now, Boolean.TRUE.equals(stored.getSpec().suspend()), seen);
    }

    private static void size(PaftPipelineStatus status) {
        try {
            byte[] json = JSON.writeValueAsBytes(status);
            Violation.when(json.length > MAX_BYTES, "bounded", "a status of %d bytes", json.length);
            if (json.length % 8 == 0) {
                PaftPipelineStatus back = JSON.readValue(json, PaftPipelineStatus.class);
                Violation.when(!back.equals(status), "survives the API server", "%s became %s", status, back);
            }
        } catch (JsonProcessingException e) {
            throw new Violation("survives the API server", String.valueOf(e.getMessage()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Other people's conditions are left alone; ours change their time only with their status. */
    private static void conditionsStay(@Nullable PaftPipelineStatus before, PaftPipelineStatus status) {
        if (before == null || before.conditions() == null) {
            return;
        }
        Map<String, Condition> now = conditions(status);
        for (Condition was : before.conditions()) {
            Condition is = now.get(was.getType());
            if (!OURS.contains(was.getType())) {
                Violation.when(!was.equals(is), "leaves others' conditions", "%s became %s", was, is);
            } else {
                Violation.when(
                        is == null
                                || (was.getStatus().equals(is.getStatus())
                                        && !was.getLastTransitionTime().equals(is.getLastTransitionTime())),
                        "transition times are stable",
                        "%s became %s",
                        was,
                        is);
            }
        }
    }

    private static void invalid(
            @Nullable PaftPipelineStatus before, PaftPipelineStatus status, boolean suspend, Seen seen) {
        Condition stalled = conditions(status).get("Stalled");
        Violation.when(
                stalled == null || !"True".equals(stalled.getStatus()) || !"InvalidSpec".equals(stalled.getReason()),
                "says that a spec is invalid",
                "%s",
                stalled);
        if (suspend) {
            terminalStays(before, status);
            boolean still = !seen.anyPodLeft()
                    && (status.stages() == null
                            || status.stages().stream()
                                    .noneMatch(
                                            stage -> stage.state() == Running || "Suspending".equals(stage.reason())));
            Condition suspended = conditions(status).get("Suspended");
            Violation.when(
                    suspended != null && "True".equals(suspended.getStatus()) && !still,
                    "suspended is when nothing runs",
                    "%s",
                    status.stages());
            return;
        }
        Violation.when(
                before != null && !Objects.equals(before.stages(), status.stages()),
                "keeps what it knew",
                "an invalid spec changed the stages");
    }

    private static void terminalStays(@Nullable PaftPipelineStatus before, PaftPipelineStatus status) {
        Map<String, StageStatus> now = StagesByName.of(status);
        StagesByName.of(before).forEach((name, was) -> {
            StageStatus is = now.get(name);
            // What only the deadline stopped goes on with a longer one.
            boolean ended =
                    was.state() == Succeeded || (was.state() == Failed && !StageChecks.EXCEEDED.equals(was.reason()));
            Violation.when(
                    ended && is != null && is.key().equals(was.key()) && !is.equals(was) && !askedFor(was, is),
                    "terminal states stay",
                    "%s became %s",
                    was,
                    is);
        });
    }

    /** What has failed goes on when somebody asks for it. */
    private static boolean askedFor(StageStatus was, StageStatus is) {
        return was.state() == Failed && RetryChecks.anew(was, is);
    }

    /** Phase, conditions and result follow from the stages. */
    private static void verdict(
            PaftPipelineStatus status, Map<String, StageStatus> stages, boolean suspend, Seen seen) {
        boolean all = stages.values().stream().allMatch(stage -> stage.state() == Succeeded);
        boolean open = stages.values().stream().anyMatch(stage -> stage.state() == Pending || stage.state() == Running);
        Map<String, Condition> conditions = conditions(status);
        String told = "%s %s %s"
                .formatted(
                        conditions.get("Succeeded").getStatus(),
                        conditions.get("Reconciling").getStatus(),
                        conditions.get("Stalled").getStatus());
        boolean still =
                !seen.anyPodLeft() && stages.values().stream().noneMatch(stage -> "Suspending".equals(stage.reason()));
        String right = open && suspend && still
                ? "Unknown False False"
                : open ? "Unknown True False" : all ? "True False False" : "False False True";
        Violation.when(!told.equals(right), "conditions follow from stages", "%s instead of %s", told, right);
        Violation.when(
                all != "Succeeded".equals(status.phase()) || (!open && !all) != "Failed".equals(status.phase()),
                "the phase follows from stages",
                "%s",
                status.phase());
        result(status, stages);
    }

    private static void result(PaftPipelineStatus status, Map<String, StageStatus> stages) {
        var result = status.result();
        StageStatus report = stages.get("report");
        if (result == null) {
            boolean evaluated = report != null && report.state() == Succeeded && report.metrics() != null;
            Violation.when(evaluated, "a result stays", "the report succeeded, the result is gone");
            return;
        }
        StageStatus merge = stages.get("merge-" + result.best());
        String model =
                merge == null || merge.output() == null ? null : merge.output().uri() + "/model";
        Violation.when(
                merge == null || !Objects.equals(model, result.model()),
                "the result is that of this spec",
                "%s with %s",
                result,
                merge);
    }

    static Map<String, Condition> conditions(PaftPipelineStatus status) {
        var byType = new HashMap<String, Condition>();
        if (status.conditions() != null) {
            status.conditions().forEach(condition -> byType.put(condition.getType(), condition));
        }
        return byType;
    }

    static boolean blocked(StageStatus stage) {
        return stage.state() == Blocked || stage.state() == Failed;
    }
}
