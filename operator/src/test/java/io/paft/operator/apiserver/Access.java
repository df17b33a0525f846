package io.paft.operator.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.paft.operator.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Variables by which a process reaches the API server of a test. */
final class Access {

    private Access() {}

    /** Of somebody who may do everything. */
    static Map<String, String> ofAdmin(World world) {
        return Map.of("KUBECONFIG", write(world.kubeconfig()).toString());
    }

    /** Of a ServiceAccount, with the rights that it has been given and no others: by address, CA and token, as in a pod. */
    static Map<String, String> of(World world, String namespace, String account) {
        String token = world.client()
                .serviceAccounts()
                .inNamespace(namespace)
                .withName(account)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        JsonNode cluster = Yaml.read(world.kubeconfig(), JsonNode.class).at("/clusters/0/cluster");
        return Map.of(
                "KUBERNETES_MASTER", cluster.path("server").asText(),
                "KUBERNETES_CERTS_CA_FILE",
                        cluster.path("certificate-authority").asText(),
                "KUBERNETES_AUTH_TOKEN", token);
    }

    private static Path write(String kubeconfig) {
        try {
            Path file = Files.createTempFile("kubeconfig", ".yaml");
            file.toFile().deleteOnExit();
            return Files.writeString(file, kubeconfig);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
