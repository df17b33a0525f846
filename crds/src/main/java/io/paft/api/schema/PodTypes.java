package io.paft.api.schema;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Names inside the pod types that come from Kubernetes: required, and bounded, since rules over unbounded texts cost the API server
 * too much. And the environment variables that belong to the operator, refused rather than silently replaced.
 */
public final class PodTypes implements SchemaCustomizer.Customizer {
    private static final long LONGEST_NAME = 253;
    private static final long LONGEST_VALUE = 4096;

    private static final List<ValidationRule> VARIABLE_NAMES = List.of(
            rule(
                    "self.matches('^[A-Za-z_][A-Za-z0-9_.-]*$')",
                    "'\"' + self + '\" is not the name of an environment variable: write letters, digits and _, such as OMP_NUM_THREADS'"),
            rule(
                    "!self.matches('^(PAFT_.*|PET_.*|KUBEFLOW_.*|HOME|USER|TMPDIR|HF_HOME|HF_HUB_OFFLINE|HF_HUB_DISABLE_IMPLICIT_TOKEN"
                            + "|XDG_CACHE_HOME|MPLCONFIGDIR|TORCHINDUCTOR_CACHE_DIR|TRITON_CACHE_DIR)$')",
                    "self + ' is set by the operator: remove it'"),
            rule(
                    "self != 'HF_TOKEN'",
                    "self + ' would reach every pod: name a Secret in secretRef of baseModel, dataset or evaluation instead; only the pods that download get it'"));

    @Override
    public JSONSchemaProps apply(JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
        JSONSchemaProps variable = Schemas.items(schema, "env");
        named(variable);
        Schemas.property(variable, "name").setXKubernetesValidations(VARIABLE_NAMES);
        Schemas.property(variable, "value").setMaxLength(LONGEST_VALUE);

        named(Schemas.items(schema, "imagePullSecrets"));

        JSONSchemaProps resources = Schemas.property(schema, "resources");
        Schemas.mapBy(Schemas.property(resources, "claims"), "name");
        named(Schemas.items(resources, "claims"));
        return schema;
    }

    private static void named(JSONSchemaProps item) {
        JSONSchemaProps name = Schemas.property(item, "name");
        name.setMinLength(1L);
        name.setMaxLength(LONGEST_NAME);
        item.setRequired(List.of("name"));
    }

    private static ValidationRule rule(String expression, String messageExpression) {
        return new ValidationRuleBuilder()
                .withRule(expression)
                .withMessageExpression(messageExpression)
                .build();
    }
}
