package io.paft.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An API server compresses what is long, for who says that it takes it. */
class CompressedListsTest {

    private static final String LIST = """
            {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"},
             "items": [{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "sft", "namespace": "default"}}]}""";

    private final Vertx vertx = Vertx.vertx();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String accepted = exchange.getRequestHeaders().getFirst("Accept-Encoding");
            if (accepted == null || !accepted.contains("gzip")) {
                exchange.sendResponseHeaders(406, -1);
            } else {
                exchange.getResponseHeaders().set("Content-Encoding", "gzip");
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, 0);
                try (var body = new GZIPOutputStream(exchange.getResponseBody())) {
                    body.write(LIST.getBytes(StandardCharsets.UTF_8));
                }
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop(0);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void listsComeCompressedAndAreRead() {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        Config config = new ConfigBuilder()
                .withMasterUrl(url)
                .withRequestRetryBackoffLimit(0)
                .build();
        // The operator's own.
        try (var client = new Wiring().kubernetesClient(new KubernetesSerialization(), config, vertx)) {
            PodList pods = client.pods().inNamespace("default").list();

            assertThat(pods.getItems())
                    .singleElement()
                    .satisfies(pod -> assertThat(pod.getMetadata().getName()).isEqualTo("sft"));
        }
    }
}
