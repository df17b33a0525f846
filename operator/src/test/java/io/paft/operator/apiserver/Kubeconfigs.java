package io.paft.operator.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.paft.operator.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files by which a process reaches the API server of a test. */
final class Kubeconfigs {

    private Kubeconfigs() {}

    /** Of somebody who may do everything. */
    static Path ofAdmin(World world) {
        return write(world.kubeconfig());
    }

    /** Of a ServiceAccount, with the rights that it has been given and no others. */
    static Path of(World world, String namespace, String account) {
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
        JsonNode config = Yaml.read(world.kubeconfig(), JsonNode.class);
        var user = (ObjectNode) config.path("users").path(0).path("user");
        user.removeAll();
        user.put("token", token);
        return write(Yaml.write(config));
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
