package io.paft.operator.leader;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/** The label on the operator's own pod by which the Service for progress finds the leader. */
public final class LeaderLabel {

    private static final Logger LOG = Logger.getLogger(LeaderLabel.class);

    static final String NAME = "paft.io/leader";
    private static final String VALUE = "true";
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final String namespace;
    private final String pod;
    private volatile boolean set;

    public LeaderLabel(KubernetesClient client, String namespace, String pod) {
        this.client = client;
        this.namespace = namespace;
        this.pod = pod;
    }

    /** Takes away what an earlier container of this pod may have left: a pod keeps its labels when its container starts again. */
    public void clear() {
        try {
            patch("null");
        } catch (KubernetesClientException e) {
            LOG.warnf("leader election: label %s of pod %s/%s not removed: %s", NAME, namespace, pod, e.getMessage());
        }
    }

    /** Sets it, however long the API server is away, while this process leads. Returns at once. */
    public void set(BooleanSupplier leading) {
        Thread.ofVirtual().name("leader-label").start(() -> {
            while (leading.getAsBoolean() && !trySet()) {
                try {
                    Thread.sleep(AGAIN);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    /** Whether the Service can find this pod. */
    public boolean isSet() {
        return set;
    }

    private boolean trySet() {
        try {
            patch('"' + VALUE + '"');
            set = true;
            return true;
        } catch (KubernetesClientException e) {
            LOG.warnf(
                    "leader election: pod %s/%s not labelled (%s): progress of stages does not arrive; trying again",
                    namespace, pod, e.getMessage());
            return false;
        }
    }

    private void patch(String value) {
        client.pods()
                .inNamespace(namespace)
                .withName(pod)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"labels\":{\"%s\":%s}}}".formatted(NAME, value));
    }
}
