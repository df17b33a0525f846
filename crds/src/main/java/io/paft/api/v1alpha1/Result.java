package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came out. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "scores=subject")
public record Result(
        @JsonPropertyDescription("Name of the best candidate.") @Nullable
        String best,

        @JsonPropertyDescription("Directory of the best candidate's model: pvc://<claim>/merge/<key>/model.") @Nullable
        String model,

        @JsonPropertyDescription("Digest of the best candidate's output.") @Nullable
        String digest,

        @JsonPropertyDescription(
                "Score of the best candidate: the mean of its measures of 0 to 1 for which higher is better.")
        @Nullable
        Double score,

        @JsonPropertyDescription(
                "The report: pvc://<claim>/report/<key>/report.html; report.json and a model card lie beside it.")
        @Nullable
        String report,

        @JsonPropertyDescription("Scores of every model that was evaluated, by name.") @Nullable
        List<SubjectScore> scores) {}
