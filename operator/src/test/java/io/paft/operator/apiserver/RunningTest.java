package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.status.StagesByName;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The packaged operator, alone: what it logs, what it measures, how it refuses to start and how it stops. */
@Tag("apiserver")
class RunningTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl";
    private static final String DONE =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\",\"digest\":\"sha256:0\",\"bytes\":1}";

    private static World world;

    @BeforeAll
    static void startWorld() {
        world = new World();
    }

    @AfterAll
    static void stopWorld() {
        world.close();
    }

    @Test
    void metricsAreThoseOfTheDocumentation() throws Exception {
        var documented = MetricsPage.read(Path.of("../docs/metrics.md"));
        var settings = Map.of(
                "PAFT_PROGRESS_NAMESPACE",
                world.namespace(),
                "PAFT_PROGRESS_PORT",
                Integer.toString(OperatorProcess.freePort()));
        try (var operator = start(settings).ready()) {
            goOn();
            Map<String, Set<String>> exposed = exposed(operator.get("/q/metrics"));

            assertThat(exposed.keySet())
                    .as("docs/metrics.md has a row for each")
                    .allMatch(documented::knows);
            assertThat(exposed.keySet())
                    .as("each row of docs/metrics.md is true")
                    .containsAll(documented.ours().keySet());
            documented
                    .ours()
                    .forEach((name, labels) -> assertThat(exposed.get(name))
                            .as("labels of " + name)
                            .isEqualTo(labels));
            assertThat(operator.metric("paft_leader")).as("alone, it leads").isEqualTo(1);
            assertThat(operator.metric("paft_pipelines")).isPositive();
            assertThat(operator.metric("paft_stage_attempts_total")).isPositive();
            assertThat(operator.status("/q/health/live")).isEqualTo(200);
        }
    }

    @Test
    void eachLineOfTheLogIsJsonWithFieldsAndWithoutSecrets() throws Exception {
        int progress = OperatorProcess.freePort();
        var settings = Map.of(
                "QUARKUS_LOG_CATEGORY__IO_PAFT__LEVEL", "DEBUG",
                "PAFT_PROGRESS_NAMESPACE", world.namespace(),
                "PAFT_PROGRESS_PORT", Integer.toString(progress));
        try (var operator = start(settings).ready()) {
            PaftPipeline pipeline = goOn();
            post(progress, pipeline);
            assertThat(operator.get("/q/metrics"))
                    .as("labels without names that people chose, in paths of posts too")
                    .contains("http_server_requests")
                    .doesNotContain("stages/none")
                    .doesNotContain("/paftpipelines/");
            List<JsonNode> lines = operator.log().lines().map(RunningTest::json).toList();

            assertThat(lines).allSatisfy(line -> {
                assertThat(line.path("timestamp").asText()).isNotEmpty();
                assertThat(line.path("level").asText()).isNotEmpty();
                assertThat(line.path("message").isTextual()).isTrue();
            });
            StageStatus sft = StagesByName.of(world.get(pipeline).getStatus()).get("sft");
            assertThat(lines)
                    .filteredOn(line -> line.path("message").asText().contains("sft succeeded"))
                    .anySatisfy(line -> {
                        JsonNode fields = line.path("mdc");
                        assertThat(fields.path("pipeline").asText())
                                .isEqualTo(pipeline.getMetadata().getName());
                        assertThat(fields.path("namespace").asText())
                                .isEqualTo(pipeline.getMetadata().getNamespace());
                        assertThat(fields.path("stage").asText()).isEqualTo("sft");
                        assertThat(fields.path("key").asText()).isEqualTo(sft.key());
                    });
            assertThat(operator.log())
                    .contains("UNKNOWN_STAGE")
                    .doesNotContain(TOKEN)
                    .doesNotContain("c2VjcmV0LXRva2Vu")
                    .doesNotContain("PRIVATE KEY");
        }
    }

    @Test
    void textForPeopleWhereThatIsWanted() {
        try (var operator = start(Map.of("PAFT_LOG_JSON", "false")).ready()) {
            assertThat(operator.log().lines().findFirst().orElseThrow()).matches("\\d{4}-\\d\\d-\\d\\d .*");
        }
    }

    @Test
    void badSettingsAreSentencesAndNoStart() {
        var settings = Map.of("PAFT_IMAGES_PULL_POLICY", "always", "PAFT_NAMESPACE", "llm");
        try (var operator = start(settings)) {
            assertThat(operator.end()).isEqualTo(1);
            assertThat(operator.log())
                    .contains("PAFT_IMAGES_PULL_POLICY is \\\"always\\\"; it must be Always, IfNotPresent or Never")
                    .contains("PAFT_NAMESPACE is no setting of the operator");
        }
        try (var operator = start(Map.of("PAFT_PROGRESS_PORT", "https"))) {
            assertThat(operator.end()).isEqualTo(1);
            assertThat(operator.log()).contains("paft.progress.port").contains("https");
        }
    }

    @Test
    void whatAStatusAnnouncesIsThereWhenItHasStopped() {
        try (var operator = start(Map.of()).ready()) {
            List<String> namespaces =
                    Stream.generate(world::namespace).limit(40).toList();
            List<PaftPipeline> pipelines = namespaces.stream().map(world::apply).toList();
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> pipelines.stream().anyMatch(RunningTest::hasStatus));

            long before = System.nanoTime();
            operator.terminate();
            assertThat(operator.end()).isEqualTo(143);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));

            List<PaftPipeline> stopped = pipelines.stream().map(world::get).toList();
            assertThat(operator.log().substring(operator.log().indexOf("is shutting down")))
                    .as("it was stopped in the middle, and went on with its writes")
                    .contains("created Job");
            assertThat(stopped)
                    .filteredOn(RunningTest::hasStages)
                    .isNotEmpty()
                    .allSatisfy(pipeline -> assertThat(
                                    world.jobs(pipeline.getMetadata().getNamespace()))
                            .as("Jobs of " + pipeline.getMetadata().getNamespace())
                            .hasSize(3));
        }
    }

    private static boolean hasStatus(PaftPipeline pipeline) {
        return hasStages(world.get(pipeline));
    }

    private static boolean hasStages(PaftPipeline pipeline) {
        return pipeline.getStatus() != null && pipeline.getStatus().stages() != null;
    }

    private static OperatorProcess start(Map<String, String> settings) {
        return new OperatorProcess(Access.ofAdmin(world), new HashMap<>(settings));
    }

    /** A pipeline of which one stage is done. */
    private static PaftPipeline goOn() {
        String namespace = world.namespace();
        PaftPipeline pipeline = world.apply(namespace);
        await().atMost(Duration.ofSeconds(20)).until(() -> world.jobs(namespace).size() == 3);
        world.workload.complete(world.job(namespace, "sft").orElseThrow(), DONE);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> StagesByName.of(world.get(pipeline).getStatus())
                                .get("sft")
                                .state()
                        == StageState.Succeeded);
        return pipeline;
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }

    /** Name of a metric, or of the family of a histogram's parts -> its labels. */
    private static Map<String, Set<String>> exposed(String text) {
        Set<String> families = text.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", 4)[2])
                .collect(Collectors.toSet());
        Map<String, Set<String>> exposed = new TreeMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            String name = line.split("[{ ]", 2)[0];
            String family = name.replaceAll("_(bucket|count|sum)$", "");
            exposed.computeIfAbsent(families.contains(family) ? family : name, first -> new TreeSet<>())
                    .addAll(MetricsPage.labels(line));
        });
        return exposed;
    }

    /** A post of nobody; what is tested here is what its token leaves behind. */
    private static void post(int port, PaftPipeline pipeline)
            throws GeneralSecurityException, IOException, InterruptedException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEverybody()}, new SecureRandom());
        String path = "/apis/paft.io/v1alpha1/namespaces/%s/paftpipelines/%s/stages/none/progress"
                .formatted(
                        pipeline.getMetadata().getNamespace(),
                        pipeline.getMetadata().getName());
        var response = HttpClient.newBuilder()
                .sslContext(context)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
                                .header("Authorization", "Bearer " + TOKEN)
                                .POST(BodyPublishers.ofString("{}"))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(401);
    }

    private static final class TrustsEverybody extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
