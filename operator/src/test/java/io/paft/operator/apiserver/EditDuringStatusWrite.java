package io.paft.operator.apiserver;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.paft.api.v1alpha1.PaftPipeline;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Edits the spec once, in the middle of the operator's own status write. */
final class EditDuringStatusWrite implements Interceptor {

    private final KubernetesClient client;
    private final String namespace;
    private final Moment moment;
    final AtomicBoolean armed = new AtomicBoolean();
    final AtomicBoolean done = new AtomicBoolean();

    EditDuringStatusWrite(KubernetesClient client, String namespace, Moment moment) {
        this.client = client;
        this.namespace = namespace;
        this.moment = moment;
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (moment == Moment.BEFORE_THE_WRITE && edit(request)) {
            holdUntilTheEventHasArrived();
        }
    }

    private static void holdUntilTheEventHasArrived() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        if (moment == Moment.AFTER_THE_WRITE) {
            var _ = edit(request);
        }
    }

    private boolean edit(HttpRequest request) {
        if (armed.get()
                && Traffic.writesStatus(request)
                && request.uri().getPath().contains("/namespaces/" + namespace + "/")
                && done.compareAndSet(false, true)) {
            client.resources(PaftPipeline.class)
                    .inNamespace(namespace)
                    .withName("tiny")
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\":{\"sft\":{\"hyperparameters\":{\"learningRate\":0.001}}}}");
            return true;
        }
        return false;
    }

    /** When, seen from the API server, the edit arrives. */
    enum Moment {
        BEFORE_THE_WRITE,
        AFTER_THE_WRITE
    }
}
