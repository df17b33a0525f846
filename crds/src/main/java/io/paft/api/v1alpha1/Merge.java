package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the two deltas are fused. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "candidates=name")
public record Merge(
        @JsonPropertyDescription("1 to 16 merge recipes, by name. Each is merged and evaluated; the best score wins.")
        @Required
        @Size(min = 1, max = 16)
        List<MergeCandidate> candidates,

        @JsonPropertyDescription(
                "Type of the merged weights. The arithmetic itself is float32. Default: the type of the base model's weights.")
        @Nullable
        OutputDtype outputDtype,

        @JsonPropertyDescription(MergeRules.SEED_TEXT
                + " For every candidate that has something random and no seed of its own. 0 or more. Default: 0.")
        @Min(0)
        @Max(2147483647)
        @Nullable
        Integer seed,

        @JsonPropertyDescription(Rules.RETRIES_TEXT) @Min(0) @Max(10) @Nullable
        Integer retries,

        @JsonPropertyDescription(Rules.DEADLINE_TEXT)
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.DEADLINE_SENTENCE)
        @Nullable
        String deadline,

        @JsonPropertyDescription(Rules.STALL_TEXT)
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.STALL_SENTENCE)
        @ValidationRule(value = Rules.STALL_MINIMUM, messageExpression = Rules.STALL_MINIMUM_SENTENCE)
        @Nullable
        String stallTimeout,

        @JsonPropertyDescription(Rules.RERUN_TEXT)
        @Size(min = 1, max = Rules.WORD_LENGTH)
        @Pattern(Rules.RERUN)
        @Nullable
        String rerun,

        @JsonPropertyDescription(
                "Pod settings of the merge pods, laid over spec.pod except for its image. A merge needs no GPU.")
        @Nullable
        PodSettings pod,

        @JsonPropertyDescription(
                "true: go on where a model has NaN or an infinity, write them, and count them in merge-report.json; otherwise the merge"
                        + " fails and names the tensor. Try to repair the model first: one NaN spoils what a layer computes. Default: false.")
        @Nullable
        Boolean allowNaN) {}
