package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Kubernetes' Job controller, as far as Jobs of one pod with a failure policy and {@code podReplacementPolicy: Failed} need it. */
final class JobController {

    private final Cluster cluster;
    private final PodFacts facts;

    JobController(Cluster cluster, PodFacts facts) {
        this.cluster = cluster;
        this.facts = facts;
    }

    static boolean is(Job job, String condition) {
        return job.getStatus().getConditions().stream()
                .anyMatch(one -> one.getType().equals(condition) && "True".equals(one.getStatus()));
    }

    static boolean finished(Job job) {
        return is(job, "Complete") || is(job, "Failed");
    }

    static boolean ended(Pod pod) {
        return "Succeeded".equals(pod.getStatus().getPhase())
                || "Failed".equals(pod.getStatus().getPhase());
    }

    /** Looks at one Job once; says whether that changed anything. */
    boolean sync(Job job) {
        if (finished(job) || job.getMetadata().getDeletionTimestamp() != null) {
            return false;
        }
        List<Pod> pods = cluster.podsOf(job);
        JobStatus status = new JobStatusBuilder(job.getStatus()).build();
        boolean suspended = Boolean.TRUE.equals(job.getSpec().getSuspend());
        if (status.getStartTime() == null && !suspended) {
            status.setStartTime(cluster.timestamp());
        }
        String hopeless = count(job, status, pods);
        if (count(status.getSucceeded()) > 0) {
            status.setActive(0);
            status.setCompletionTime(cluster.timestamp());
            return finish(job, status, "Complete", "CompletionsReached", "Reached expected number of succeeded pods");
        }
        if (hopeless != null) {
            return fail(job, status, pods, "PodFailurePolicy", hopeless);
        }
        if (count(status.getFailed()) > job.getSpec().getBackoffLimit()) {
            return fail(job, status, pods, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if (suspended) {
            return suspend(job, status, pods);
        }
        if (is(job, "FailureTarget") || late(job, status)) {
            return fail(job, status, pods, "DeadlineExceeded", "Job was active longer than specified deadline");
        }
        return keepOne(job, status, pods);
    }

    private boolean keepOne(Job job, JobStatus status, List<Pod> pods) {
        boolean live = pods.stream().anyMatch(pod -> !ended(pod));
        if (!live) {
            create(job);
        }
        status.setActive(1);
        return write(job, status) || !live;
    }

    private boolean suspend(Job job, JobStatus status, List<Pod> pods) {
        boolean stopping = stop(pods);
        status.setActive(0);
        status.setStartTime(null);
        if (!is(job, "Suspended")) {
            condition(status, "Suspended", "JobSuspended", "Job suspended");
        }
        return write(job, status) || stopping;
    }

    /** Counts pods that ended; returns what the failure policy says of one that makes retries pointless. */
    private String count(Job job, JobStatus status, List<Pod> pods) {
        String hopeless = null;
        for (Pod pod : pods) {
            if (!ended(pod) || !facts.count(pod)) {
                continue;
            }
            if ("Succeeded".equals(pod.getStatus().getPhase())) {
                status.setSucceeded(count(status.getSucceeded()) + 1);
                continue;
            }
            String action = action(job, pod);
            if (!"Ignore".equals(action)) {
                facts.failure(pod);
                status.setFailed(count(status.getFailed()) + 1);
            }
            if ("FailJob".equals(action)) {
                hopeless = "Container stage for pod llm/%s failed with an exit code matching FailJob rule at index 0"
                        .formatted(pod.getMetadata().getName());
            }
        }
        return hopeless;
    }

    private static String action(Job job, Pod pod) {
        if (job.getSpec().getPodFailurePolicy() == null) {
            return "Count";
        }
        return job.getSpec().getPodFailurePolicy().getRules().stream()
                .filter(rule -> matches(rule, pod))
                .map(PodFailurePolicyRule::getAction)
                .findFirst()
                .orElse("Count");
    }

    private static boolean matches(PodFailurePolicyRule rule, Pod pod) {
        if (rule.getOnExitCodes() != null) {
            Integer code = Kubelet.exitCode(pod);
            boolean in = rule.getOnExitCodes().getValues().contains(code);
            return code != null
                    && code != 0
                    && in == "In".equals(rule.getOnExitCodes().getOperator());
        }
        return rule.getOnPodConditions().stream()
                .anyMatch(wanted -> pod.getStatus().getConditions().stream()
                        .anyMatch(has -> has.getType().equals(wanted.getType())
                                && Objects.equals(has.getStatus(), wanted.getStatus())));
    }

    private boolean late(Job job, JobStatus status) {
        Long seconds = job.getSpec().getActiveDeadlineSeconds();
        return seconds != null
                && Duration.between(Instant.parse(status.getStartTime()), cluster.now())
                                .toSeconds()
                        >= seconds;
    }

    /** Failed only once no pod is left; until then a condition says that it will be. */
    private boolean fail(Job job, JobStatus status, List<Pod> pods, String reason, String message) {
        if (pods.stream().allMatch(JobController::ended)) {
            status.setActive(0);
            return finish(job, status, "Failed", reason, message);
        }
        boolean stopping = stop(pods);
        if (!is(job, "FailureTarget")) {
            condition(status, "FailureTarget", reason, message);
        }
        return write(job, status) || stopping;
    }

    private boolean finish(Job job, JobStatus status, String type, String reason, String message) {
        condition(status, type, reason, message);
        return write(job, status);
    }

    private void condition(JobStatus status, String type, String reason, String message) {
        status.getConditions()
                .add(new JobConditionBuilder()
                        .withType(type)
                        .withStatus("True")
                        .withReason(reason)
                        .withMessage(message)
                        .withLastTransitionTime(cluster.timestamp())
                        .build());
    }

    private boolean stop(List<Pod> pods) {
        boolean any = false;
        for (Pod pod : pods) {
            if (!ended(pod) && pod.getMetadata().getDeletionTimestamp() == null) {
                cluster.mark(pod);
                any = true;
            }
        }
        return any;
    }

    private boolean write(Job job, JobStatus status) {
        if (status.equals(job.getStatus())) {
            return false;
        }
        cluster.setStatus(job, status);
        return true;
    }

    private void create(Job job) {
        var template = job.getSpec().getTemplate();
        var meta = new ObjectMetaBuilder(template.getMetadata())
                .withName(job.getMetadata().getName() + "-" + facts.number(job))
                .withNamespace(Cluster.NAMESPACE)
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("batch/v1")
                        .withKind("Job")
                        .withName(job.getMetadata().getName())
                        .withUid(job.getMetadata().getUid())
                        .withController(true)
                        .build())
                .build();
        var status = new PodStatusBuilder().withPhase("Pending").build();
        cluster.create(new Pod("v1", "Pod", meta, template.getSpec(), status));
    }

    private static int count(Integer number) {
        return number == null ? 0 : number;
    }
}
