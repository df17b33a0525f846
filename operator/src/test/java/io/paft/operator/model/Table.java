package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All objects of one kind as the API server has them, and every change of them in order. Objects are never altered, only replaced. */
final class Table<T extends HasMetadata> {

    /** One change: {@code after} is null when the object went. */
    record Change<T>(
            String name, @Nullable T before, @Nullable T after) {}

    private final Map<String, T> objects = new LinkedHashMap<>();
    private final List<Change<T>> changes = new ArrayList<>();

    @Nullable
    T get(String name) {
        return objects.get(name);
    }

    List<T> all() {
        return List.copyOf(objects.values());
    }

    void put(T object) {
        String name = object.getMetadata().getName();
        changes.add(new Change<>(name, objects.put(name, object), object));
    }

    void remove(String name) {
        T before = objects.remove(name);
        if (before != null) {
            changes.add(new Change<>(name, before, null));
        }
    }

    /** How many changes there have been. */
    int size() {
        return changes.size();
    }

    Change<T> change(int index) {
        return changes.get(index);
    }
}
