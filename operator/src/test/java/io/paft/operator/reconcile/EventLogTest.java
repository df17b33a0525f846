package io.paft.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.status.Transition;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private static final String REFUSED =
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":403}";

    /** The operator may create, patch and list Events, and not read one. */
    @Test
    void whatHappensAgainIsCountedWithoutReadingTheEvent() throws Exception {
        // Given
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> requests = new CopyOnWriteArrayList<>();
        server.createContext("/api/v1/namespaces/llm/events", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean reads = exchange.getRequestMethod().equals("GET");
            requests.add(exchange.getRequestMethod() + (body.contains("\"count\":2") ? " 2" : ""));
            byte[] answer =
                    (reads ? REFUSED : "{\"kind\":\"Event\",\"apiVersion\":\"v1\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reads ? 403 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        var config = new ConfigBuilder()
                .withMasterUrl("http://localhost:" + server.getAddress().getPort())
                .withRequestRetryBackoffLimit(0)
                .build();
        try (var client = new KubernetesClientBuilder().withConfig(config).build()) {
            var pipeline = new PaftPipeline();
            pipeline.setMetadata(new ObjectMetaBuilder()
                    .withNamespace("llm")
                    .withName("tiny")
                    .withUid("u")
                    .withGeneration(1L)
                    .build());
            var log = new EventLog(client, Clock.fixed(Instant.parse("2026-01-01T01:00:00Z"), ZoneOffset.UTC));
            var retrying = new Transition(true, "StageWaiting", "sft: Retrying", null);

            // When
            log.tell(pipeline, retrying);
            log.tell(pipeline, retrying);
        } finally {
            server.stop(0);
        }

        // Then
        assertThat(requests).containsExactly("POST", "PATCH 2");
    }
}
