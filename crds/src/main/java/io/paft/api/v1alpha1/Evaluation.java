package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What every subject is measured on. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "tasks=name baselines=set prompts=atomic")
@ValidationRule(
        value = "(has(self.tasks) && size(self.tasks) > 0) || has(self.preferenceDataset)",
        message =
                "nothing to measure: write at least one entry in tasks, or a preferenceDataset, or leave evaluation out")
public record Evaluation(
        @JsonPropertyDescription("Up to 32 lm-eval tasks, by name. Default: none.") @Size(max = 32) @Nullable
        List<EvaluationTask> tasks,

        @JsonPropertyDescription("Tasks of your own. Default: only those that lm-eval ships.") @Nullable
        CustomTasks customTasks,

        @JsonPropertyDescription(
                "Held-out pairs {prompt, chosen, rejected}: measures the share of pairs in which the model finds the chosen answer"
                        + " likelier than the rejected one. Default: not measured.")
        @Nullable
        Dataset preferenceDataset,

        @JsonPropertyDescription(
                "What the candidates are compared with. Base: the untouched model. SFT, Preference: the single branches. Sequential:"
                        + " preference training on top of SFT, the usual recipe (one more training stage); against SFT it shows the alignment tax. Default: [Base, SFT, Preference].")
        @Size(max = 4)
        @Nullable
        List<Baseline> baselines,

        @JsonPropertyDescription(
                "Up to 32 prompts of at most 2000 characters. The report shows the greedy answer of every model to each. Default: none.")
        @Size(max = 32)
        @Nullable
        List<@Size(min = 1, max = 2000) String> prompts,

        @JsonPropertyDescription("Questions per forward pass. 1 to 4096. Default: 8.") @Min(1) @Max(4096) @Nullable
        Integer batchSize,

        @JsonPropertyDescription(
                "The Secret whose key `token` is the Hugging Face token, for tasks with gated data. Only the evaluation pods see it. With"
                        + " customTasks it also lets them download at all. Default: no token.")
        @Nullable
        SecretRef secretRef,

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

        @JsonPropertyDescription("The report. Default: one is made.") @Nullable
        Report report,

        @JsonPropertyDescription("Pod settings of the evaluation pods, laid over spec.pod.") @Nullable
        PodSettings pod) {}
