package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pods that the operator stops because they stand still: no others, and each is an attempt that counts. */
final class StallChecks {

    private static final String NO_PROGRESS = "NoProgress";

    private final PodFacts facts;

    StallChecks(PodFacts facts) {
        this.facts = facts;
    }

    /**
     * The operator deletes a pod.
     *
     * @param stage that it works for, as the spec asks for it
     * @param told what the status says of that stage
     * @param stored the pod as it is by now
     */
    void stop(Optional<Stage> stage, @Nullable StageStatus told, Pod stored, Seen seen) {
        String name = Simulation.name(stored);
        String uid = stored.getMetadata().getUid();
        Optional<Pod> known = seen.pods().stream()
                .filter(pod -> pod.getMetadata().getUid().equals(uid))
                .findFirst();
        Violation.when(
                known.isEmpty() || !Kubelet.running(known.get()), "stops only what it saw running", "pod %s", name);
        Violation.when(JobController.ended(stored), "does not stop what has ended", "pod %s", name);
        Duration timeout = stage.map(one -> one.node().run().stallTimeout()).orElse(null);
        Violation.when(timeout == null, "stops only where a person allows it", "pod %s", name);
        Instant moved = facts.moved(uid, seen.at());
        Violation.when(
                moved == null || Duration.between(moved, seen.at()).compareTo(timeout) < 0,
                "stops only what stands still",
                "pod %s, which got on at %s, when it was %s",
                name,
                moved,
                seen.at());
        Violation.when(
                told == null || told.state() != StageState.Pending || !NO_PROGRESS.equals(told.reason()),
                "the status says it first",
                "pod %s is stopped, and the status says %s",
                name,
                told);
        facts.stop(stored);
    }

    /** The operator sees for itself that a pod runs. */
    void runs(Pod live) {
        facts.run(live);
    }

    /** @param was what was recorded of the same result */
    void check(@Nullable StageStatus was, StageStatus now, Seen seen, String jobName) {
        if (was == null) {
            seen.job(jobName).ifPresent(job -> facts.forget(job.getMetadata().getUid()));
        }
        List<LostAttempt> before = lost(was);
        // Of a stage that the pipeline's deadline ends, the Job goes, and counts nothing any more.
        boolean counts = !StageChecks.EXCEEDED.equals(now.reason())
                && seen.job(jobName)
                        .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                        .isPresent();
        for (LostAttempt attempt : lost(now)) {
            if (before.contains(attempt) || attempt.pod() == null) {
                continue;
            }
            boolean stopped = facts.stopped(attempt.pod());
            boolean stalled = NO_PROGRESS.equals(attempt.reason());
            // One that ends by itself, or by somebody else, after the operator has looked and before it acts, stood
            // still all the same.
            Violation.when(
                    stalled && !stopped && !facts.ran(attempt.pod()), "a stall is one that was stopped", "%s", attempt);
            // What was told while it stopped stands, whatever becomes of the Job.
            boolean told = before.stream().anyMatch(one -> attempt.pod().equals(one.pod()));
            Violation.when(stalled && counts && !told && !attempt.counted(), "a stall counts", "%s", attempt);
            boolean goes = seen.pods().stream()
                    .anyMatch(pod -> Simulation.name(pod).equals(attempt.pod())
                            && pod.getStatus().getConditions().isEmpty());
            Violation.when(
                    stopped
                            && !stalled
                            && goes
                            && was != null
                            && NO_PROGRESS.equals(was.reason())
                            && !ownWords(attempt.exitCode()),
                    "a stall is told as one",
                    "%s",
                    attempt);
        }
    }

    /** No signal makes a pod say that its data or its configuration is bad, or the workspace full: it had found out by itself. */
    static boolean ownWords(@Nullable Integer exitCode) {
        return hopeless(exitCode) || (exitCode != null && exitCode == 75);
    }

    /** After such an end no other attempt follows. */
    static boolean hopeless(@Nullable Integer exitCode) {
        return exitCode != null && (exitCode == 65 || exitCode == 78);
    }

    /** At rest: whatever was stopped, and counted by a Job that is there, is told. */
    void told(StageStatus status, String jobUid) {
        List<LostAttempt> lost = lost(status);
        for (Pod pod : facts.stalls(jobUid)) {
            boolean there = lost.stream()
                    .anyMatch(attempt -> attempt.pod() == null || attempt.pod().equals(Simulation.name(pod)));
            Violation.when(
                    !there && lost.size() < LISTED,
                    "a stall is an attempt",
                    "pod %s was stopped, and %s",
                    Simulation.name(pod),
                    status);
        }
    }

    private static final int LISTED = 5;

    private static List<LostAttempt> lost(@Nullable StageStatus status) {
        return status == null || status.lost() == null ? List.of() : status.lost();
    }
}
