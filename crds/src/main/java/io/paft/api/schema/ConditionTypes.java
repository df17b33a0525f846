package io.paft.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;

/** Conditions as Kubernetes' tools expect them: the fields of metav1.Condition, described. */
public final class ConditionTypes implements SchemaCustomizer.Customizer {
    private static final Map<String, String> FIELDS = Map.of(
            "type", "Succeeded, Reconciling, Stalled or Suspended.",
            "status", "True, False or Unknown.",
            "reason", "Why, as one CamelCase word.",
            "message", "Why, as a sentence for people.",
            "observedGeneration", "The generation of the spec that the condition speaks about.",
            "lastTransitionTime", "When status changed last (RFC 3339, UTC).");

    private static final List<JsonNode> STATUSES =
            List.of(TextNode.valueOf("True"), TextNode.valueOf("False"), TextNode.valueOf("Unknown"));

    @Override
    public JSONSchemaProps apply(JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
        JSONSchemaProps condition = Schemas.items(schema, "conditions");
        FIELDS.forEach((name, text) -> Schemas.property(condition, name).setDescription(text));
        Schemas.property(condition, "status").setEnum(STATUSES);
        condition.setRequired(List.of("type", "status"));
        return schema;
    }
}
