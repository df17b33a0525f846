package io.paft.api.schema;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Says how server-side apply merges the lists of an object. The input names them, such as {@code "tasks=name baselines=set"}: a
 * field of the items makes the list a map with that key, {@code set} and {@code atomic} are the list types of that name.
 */
public final class ListType implements SchemaCustomizer.Customizer {
    @Override
    public JSONSchemaProps apply(JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
        for (String assignment : input.split(" ", -1)) {
            int equals = assignment.indexOf('=');
            JSONSchemaProps list = Schemas.property(schema, assignment.substring(0, equals));
            String type = assignment.substring(equals + 1);
            if (type.equals("set") || type.equals("atomic")) {
                list.setXKubernetesListType(type);
            } else {
                Schemas.mapBy(list, type);
            }
        }
        return schema;
    }
}
