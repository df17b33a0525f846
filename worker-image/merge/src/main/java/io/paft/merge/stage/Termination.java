package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.files.NamedWrites;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The termination message: one JSON document of at most 4096 bytes for the kubelet. */
final class Termination {
    /** What the kubelet keeps. */
    static final int LIMIT = 4096;

    private static final int METRICS = 16;
    private static final MathContext DIGITS = new MathContext(6);

    private Termination() {}

    /** A message about an output: its metrics, digest and size are those of the manifest. */
    static ObjectNode of(String outcome, String reason, String message, @Nullable JsonNode manifest) {
        ObjectNode document = Json.object();
        document.put("outcome", outcome);
        document.put("reason", reason);
        document.put("message", message);
        if (manifest != null) {
            ObjectNode metrics = document.putObject("metrics");
            for (Map.Entry<String, JsonNode> entry : manifest.path("metrics").properties()) {
                if (entry.getValue().isNumber() && metrics.size() < METRICS) {
                    metrics.set(entry.getKey(), rounded(entry.getValue()));
                }
            }
            document.set("digest", manifest.path("digest"));
            document.set("bytes", manifest.path("bytes"));
        }
        return document;
    }

    /** The document as at most {@link #LIMIT} bytes of JSON: the text of the message is cut, never the JSON. */
    static byte[] encode(ObjectNode document) {
        byte[] whole = Json.compact(document);
        if (whole.length <= LIMIT) {
            return whole;
        }
        String message = document.path("message").asText();
        ObjectNode cut = document.deepCopy();
        int low = 0;
        int high = message.codePointCount(0, message.length());
        while (low < high) {
            int middle = (low + high + 1) / 2;
            cut.put("message", head(message, middle));
            if (Json.compact(cut).length <= LIMIT) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return Json.compact(cut.put("message", head(message, low)));
    }

    /**
     * Writes the message.
     *
     * @throws IOException when the place cannot be written
     */
    static void write(ObjectNode document, Path target) throws IOException {
        NamedWrites.write(target, encode(document));
    }

    private static String head(String message, int codePoints) {
        return message.substring(0, message.offsetByCodePoints(0, codePoints)) + "...";
    }

    /** Six significant digits; whole numbers stay whole. */
    private static JsonNode rounded(JsonNode number) {
        return number.isIntegralNumber()
                ? number
                : Json.number(new BigDecimal(number.doubleValue()).round(DIGITS).doubleValue());
    }
}
