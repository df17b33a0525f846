package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** One word per group of stages, for the columns of kubectl get. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Summary(
        @JsonPropertyDescription("The SFT stage in a word, such as Running, and how far it is, such as Running 42%.")
        @Nullable
        String sft,

        @JsonPropertyDescription("The preference stage in a word.") @Nullable
        String preference,

        @JsonPropertyDescription(
                "The merge stages in a word, such as Running 1/2 47% (one of two done; the percentage counts each stage the same).")
        @Nullable
        String merge,

        @JsonPropertyDescription("The evaluation stages and the report in a word.") @Nullable
        String evaluation) {}
