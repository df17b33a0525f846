package io.paft.merge.stage;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Sends one report to the operator, in the wire format of Kubeflow Trainer (docs/stage-contract.md, Progress). */
final class ProgressClient {
    static final String URL = "KUBEFLOW_TRAINER_SERVER_URL";
    static final String CA_CERT = "KUBEFLOW_TRAINER_SERVER_CA_CERT";
    static final String TOKEN = "KUBEFLOW_TRAINER_SERVER_TOKEN";

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int OK = 200;

    private final HttpClient client;
    private final URI uri;
    private final Path token;

    /**
     * How far a merge is.
     *
     * @param percent of the bytes to write, 0 to 99
     * @param etaSeconds that are left at the rate so far; null before there is one
     * @param tensors finished
     * @param totalTensors that there are
     * @param work changes whenever something was read or written: it tells a large tensor from a merge that hangs
     */
    record Report(int percent, @Nullable Long etaSeconds, long tensors, long totalTensors, long work) {}

    private ProgressClient(HttpClient client, URI uri, Path token) {
        this.client = client;
        this.uri = uri;
        this.token = token;
    }

    /**
     * A client for what the environment names; empty when it names nothing.
     *
     * @throws IOException when the certificate cannot be read
     * @throws GeneralSecurityException when it is none
     * @throws IllegalArgumentException when the URL is none
     */
    static Optional<ProgressClient> of(Map<String, String> environment) throws IOException, GeneralSecurityException {
        String url = environment.get(URL);
        String authority = environment.get(CA_CERT);
        String token = environment.get(TOKEN);
        if (url == null || authority == null || token == null) {
            return Optional.empty();
        }
        HttpClient client = HttpClient.newBuilder()
                .sslContext(trusting(Path.of(authority)))
                .connectTimeout(TIMEOUT)
                .version(HttpClient.Version.HTTP_1_1)
                // The operator is in the cluster: a proxy for downloads is not the way to it.
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        return Optional.of(new ProgressClient(client, URI.create(url), Path.of(token)));
    }

    /**
     * Sends a report.
     *
     * @throws IOException when it does not arrive, or is refused
     * @throws InterruptedException when this thread is to end
     */
    void send(Report report) throws IOException, InterruptedException {
        // The kubelet renews the token: it is read each time.
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + Files.readString(token).strip())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body(report)))
                .build();
        int code = client.send(request, BodyHandlers.discarding()).statusCode();
        if (code != OK) {
            throw new IOException("the operator answers HTTP " + code);
        }
    }

    private static byte[] body(Report report) {
        ObjectNode root = Json.object();
        ObjectNode status = root.putObject("trainerStatus");
        status.put("lastUpdatedTime", Instant.now().toString());
        status.put("progressPercentage", report.percent());
        if (report.etaSeconds() != null) {
            status.put("estimatedRemainingSeconds", report.etaSeconds());
        }
        ArrayNode metrics = status.putArray("metrics");
        metric(metrics, "current_step", report.tensors());
        metric(metrics, "total_steps", report.totalTensors());
        metric(metrics, "work_done", report.work());
        return Json.compact(root);
    }

    private static void metric(ArrayNode metrics, String name, long value) {
        metrics.addObject().put("name", name).put("value", Long.toString(value));
    }

    /** Trusts this authority and no other. */
    private static SSLContext trusting(Path authority) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream pem = Files.newInputStream(authority)) {
            trusted.setCertificateEntry(
                    "operator", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
