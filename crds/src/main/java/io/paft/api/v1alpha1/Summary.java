package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** One word per group of stages, for the columns of kubectl get. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Summary(
        @JsonPropertyDescription("The SFT stage in a word, such as Running.") @Nullable
        String sft,

        @JsonPropertyDescription("The preference stage in a word.") @Nullable
        String preference,

        @JsonPropertyDescription("The merge stages in a word, such as Running 1/2 (one of two done).") @Nullable
        String merge,

        @JsonPropertyDescription("The evaluation stages and the report in a word.") @Nullable
        String evaluation) {}
