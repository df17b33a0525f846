package io.paft.operator.progress;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paft.operator.plan.Progress;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a post: Kubeflow Trainer's status document, which transformers' KubeflowCallback writes.
 *
 * <p>Known fields are held to their types and bounds; unknown ones are passed over, so that a newer sender is understood.
 */
final class PostReader {

    /** Bytes of a body. */
    static final int LIMIT = 64 * 1024;

    private static final int MAX_METRICS = 256;
    private static final int MAX_TEXT = 64;
    private static final long MAX_STEPS = 1L << 53;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(8)
                            .maxNumberLength(32)
                            .maxStringLength(1024)
                            .maxNameLength(256)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Names of TRL's log in the words of a stage's own metrics. */
    private static final Map<String, String> RENAMED =
            Map.of("rewards/margins", "reward_margin", "rewards/accuracies", "reward_accuracy");

    private PostReader() {}

    /**
     * Reads a body.
     *
     * @param at when it came: the pod's own clock is not believed
     * @throws RefusedException MALFORMED, with the field that is wrong
     */
    static Progress read(byte[] body, Instant at) throws RefusedException {
        JsonNode status = tree(body).path("trainerStatus");
        if (!status.isObject()) {
            throw malformed("trainerStatus is missing or no object");
        }
        time(status.path("lastUpdatedTime"));
        Long percent = whole(status.get("progressPercentage"), "progressPercentage", 100);
        Long eta = whole(status.get("estimatedRemainingSeconds"), "estimatedRemainingSeconds", MAX_STEPS);
        Map<String, Double> metrics = metrics(status.get("metrics"));
        Long step = steps(metrics.remove("current_step"));
        Long total = steps(metrics.remove("total_steps"));
        Double work = metrics.remove("work_done");
        metrics.remove("current_epoch");
        if (step != null && total != null && step > total) {
            // Whatever that sender counts, it is not how far it is.
            total = null;
        }
        return new Progress(percent == null ? null : percent / 100.0, step, total, work, eta, metrics, at);
    }

    private static JsonNode tree(byte[] body) throws RefusedException {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw malformed("no JSON as it should be");
        } catch (IOException e) {
            throw malformed("no text");
        }
    }

    private static void time(JsonNode node) throws RefusedException {
        try {
            OffsetDateTime.parse(node.isTextual() ? node.textValue() : "");
        } catch (DateTimeException e) {
            throw malformed("lastUpdatedTime is no RFC 3339 time");
        }
    }

    private static @Nullable Long whole(@Nullable JsonNode node, String field, long most) throws RefusedException {
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0 || node.longValue() > most) {
            throw malformed(field + " is no whole number from 0 to " + most);
        }
        return node.longValue();
    }

    private static Map<String, Double> metrics(@Nullable JsonNode list) throws RefusedException {
        var metrics = new LinkedHashMap<String, Double>();
        if (list == null || list.isNull()) {
            return metrics;
        }
        if (!list.isArray() || list.size() > MAX_METRICS) {
            throw malformed("metrics is no list of at most " + MAX_METRICS);
        }
        for (JsonNode metric : list) {
            String name = text(metric.path("name"), "name");
            Double value = number(text(metric.path("value"), "value"));
            if (value != null) {
                metrics.put(RENAMED.getOrDefault(name, name), value);
            }
        }
        return metrics;
    }

    private static String text(JsonNode node, String field) throws RefusedException {
        if (!node.isTextual() || node.textValue().isEmpty() || node.textValue().length() > MAX_TEXT) {
            throw malformed("a metric's " + field + " is no text of 1 to " + MAX_TEXT + " characters");
        }
        return node.textValue();
    }

    /** Values may be any text; only numbers are of use here, and "nan" is none. */
    private static @Nullable Double number(String text) {
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? value : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Long steps(@Nullable Double value) {
        return value != null && value >= 0 && value <= MAX_STEPS && value == Math.rint(value)
                ? value.longValue()
                : null;
    }

    private static RefusedException malformed(String what) {
        return new RefusedException(Refusal.MALFORMED, what);
    }
}
