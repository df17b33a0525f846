package io.paft.operator.plan;

import io.paft.operator.plan.Observation.ObservedPod;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why a pod ended badly, in words for a person. */
record Failure(String reason, String message) {

    static Failure of(ObservedPod.Ended pod) {
        if ("OOMKilled".equals(pod.reason())) {
            return new Failure("OutOfMemory", "the container was killed at its memory limit");
        }
        return Termination.parse(pod.message())
                .filter(termination -> termination.reason() != null)
                .map(termination -> new Failure(
                        Objects.requireNonNull(termination.reason()),
                        Objects.requireNonNullElse(termination.message(), "")))
                .orElseGet(() -> unexplained(pod));
    }

    private static Failure unexplained(ObservedPod.Ended pod) {
        if (pod.exitCode() == null) {
            String reason = pod.reason() == null ? "PodFailed" : pod.reason();
            return new Failure(
                    reason, pod.message() == null ? "the pod ended before its container started" : pod.message());
        }
        String tail = lastLine(pod.message());
        return new Failure(
                "ExitCode" + pod.exitCode(),
                tail.isEmpty()
                        ? "the container ended with exit code %d and said nothing".formatted(pod.exitCode())
                        : tail);
    }

    private static String lastLine(@Nullable String text) {
        return text == null
                ? ""
                : text.strip().lines().reduce("", (before, line) -> line.isBlank() ? before : line.strip());
    }
}
