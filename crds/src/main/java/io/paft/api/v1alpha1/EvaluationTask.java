package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** An lm-eval task. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EvaluationTask(
        @JsonPropertyDescription("Name of an lm-eval task, such as arc_challenge, or of one in customTasks.")
        @Required
        @Size(min = 1, max = 128)
        @Pattern("^[A-Za-z0-9_][A-Za-z0-9_.:/+-]*$")
        String name,

        @JsonPropertyDescription(
                "Solved examples before each question; a task whose file says 0 stays at 0. 0 to 100. Default: what the"
                        + " task's file says.")
        @Min(0)
        @Max(100)
        @Nullable
        Integer numFewshot,

        @JsonPropertyDescription(
                "Only the first questions, this many: for a quick look, not for a claim. 1 or more. Default: all.")
        @Min(1)
        @Max(10000000)
        @Nullable
        Integer limit) {}
