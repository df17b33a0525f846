package io.paft.operator.progress;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Has the API server review tokens. */
final class ApiReviewer implements TokenReviews.Reviewer {

    private static final Logger LOG = Logger.getLogger(ApiReviewer.class);

    private final KubernetesClient client;

    ApiReviewer(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public @Nullable TokenReviewStatus review(String token, String audience) {
        var review = new TokenReviewBuilder()
                .withNewSpec()
                .withToken(token)
                .withAudiences(audience)
                .endSpec()
                .build();
        try {
            return client.resource(review).create().getStatus();
        } catch (KubernetesClientException e) {
            // Its code alone: nothing that was sent belongs in a log.
            LOG.warnf("progress of stages: the API server did not review a token: HTTP %d", e.getCode());
            return null;
        }
    }
}
