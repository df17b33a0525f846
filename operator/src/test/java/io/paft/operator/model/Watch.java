package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An informer's cache of one kind: what the table was some changes ago. */
final class Watch<T extends HasMetadata> {

    private final Table<T> table;
    private final Map<String, T> objects = new LinkedHashMap<>();
    private int seen;

    /** @param behind changes that the list it starts from does not have yet */
    Watch(Table<T> table, int behind) {
        this.table = table;
        catchUp(Math.max(0, table.size() - behind), change -> {});
    }

    int behind() {
        return table.size() - seen;
    }

    /** Sees the next changes, at most {@code most}. */
    void catchUp(int most, Consumer<Table.Change<T>> event) {
        for (int i = 0; i < most && seen < table.size(); i++) {
            Table.Change<T> change = table.change(seen++);
            T after = change.after();
            if (after == null) {
                objects.remove(change.name());
            } else {
                objects.put(change.name(), after);
            }
            event.accept(change);
        }
    }

    @Nullable
    T get(String name) {
        return objects.get(name);
    }

    List<T> all() {
        return List.copyOf(objects.values());
    }
}
