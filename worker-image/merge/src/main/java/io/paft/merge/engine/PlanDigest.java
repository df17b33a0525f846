package io.paft.merge.engine;

import io.paft.merge.checkpoint.Model;
import io.paft.merge.files.Hashes;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The digest of a plan: of which tensors are merged and what is done to them, with every parameter. It goes through the
 * records that a plan is made of, so a field that is added to one of them counts without being named here. The bytes of
 * models do not count, only from where they are read.
 */
final class PlanDigest {
    private final MessageDigest digest = Hashes.digest();
    /** Java looks for the components of a record class, and makes ways to read them, each time that it is asked. */
    private final Map<Class<?>, RecordComponent[]> components = new HashMap<>();

    private PlanDigest() {}

    /** SHA-256 of a plan, in hex. */
    static String of(MergePlan plan) {
        PlanDigest walk = new PlanDigest();
        walk.add(plan);
        return HexFormat.of().formatHex(walk.digest.digest());
    }

    private void add(@Nullable Object value) {
        switch (value) {
            case null -> text("null");
            case String string -> text('"' + string + '"');
            case Number number -> text(number.toString());
            case Boolean flag -> text(flag.toString());
            case Enum<?> constant -> text(constant.name());
            case float[] numbers -> text(Arrays.toString(numbers));
            case double[] numbers -> text(Arrays.toString(numbers));
            case long[] numbers -> text(Arrays.toString(numbers));
            case int[] numbers -> text(Arrays.toString(numbers));
            case MemorySegment bytes -> text(Long.toString(bytes.byteSize()));
            case Model model -> text(model.name());
            case List<?> list -> {
                text("[");
                list.forEach(this::add);
                text("]");
            }
            case Map<?, ?> map -> {
                Map<String, Object> sorted = new TreeMap<>();
                map.forEach((key, item) -> sorted.put(String.valueOf(key), item));
                text("{");
                sorted.forEach((key, item) -> {
                    text(key);
                    add(item);
                });
                text("}");
            }
            case Record record -> fields(record);
            default -> throw new IllegalStateException("a plan holds a " + value.getClass() + ", which has no digest");
        }
    }

    private void fields(Record record) {
        text(record.getClass().getSimpleName() + "(");
        for (RecordComponent component : components.computeIfAbsent(record.getClass(), PlanDigest::components)) {
            text(component.getName());
            try {
                add(component.getAccessor().invoke(record));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        text(")");
    }

    private static RecordComponent[] components(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        for (RecordComponent component : components) {
            component.getAccessor().setAccessible(true);
        }
        return components;
    }

    private void text(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
