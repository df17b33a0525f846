package io.paft.operator.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paft.api.v1alpha1.SubjectScore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** Words of a status are short; what is no number in JSON would make the API server refuse all of it. */
    private static final int WORD = 63;

    private static final int NAME = 64;
    private static final int DIGEST = 128;

    Termination {
        reason = cut(reason, WORD);
        digest = cut(digest, DIGEST);
        metrics = numbers(metrics);
    }

    /** What a report stage found. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Report(
            @Nullable String best,
            @Nullable Double score,
            @Nullable List<SubjectScore> scores) {

        Report {
            best = cut(best, NAME);
            score = number(score);
            scores = scores == null
                    ? null
                    : scores.stream()
                            .filter(Objects::nonNull)
                            .map(subject -> new SubjectScore(
                                    subject.subject(), number(subject.score()), numbers(subject.metrics())))
                            .toList();
        }
    }

    private static @Nullable String cut(@Nullable String text, int most) {
        return text == null || text.length() <= most ? text : text.substring(0, most);
    }

    private static @Nullable Double number(@Nullable Double value) {
        return value == null || !Double.isFinite(value) ? null : value;
    }

    private static @Nullable Map<String, Double> numbers(@Nullable Map<String, Double> given) {
        if (given == null) {
            return null;
        }
        var numbers = new LinkedHashMap<String, Double>();
        given.forEach((name, value) -> {
            if (number(value) != null && name.length() <= NAME) {
                numbers.put(name, value);
            }
        });
        return numbers;
    }

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
