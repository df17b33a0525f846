package io.paft.operator.status;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** What stages' keys were made of, as one short text that a status can carry: JSON, deflated, in base64. */
final class Fingerprint {

    /** Some 600 fields. Beyond it, history tells which stages changed and not by what. */
    private static final int LIMIT = 8192;

    /** What is read is written by us, but whoever may write the status may write anything. */
    private static final int LARGEST = 1 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final TypeReference<LinkedHashMap<String, SortedMap<String, String>>> TYPE =
            new TypeReference<>() {};

    private Fingerprint() {}

    /** Null when it would be too long. */
    static @Nullable String encode(Map<String, SortedMap<String, String>> components) {
        var bytes = new ByteArrayOutputStream();
        try (var deflater = new DeflaterOutputStream(bytes)) {
            deflater.write(JSON.writeValueAsString(components).getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts by text are always JSON", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String text = Base64.getEncoder().encodeToString(bytes.toByteArray());
        return text.length() <= LIMIT ? text : null;
    }

    /** Empty when there is none, or somebody else wrote it. */
    static Map<String, SortedMap<String, String>> decode(@Nullable String text) {
        if (text == null) {
            return Map.of();
        }
        try (var inflater = new InflaterInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(text)))) {
            return JSON.readValue(inflater.readNBytes(LARGEST), TYPE);
        } catch (IOException | IllegalArgumentException e) {
            return Map.of();
        }
    }
}
