package io.paft.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The label by which the Service finds the leader. */
class LeaderLabelTest {

    private static final String REFUSED =
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":403}";
    private static final String POD = "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"operator-0\"}}";

    /** Before that nobody can reach this process, and silence of pods means nothing. */
    @Test
    void isSetOnceTheApiServerHasTakenIt() throws Exception {
        // Given
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var config = new ConfigBuilder()
                .withMasterUrl("http://localhost:" + server.getAddress().getPort())
                .withRequestRetryBackoffLimit(0)
                .build();
        try (var client = new KubernetesClientBuilder().withConfig(config).build()) {
            var label = new LeaderLabel(client, "paft-system", "operator-0");
            List<Boolean> before = new CopyOnWriteArrayList<>();
            var taken = new CountDownLatch(3);
            server.createContext("/api/v1/namespaces/paft-system/pods/operator-0", exchange -> {
                before.add(label.isSet());
                // The client asks a second time by itself.
                boolean first = before.size() <= 2;
                byte[] answer = (first ? REFUSED : POD).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(first ? 403 : 200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
                taken.countDown();
            });
            server.start();

            // When
            label.set(() -> true);

            // Then
            assertThat(taken.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 300 && !label.isSet(); i++) {
                Thread.sleep(100);
            }
            assertThat(before).hasSizeGreaterThan(2).containsOnly(false);
            assertThat(label.isSet()).isTrue();
        } finally {
            server.stop(0);
        }
    }
}
