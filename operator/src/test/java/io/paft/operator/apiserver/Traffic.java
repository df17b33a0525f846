package io.paft.operator.apiserver;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what the operator asks of the API server. */
final class Traffic implements Interceptor {

    private final String namespace;
    final AtomicInteger jobCreates = new AtomicInteger();
    final AtomicInteger statusWrites = new AtomicInteger();

    /** Pipelines of other tests may still be there, and an operator looks after all of them. */
    Traffic(String namespace) {
        this.namespace = namespace;
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (!request.uri().getPath().contains("/namespaces/" + namespace + "/")) {
            return;
        }
        if (request.method().equals("POST") && request.uri().getPath().endsWith("/jobs")) {
            jobCreates.incrementAndGet();
        }
        if (writesStatus(request)) {
            statusWrites.incrementAndGet();
        }
    }

    static boolean writesStatus(HttpRequest request) {
        return request.method().equals("PUT") && request.uri().getPath().endsWith("/status");
    }
}
