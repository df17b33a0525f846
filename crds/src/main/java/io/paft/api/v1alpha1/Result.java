package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came out. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Result(
        @Nullable String best,
        @Nullable String model,
        @Nullable String digest,
        @Nullable Double score,
        @Nullable String report,
        @Nullable List<SubjectScore> scores) {}
