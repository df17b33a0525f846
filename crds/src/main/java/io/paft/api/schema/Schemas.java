package io.paft.api.schema;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.List;

/** Steps into a schema that fail with a name instead of a null pointer. */
final class Schemas {
    static JSONSchemaProps property(JSONSchemaProps object, String name) {
        JSONSchemaProps property = object.getProperties().get(name);
        if (property == null) {
            throw new IllegalArgumentException(
                    "no field " + name + " among " + object.getProperties().keySet());
        }
        return property;
    }

    static JSONSchemaProps items(JSONSchemaProps object, String list) {
        return property(object, list).getItems().getSchema();
    }

    /** Makes a list a map of its items by one of their fields, as server-side apply merges them. */
    static void mapBy(JSONSchemaProps list, String key) {
        list.setXKubernetesListType("map");
        list.setXKubernetesListMapKeys(List.of(key));
    }

    private Schemas() {}
}
