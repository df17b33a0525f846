package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The scores of one evaluated model. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SubjectScore(
        String subject, @Nullable Double score, @Nullable Map<String, Double> metrics) {}
