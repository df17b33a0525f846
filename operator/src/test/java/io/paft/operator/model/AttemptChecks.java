package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Attempts that ended badly: which of them count, their numbers, and whether it is true that another one follows. */
final class AttemptChecks {

    private static final Pattern COUNT = Pattern.compile("^attempt (?:\\d+ \\()?(\\d+) of (\\d+)");

    private final PodFacts facts;

    AttemptChecks(PodFacts facts) {
        this.facts = facts;
    }

    void check(StageStatus told, Optional<Job> job, Seen seen) {
        Integer attempts = told.attempts();
        int started = facts.started(told.key());
        Violation.when(attempts != null && attempts > started, "attempts are pods", "%s of %s", attempts, started);
        numbers(told);
        lost(told).forEach(attempt -> {
            counts(attempt, seen);
            Violation.when(
                    Instant.EPOCH.toString().equals(attempt.startTime()),
                    "an attempt began with its pod",
                    "%s",
                    attempt);
        });
        job.ifPresent(one -> follows(told, one));
    }

    private static void numbers(StageStatus told) {
        int before = 0;
        for (LostAttempt attempt : lost(told)) {
            Violation.when(attempt.number() <= before, "attempts are numbered in their order", "%s", told);
            before = attempt.number();
        }
        Violation.when(
                told.attempts() == null ? before > 0 : before > told.attempts(),
                "an attempt is one of those that were made",
                "%s",
                told);
    }

    private static void counts(LostAttempt attempt, Seen seen) {
        boolean disrupted = seen.pods().stream()
                .filter(pod -> Simulation.name(pod).equals(attempt.pod()))
                .map(AttemptChecks::conditions)
                .anyMatch(conditions -> conditions.contains("DisruptionTarget"));
        Violation.when(disrupted && attempt.counted(), "a disruption does not count", "%s", attempt);
    }

    private static List<String> conditions(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .map(condition -> condition.getType())
                .toList();
    }

    /** Of a stage between two pods: whether there is another to come. */
    private static void follows(StageStatus told, Job job) {
        Matcher count = COUNT.matcher(String.valueOf(told.message()));
        if (!count.find()) {
            return;
        }
        int counted = Integer.parseInt(count.group(1));
        int most = Integer.parseInt(count.group(2));
        Violation.when(most != job.getSpec().getBackoffLimit() + 1, "as many attempts as the Job may make", "%s", told);
        boolean given = StallChecks.hopeless(lost(told).getLast().exitCode())
                || JobController.is(job, "Failed")
                || JobController.is(job, "FailureTarget");
        switch (String.valueOf(told.reason())) {
            case "Retrying" ->
                Violation.when(counted >= most || given, "tries again while an attempt is left", "%s", told);
            case "Ending" -> Violation.when(counted < most && !given, "ends when no attempt is left", "%s", told);
            default -> {}
        }
    }

    private static List<LostAttempt> lost(StageStatus told) {
        return told.lost() == null ? List.of() : told.lost();
    }
}
