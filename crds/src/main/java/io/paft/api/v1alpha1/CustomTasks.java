package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A directory of lm-eval task files. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CustomTasks(
        @JsonPropertyDescription(
                "A directory of lm-eval task files (YAML) with their data: pvc://claim/path, or a path relative to the workspace, such"
                        + " as tasks/tiny. Files that bring code, or a metric that lm-eval does not have, are refused.")
        @Required
        @Size(min = 1, max = Rules.URI_LENGTH)
        @ValidationRule(
                value = "!self.contains('://') || self.startsWith('pvc://')",
                messageExpression =
                        "'task files cannot be downloaded from \"' + self + '\": write pvc://claim/path, or a path relative to the workspace such as tasks/mine'")
        @ValidationRule(value = Rules.URI_CLAIM, messageExpression = Rules.URI_CLAIM_SENTENCE)
        @ValidationRule(value = Rules.URI_RELATIVE, messageExpression = Rules.URI_RELATIVE_SENTENCE)
        String uri) {}
