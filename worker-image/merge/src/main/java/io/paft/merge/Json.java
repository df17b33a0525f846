package io.paft.merge;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.files.InputReads;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON as the formats here need it: duplicate keys and trailing text are errors, output looks like Python's. */
public final class Json {
    /** The mapper; strict about duplicate keys and trailing tokens, and takes NaN for no JSON, which it is. */
    public static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private static final long LARGEST = 100_000_000;
    private static final ObjectWriter PRETTY = MAPPER.writer(new DefaultPrettyPrinter(
                    Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER))
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    private Json() {}

    /** An empty object. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** An empty array. */
    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** Indented by two spaces, ends with a line feed. */
    public static byte[] pretty(JsonNode node) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = new PythonNumbers(PRETTY.createGenerator(text))) {
            PRETTY.writeValue(generator, node);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** On one line. */
    public static byte[] compact(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The object in a file that belongs to a model.
     *
     * @throws MergeException ModelInvalid when the file is not a JSON object, with file, offset and reason; ModelNotFound when
     *     it may not be read
     */
    public static ObjectNode readObject(Path file, String display) {
        try {
            // A pipe would never end, a device neither; the limit is that of a safetensors header.
            if (!Files.isRegularFile(file)) {
                throw new MergeException(Reason.ModelInvalid, display + ", offset 0: not a regular file.");
            }
            if (Files.size(file) > LARGEST) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        display + ", offset " + LARGEST + ": has " + Files.size(file)
                                + " bytes; such a file has at most " + LARGEST + ".");
            }
            return asObject(MAPPER.readTree(InputReads.of(() -> Files.readAllBytes(file))), display);
        } catch (JsonProcessingException e) {
            throw invalid(display, e);
        } catch (IOException e) {
            throw new MergeException(Reason.ModelInvalid, display + ", offset 0: cannot be read (" + e + ").", e);
        }
    }

    private static ObjectNode asObject(JsonNode node, String display) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new MergeException(Reason.ModelInvalid, display + ", offset 0: not a JSON object.");
    }

    /** ModelInvalid for JSON that cannot be parsed, with the offset where it went wrong. */
    public static MergeException invalid(String display, JsonProcessingException error) {
        long offset = error.getLocation() == null ? 0 : error.getLocation().getByteOffset();
        return new MergeException(
                Reason.ModelInvalid,
                display + ", offset " + Math.max(0, offset) + ": not valid JSON (" + error.getOriginalMessage() + ").",
                error);
    }

    /** The number as a JSON value; NaN and infinities, which JSON does not have, become null. */
    public static JsonNode number(double value) {
        return Double.isFinite(value) ? MAPPER.getNodeFactory().numberNode(value) : MAPPER.nullNode();
    }
}
