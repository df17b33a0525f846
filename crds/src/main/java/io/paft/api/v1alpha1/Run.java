package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of the pipeline: from an edit that asks for new results until all stages are through. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Run(
        @JsonPropertyDescription("The generation of the spec that the run began with.") @Nullable
        Long generation,

        @JsonPropertyDescription("When it began (RFC 3339, UTC).") @Nullable
        String startTime,

        @JsonPropertyDescription("When it was through, or when the next one took its place (RFC 3339, UTC).") @Nullable
        String completionTime,

        @JsonPropertyDescription(
                "The pipeline's phase in this run; Superseded when an edit asked for other results before it was through.")
        @Nullable
        String phase,

        @JsonPropertyDescription("Name of the best candidate.") @Nullable
        String best,

        @JsonPropertyDescription("Score of the best candidate.") @Nullable
        Double score,

        @JsonPropertyDescription(
                "Stages whose key differs from that of the run before, those that were edited themselves first. At most 12, and fewer in old"
                        + " runs when they are many.")
        @Nullable
        List<StageChange> changed,

        @JsonPropertyDescription("How many more stages have another key than in the run before.") @Nullable
        Integer alsoChanged) {}
