package io.paft.operator.plan;

import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.status.Messages;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the status of one stage from what was observed of its Job; keeps every text and map bounded. */
final class StageStatusBuilder {

    private static final int MAX_METRICS = 16;

    private final Stage stage;
    private final String job;
    private final String workspace;

    StageStatusBuilder(Stage stage, String pipeline, String workspace) {
        this.stage = stage;
        this.job = stage.jobName(pipeline);
        this.workspace = workspace;
    }

    /** A stage that has no Job to tell about. */
    StageStatus of(StageState state, String reason, @Nullable String message) {
        return new StageStatus(
                stage.name(),
                state,
                reason,
                cut(message),
                stage.key(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** A stage whose Job is being created or has no running pod yet; the same before and after, so that it is one write. */
    StageStatus starting() {
        return ofJob(
                "Starting",
                "its pod is being created; if it stays so, `kubectl describe job " + job + "` and its pod tell why");
    }

    /** A stage that a person asks to try again. */
    StageStatus retrying(String request) {
        return ofJob(
                "RetryRequested", "tried again because paft.io/retry is " + request + "; its failed Job makes room");
    }

    private StageStatus ofJob(String reason, String message) {
        return new StageStatus(
                stage.name(),
                Pending,
                reason,
                message,
                stage.key(),
                null,
                null,
                job,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    StageStatus active(ObservedJob observed, StageState state, @Nullable String reason, @Nullable String message) {
        return active(observed, state, reason, message, observed.startTime());
    }

    StageStatus active(
            ObservedJob observed,
            StageState state,
            @Nullable String reason,
            @Nullable String message,
            @Nullable String startTime) {
        return new StageStatus(
                stage.name(),
                state,
                reason,
                cut(message),
                stage.key(),
                null,
                attempts(observed),
                job,
                startTime,
                null,
                null,
                null,
                null,
                null);
    }

    StageStatus succeeded(ObservedJob observed, ObservedPod.Ended pod, @Nullable Termination result) {
        Output output = new Output(
                "pvc://" + workspace + "/" + stage.output(),
                result == null ? null : result.digest(),
                result == null ? null : result.bytes());
        return new StageStatus(
                stage.name(),
                Succeeded,
                result == null || result.reason() == null ? "Completed" : result.reason(),
                result == null ? null : cut(result.message()),
                stage.key(),
                (result != null && result.reused()) ? true : null,
                attempts(observed),
                job,
                pod.startTime(),
                pod.endTime() == null ? observed.completionTime() : pod.endTime(),
                result == null ? null : bounded(result.metrics()),
                output,
                null,
                null);
    }

    StageStatus failed(ObservedJob observed, String reason, @Nullable String message) {
        ObservedPod.Ended last = null;
        for (ObservedPod pod : observed.pods()) {
            last = pod instanceof ObservedPod.Ended ended ? ended : last;
        }
        return new StageStatus(
                stage.name(),
                Failed,
                reason,
                cut(message),
                stage.key(),
                null,
                attempts(observed),
                job,
                last == null || last.startTime() == null ? observed.startTime() : last.startTime(),
                last == null || last.endTime() == null ? observed.completionTime() : last.endTime(),
                null,
                null,
                null,
                null);
    }

    /** A stage that the operator ended itself. */
    StageStatus stopped(
            @Nullable ObservedJob observed, String reason, String message, @Nullable String startTime, Instant now) {
        return new StageStatus(
                stage.name(),
                Failed,
                reason,
                cut(message),
                stage.key(),
                null,
                observed == null ? null : attempts(observed),
                observed == null ? null : job,
                startTime,
                now.toString(),
                null,
                null,
                null,
                null);
    }

    private static @Nullable Integer attempts(ObservedJob observed) {
        return observed.attempts() == 0 ? null : observed.attempts();
    }

    private static @Nullable Map<String, Double> bounded(@Nullable Map<String, Double> metrics) {
        if (metrics == null || metrics.isEmpty()) {
            return null;
        }
        var kept = new TreeMap<String, Double>();
        metrics.entrySet().stream().limit(MAX_METRICS).forEach(entry -> kept.put(entry.getKey(), entry.getValue()));
        return kept;
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null ? null : Messages.cut(text);
    }
}
