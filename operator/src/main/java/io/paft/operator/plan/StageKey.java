package io.paft.operator.plan;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** The identity of a stage's result: SHA-256 of everything that can change it (docs/stage-contract.md, Identity). */
final class StageKey {

    private StageKey() {}

    /** @param keys the keys of the nodes that come before this one, by name */
    static String of(Node node, Map<String, String> keys) {
        ObjectNode identity = JsonNodeFactory.instance.objectNode();
        identity.put("kind", node.kind().word());
        identity.set("parameters", node.parameters());
        ObjectNode inputs = identity.putObject("inputs");
        node.inputs().forEach((name, input) -> {
            ObjectNode entry = inputs.putObject(name);
            switch (input) {
                case NodeInput.External(String uri) -> entry.put("uri", uri);
                case NodeInput.StageOutput(String from) -> entry.put("key", keys.get(from));
            }
        });
        if (node.rerun() != null) {
            identity.put("rerun", node.rerun());
        }
        return sha256(CanonicalJson.of(identity));
    }

    static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
