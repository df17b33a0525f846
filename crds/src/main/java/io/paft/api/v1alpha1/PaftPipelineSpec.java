package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What to train, merge and evaluate. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PaftPipelineSpec(
        @JsonPropertyDescription("The pre-trained model that both branches start from.") @Required
        BaseModel baseModel,

        @JsonPropertyDescription("Where stages read their inputs and leave their outputs.") @Required
        Workspace workspace,

        @JsonPropertyDescription(
                "Pod settings for every stage. Those of a stage are laid over them: single values and lists replace, maps and env merge"
                        + " by name. Never part of a stage's identity: another image or a bigger node runs nothing again.")
        @Nullable
        PodSettings pod,

        @JsonPropertyDescription("The supervised branch. It runs at the same time as preference.") @Required
        Sft sft,

        @JsonPropertyDescription("The preference branch. It runs at the same time as sft.") @Required
        Preference preference,

        @JsonPropertyDescription("How the deltas of the two branches are fused into one model.") @Required
        Merge merge,

        @JsonPropertyDescription("What every candidate is measured on, and against what. Default: nothing is"
                + " measured, and there is a result only if there is one candidate.")
        @Nullable
        Evaluation evaluation,

        @JsonPropertyDescription(
                "true stops every pod of the pipeline and starts no new one; a training that saves checkpoints goes on from the last one. Finished"
                        + " stages stay. false, or leaving it out, goes on. Default: false.")
        @Nullable
        Boolean suspend,

        @JsonPropertyDescription(
                "Longest time that the pipeline may take from status.startTime, without the time that it was suspended: hours, minutes and"
                        + " seconds, such as 48h. Then what runs is stopped and has Failed with the reason PipelineDeadlineExceeded. A longer"
                        + " deadline lets it go on, as a new run. Default: none.")
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.DEADLINE_SENTENCE)
        @Nullable
        String deadline) {}
