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

    /** Bytes; Linux takes no variable of more than 128 KiB, and the stage document has names and paths beside these. */
    private static final int LARGEST = 100_000;

    private StageKey() {}

    /**
     * @param keys the keys of the nodes that come before this one, by name
     * @throws InvalidSpecException when the node says more than its pod could be told
     */
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
        byte[] bytes = CanonicalJson.of(identity).getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LARGEST) {
            throw new InvalidSpecException(
                    ("stage %s takes %d bytes, more than the %d that fit into the environment of its pod:"
                                    + " shorten spec.evaluation.prompts or extraArgs")
                            .formatted(node.name(), bytes.length, LARGEST));
        }
        return sha256(bytes);
    }

    static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
