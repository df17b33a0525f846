package io.paft.api.schema;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/** Names inside the pod types that come from Kubernetes: required and bounded, since rules over unbounded texts cost too much. */
public final class PodTypes implements SchemaCustomizer.Customizer {
    private static final long LONGEST_NAME = 253;
    private static final long LONGEST_VALUE = 4096;

    @Override
    public JSONSchemaProps apply(JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
        JSONSchemaProps variable = Schemas.items(schema, "env");
        named(variable);
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
}
