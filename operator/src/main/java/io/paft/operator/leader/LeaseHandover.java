package io.paft.operator.leader;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.jboss.logging.Logger;

/**
 * Gives the Lease back, so that another replica need not wait for its end.
 *
 * <p>The client's own elector means to do so, but its patch leaves out the holder that it set to null, and so keeps it
 * (fabric8 7.5).
 */
public final class LeaseHandover {

    private static final Logger LOG = Logger.getLogger(LeaseHandover.class);

    private final KubernetesClient client;
    private final String namespace;
    private final String name;
    private final String identity;

    /** @param identity in whose hand it is */
    public LeaseHandover(KubernetesClient client, String namespace, String name, String identity) {
        this.client = client;
        this.namespace = namespace;
        this.name = name;
        this.identity = identity;
    }

    /** Does so, if it still is in this hand. */
    public void give() {
        try {
            Lease lease = client.leases().inNamespace(namespace).withName(name).get();
            if (lease != null && identity.equals(lease.getSpec().getHolderIdentity())) {
                // Only of this very version: somebody may have taken it over in between.
                client.leases()
                        .inNamespace(namespace)
                        .withName(name)
                        .patch(
                                PatchContext.of(PatchType.JSON_MERGE),
                                "{\"metadata\":{\"resourceVersion\":\"%s\"},\"spec\":{\"holderIdentity\":null}}"
                                        .formatted(lease.getMetadata().getResourceVersion()));
                LOG.infof("leader election: gave the lease %s/%s back", namespace, name);
            }
        } catch (KubernetesClientException e) {
            LOG.warnf("leader election: lease %s/%s not given back: %s", namespace, name, e.getMessage());
        }
    }
}
