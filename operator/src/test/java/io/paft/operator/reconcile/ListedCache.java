package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.EventHandler;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.filter.GenericFilter;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnAddFilter;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnDeleteFilter;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A cache with indexes over a list of objects that are replaced, never altered; what the operator uses of it. */
final class ListedCache<T extends HasMetadata> implements IndexerResourceCache<T>, EventSource<T, T> {

    private static final int MOST_VERSIONS = 64;

    private final Class<T> type;
    private final Supplier<List<T>> objects;
    private final Map<String, Function<T, List<String>>> indexers = new HashMap<>();
    private final IdentityHashMap<T, Map<String, List<String>>> values = new IdentityHashMap<>();
    private @Nullable GenericFilter<? super T> filter;

    ListedCache(Class<T> type, Supplier<List<T>> objects) {
        this.type = type;
        this.objects = objects;
    }

    void changed(T object) {
        Objects.requireNonNull(filter, "nobody listens").accept(object);
    }

    @Override
    public void addIndexers(Map<String, Function<T, List<String>>> more) {
        indexers.putAll(more);
    }

    @Override
    public List<T> byIndex(String index, String key) {
        return objects.get().stream()
                .filter(object -> values(index, object).contains(key))
                .toList();
    }

    /** As a real index, which is computed once per version. */
    private List<String> values(String index, T object) {
        if (values.size() > MOST_VERSIONS) {
            values.clear();
        }
        return values.computeIfAbsent(object, version -> new HashMap<>())
                .computeIfAbsent(
                        index,
                        name -> Objects.requireNonNull(indexers.get(name)).apply(object));
    }

    @Override
    public Optional<T> get(ResourceID id) {
        return objects.get().stream()
                .filter(object -> id.isSameResource(object))
                .findFirst();
    }

    @Override
    public Stream<ResourceID> keys() {
        return objects.get().stream().map(ResourceID::fromResource);
    }

    @Override
    public Stream<T> list(Predicate<T> predicate) {
        return objects.get().stream().filter(predicate);
    }

    @Override
    public Stream<T> list(String namespace, Predicate<T> predicate) {
        return list(predicate);
    }

    @Override
    public void setGenericFilter(GenericFilter<? super T> filter) {
        this.filter = filter;
    }

    @Override
    public Class<T> resourceType() {
        return type;
    }

    @Override
    public Set<T> getSecondaryResources(T primary) {
        throw unused();
    }

    @Override
    public void setEventHandler(EventHandler handler) {
        throw unused();
    }

    @Override
    public void setOnAddFilter(OnAddFilter<? super T> onAdd) {
        throw unused();
    }

    @Override
    public void setOnUpdateFilter(OnUpdateFilter<? super T> onUpdate) {
        throw unused();
    }

    @Override
    public void setOnDeleteFilter(OnDeleteFilter<? super T> onDelete) {
        throw unused();
    }

    @Override
    public void start() {
        throw unused();
    }

    @Override
    public void stop() {
        throw unused();
    }

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("the operator does not use that");
    }
}
