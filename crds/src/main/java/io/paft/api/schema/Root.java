package io.paft.api.schema;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * What no annotation can say at the top of the schema. The status begins with an observedGeneration that is behind, so that a new
 * pipeline counts as done for nobody (kstatus, Argo CD).
 */
public final class Root implements SchemaCustomizer.Customizer {
    @Override
    public JSONSchemaProps apply(JSONSchemaProps schema, String description, KubernetesSerialization serialization) {
        schema.setDescription(description);
        schema.setRequired(List.of("spec"));
        Schemas.property(schema, "spec")
                .setDescription("What to train, merge and evaluate. An edit runs again only what it changes.");
        JSONSchemaProps status = Schemas.property(schema, "status");
        status.setDescription("What the operator observed. Written by the operator alone.");
        status.setDefault(JsonNodeFactory.instance.objectNode().set("observedGeneration", IntNode.valueOf(-1)));
        onlyOnce(schema);
        return schema;
    }

    /** The generator finds the rules of a record's field twice: on the field and on its accessor. */
    private static void onlyOnce(JSONSchemaProps schema) {
        if (schema.getXKubernetesValidations() != null) {
            schema.setXKubernetesValidations(
                    schema.getXKubernetesValidations().stream().distinct().toList());
        }
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(Root::onlyOnce);
        }
        if (schema.getItems() != null) {
            onlyOnce(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null) {
            onlyOnce(schema.getAdditionalProperties().getSchema());
        }
    }
}
