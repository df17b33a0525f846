package io.paft.operator.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paft.api.v1alpha1.SubjectScore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The termination message of a stage pod (docs/stage-contract.md). */
@JsonIgnoreProperties(ignoreUnknown = true)
record Termination(
        @Nullable String outcome,
        @Nullable String reason,
        @Nullable String message,
        @Nullable Map<String, Double> metrics,
        @Nullable String digest,
        @Nullable Long bytes,
        @Nullable Report result) {

    /** What a report stage found. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Report(
            @Nullable String best,
            @Nullable Double score,
            @Nullable List<SubjectScore> scores) {}

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /** Empty when the text is not such a message, for example the tail of a log. */
    static Optional<Termination> parse(@Nullable String text) {
        if (text == null || !text.strip().startsWith("{")) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(JSON.readValue(text, Termination.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    boolean reused() {
        return "Reused".equals(outcome);
    }
}
