package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import io.paft.api.schema.ConditionTypes;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator observed. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "conditions=type stages=name")
@SchemaCustomizer(ConditionTypes.class)
public record PaftPipelineStatus(
        @JsonPropertyDescription(
                "The generation of the spec that this status speaks about; -1 until the operator has seen the pipeline.")
        @Nullable
        Long observedGeneration,

        @JsonPropertyDescription(
                "One word for people: Pending, Training, Merging, Evaluating, Suspending, Suspended, Succeeded or Failed. Programs read the conditions.")
        @Nullable
        String phase,

        @JsonPropertyDescription("When the first stage started (RFC 3339, UTC).") @Nullable
        String startTime,

        @JsonPropertyDescription("When the pipeline finished (RFC 3339, UTC).") @Nullable
        String completionTime,

        @JsonPropertyDescription(
                "Succeeded: True when every stage is done, False when one failed for good, Unknown until then. Reconciling: work is under"
                        + " way. Stalled: nothing goes on until somebody acts; the message says what to do. Suspended: True when spec.suspend has stopped"
                        + " everything; there once a pipeline has been suspended.")
        @Nullable
        List<Condition> conditions,

        @JsonPropertyDescription("Every stage of the pipeline, by name.") @Nullable
        List<StageStatus> stages,

        @JsonPropertyDescription("The columns of kubectl get.") @Nullable
        Summary summary,

        @JsonPropertyDescription("What came out, once the report is there.") @Nullable
        Result result,

        @JsonPropertyDescription(
                "Seconds of this run that spec.suspend took, without a pause that still lasts. They do not count for spec.deadline.")
        @Nullable
        Long suspendedSeconds,

        @JsonPropertyDescription("The last runs, newest first. At most 10.") @Nullable
        List<Run> history,

        @JsonPropertyDescription(
                "For the operator alone: what the stages' keys were made of, so that the next run can say what changed.")
        @Nullable
        String fingerprint,

        @JsonPropertyDescription(
                "The value of the annotation paft.io/retry that has been dealt with: failed stages were tried again, or there were none.")
        @Nullable
        String retry) {

    /** The same status, with its past. */
    public PaftPipelineStatus withHistory(@Nullable List<Run> runs, @Nullable String made) {
        return new PaftPipelineStatus(
                observedGeneration,
                phase,
                startTime,
                completionTime,
                conditions,
                stages,
                summary,
                result,
                suspendedSeconds,
                runs,
                made,
                retry);
    }

    /** The same status, with its stages told in other words. */
    public PaftPipelineStatus withStages(@Nullable List<StageStatus> told) {
        return new PaftPipelineStatus(
                observedGeneration,
                phase,
                startTime,
                completionTime,
                conditions,
                told,
                summary,
                result,
                suspendedSeconds,
                history,
                fingerprint,
                retry);
    }
}
