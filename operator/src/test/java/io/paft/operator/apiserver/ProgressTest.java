package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageProgress;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.ProgressTarget;
import io.paft.operator.metrics.ProgressMetrics;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.progress.ProgressEndpoint;
import io.paft.operator.progress.ProgressServer;
import io.paft.operator.progress.tls.CertificateAuthority;
import io.paft.operator.progress.tls.StoredAuthority;
import io.paft.operator.reconcile.Caches;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pods that say how far they are, over HTTPS, with tokens of a real API server. */
@Tag("apiserver")
class ProgressTest {

    private static World world;
    private static Vertx vertx;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
    private Tokens tokens;
    private Traffic traffic;
    private Operator operator;
    private HttpServer server;
    private HttpClient client;
    private PaftPipeline pipeline;
    private String namespace;
    private ProgressTarget sft;

    @BeforeAll
    static void startWorld() {
        world = new World();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopWorld() {
        vertx.close();
        world.close();
    }

    @BeforeEach
    void start() throws Exception {
        namespace = world.namespace();
        tokens = new Tokens(world.client());
        tokens.account(namespace);
        traffic = new Traffic(namespace);
        var caches = new Caches();
        var book = new ProgressBook();
        operator = world.operator(traffic, caches, book);
        var endpoint =
                ProgressEndpoint.of(world.client(), caches, book, new ProgressMetrics(registry), Clock.systemUTC());
        server = new ProgressServer(vertx, endpoint)
                .start(0, authority.issue(List.of("localhost"), Instant.now()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        client = client(authority.certificatePem());
        pipeline = world.apply(namespace);
        sft = new ProgressTarget(namespace, pipeline.getMetadata().getName(), "sft");
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
    }

    @AfterEach
    void stop() throws Exception {
        operator.stop();
        server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void reachesTheStatusInSecondsAndCostsOneWritePerTenSeconds() throws Exception {
        Pod pod = running("sft");
        String token = tokens.of(pod, sft.audience());
        int before = traffic.statusWrites.get();

        Instant start = Instant.now();
        int step = 0;
        while (Duration.between(start, Instant.now()).toSeconds() < 22) {
            assertThat(post(sft, token, body(++step))).isEqualTo(200);
            Thread.sleep(1100);
        }

        int last = step;
        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            StageProgress progress = stage("sft").progress();
            assertThat(progress).isNotNull();
            assertThat(progress.step()).isEqualTo(last);
            assertThat(progress.percent()).isEqualTo(last);
            assertThat(progress.metrics()).containsEntry("loss", 0.5);
        });
        assertThat(traffic.statusWrites.get() - before).isBetween(3, 4);
        assertThat(world.get(pipeline).getStatus().summary().sft()).isEqualTo("Running " + last + "%");
        assertThat(counted("accepted")).isEqualTo(step);
    }

    @Test
    void goesAlongWithAnotherChangeAtOnceAndEndsWithTheStage() throws Exception {
        String token = tokens.of(running("sft"), sft.audience());
        post(sft, token, body(10));
        await().atMost(Duration.ofSeconds(5)).until(() -> stage("sft").progress() != null);

        post(sft, token, body(20));
        running("preference");
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(stage("sft").progress().step()).isEqualTo(20));

        world.workload.finish(world.job(namespace, "sft").orElseThrow());
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(stage("sft").state()).isEqualTo(StageState.Succeeded);
            assertThat(stage("sft").progress()).isNull();
        });
        assertThat(post(sft, token, body(30))).isEqualTo(403);
        assertThat(counted("stage_ended")).isEqualTo(1);
    }

    @Test
    void refusesTokensThatAreNotThisPodsAndCountsThem() throws Exception {
        Pod pod = running("sft");
        String good = tokens.of(pod, sft.audience());
        assertThat(post(sft, good, body(1))).isEqualTo(200);

        // Forged: another signature under the same claims.
        String forged = good.substring(0, good.lastIndexOf('.') + 1) + "A".repeat(342);
        assertThat(post(sft, forged, body(99))).isEqualTo(401);
        assertThat(post(sft, "a.b.c", body(99))).isEqualTo(401);
        // Made for another audience: the API server's own, and another stage.
        assertThat(post(sft, tokens.of(pod, "https://kubernetes.default.svc.cluster.local"), body(99)))
                .isEqualTo(401);
        var preference = new ProgressTarget(namespace, sft.pipeline(), "preference");
        assertThat(post(sft, tokens.of(pod, preference.audience()), body(99))).isEqualTo(401);
        assertThat(counted("token_refused")).isEqualTo(4);

        // A pod may ask for any audience: it still is not the other stage's pod.
        assertThat(post(preference, tokens.of(pod, preference.audience()), body(99)))
                .isEqualTo(403);
        assertThat(counted("other_stage")).isEqualTo(1);

        String other = world.namespace();
        tokens.account(other);
        Pod stranger = world.workload.stranger(other);
        assertThat(post(sft, tokens.of(stranger, sft.audience()), body(99))).isEqualTo(403);
        assertThat(counted("other_namespace")).isEqualTo(1);

        assertThat(post(sft, tokens.unbound(namespace, sft.audience()), body(99)))
                .isEqualTo(403);
        assertThat(counted("not_of_a_pod")).isEqualTo(1);
        assertThat(counted("accepted")).isEqualTo(1);
        assertThat(stage("sft").progress().step()).isEqualTo(1);
    }

    @Test
    void refusesATokenWhosePodIsGone() throws Exception {
        Pod pod = running("sft");
        String seen = tokens.of(pod, sft.audience());
        String unseen = tokens.of(pod, "x");
        assertThat(unseen).isNotEqualTo(seen);
        String fresh = tokens.of(pod, sft.audience());
        assertThat(post(sft, seen, body(1))).isEqualTo(200);

        world.client().resource(pod).withGracePeriod(0).delete();

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(post(sft, seen, body(2))).isEqualTo(403));
        assertThat(counted("pod_gone")).isPositive();
        Thread.sleep(1100);
        if (!fresh.equals(seen)) {
            assertThat(post(sft, fresh, body(2)))
                    .as("a token that was not seen before")
                    .isEqualTo(401);
        }
    }

    @Test
    void refusesAnExpiredToken() throws Exception {
        // Ten minutes are the least that the API server makes: the test signs with the server's own key.
        String token = tokens.of(running("sft"), sft.audience());

        assertThat(post(sft, tokens.signedAgain(token, 300), body(1))).isEqualTo(200);
        assertThat(post(sft, tokens.signedAgain(token, -300), body(2))).isEqualTo(401);
        assertThat(counted("token_refused")).isEqualTo(1);
    }

    @Test
    void boundsWhatAClientSends() throws Exception {
        String token = tokens.of(running("sft"), sft.audience());

        assertThat(post(sft, token, BodyPublishers.ofByteArray(new byte[65 * 1024])))
                .isEqualTo(413);
        // Chunked, without a length; the server hangs up before all of it is there.
        try {
            assertThat(post(
                            sft,
                            token,
                            BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[10 * 1024 * 1024]))))
                    .isEqualTo(413);
        } catch (IOException e) {
            assertThat(e).hasMessageNotContaining("timed out");
        }
        assertThat(counted("too_large")).isEqualTo(2);
        assertThat(post(sft, token, BodyPublishers.ofString("rubbish"))).isEqualTo(422);
        assertThat(post(sft, token, body(1))).as("and goes on").isEqualTo(200);
    }

    @Test
    void theAuthorityOutlivesTheOperator() throws Exception {
        KubernetesClient api = world.client();
        api.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("progress")
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();

        var first = new StoredAuthority(api, namespace, "progress").get(Instant.now());
        var second = new StoredAuthority(api, namespace, "progress").get(Instant.now());
        assertThat(second.certificatePem()).isEqualTo(first.certificatePem());

        // Renewed in time, and made anew where somebody wrote rubbish.
        Instant late = Instant.now().plus(Duration.ofDays(3600));
        var renewed = new StoredAuthority(api, namespace, "progress").get(late);
        assertThat(renewed.certificatePem()).isNotEqualTo(first.certificatePem());
        api.secrets().inNamespace(namespace).withName("progress").edit(secret -> {
            secret.getData().put("ca.key", "cnViYmlzaA==");
            return secret;
        });
        assertThat(new StoredAuthority(api, namespace, "progress").get(late).certificatePem())
                .isNotEqualTo(renewed.certificatePem());
        assertThat(new StoredAuthority(api, namespace, "none").get(late)).isNotNull();
    }

    private Pod running(String stage) {
        Job job = world.job(namespace, stage).orElseThrow();
        Pod pod = world.workload.running(job);
        await().atMost(Duration.ofSeconds(10)).until(() -> stage(stage).state() == StageState.Running);
        return pod;
    }

    private StageStatus stage(String name) {
        return world.stage(pipeline, name);
    }

    private double counted(String result) {
        return registry.get("paft.progress.posts")
                .tag("result", result)
                .counter()
                .count();
    }

    private int post(ProgressTarget target, String token, String body) throws Exception {
        return post(target, token, BodyPublishers.ofString(body));
    }

    private int post(ProgressTarget target, String token, BodyPublisher body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("https://localhost:" + server.actualPort() + target.path()))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(10))
                .POST(body)
                .build();
        return client.send(request, BodyHandlers.ofString()).statusCode();
    }

    private static String body(int step) {
        return """
                {"trainerStatus": {"lastUpdatedTime": "2026-01-01T00:00:00Z", "progressPercentage": %d,
                 "metrics": [{"name": "current_step", "value": "%d"}, {"name": "loss", "value": "0.5"}]}}
                """.formatted(step, step);
    }

    private static HttpClient client(String certificate) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(certificate.getBytes(StandardCharsets.US_ASCII))));
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .sslContext(context)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }
}
