package io.paft.merge.recipe;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.recipe.Sparsify.Kind;
import io.paft.merge.recipe.Sparsify.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code sparsify}: the recipe's own, a default for all models, and that of each model. A model's entry that names a
 * method stands alone; one that does not takes from the default what it leaves out.
 */
final class SparsifyReader {
    private static final Set<String> KNOWN = Set.of("method", "scope", "density", "lambda", "gamma", "rescale");

    private final String file;
    private final Method method;
    private final @Nullable String base;
    private final ParameterReader parameters;
    private final Map<String, Setting> shared;
    private final @Nullable Entry common;

    /** What one mapping says. */
    private record Entry(@Nullable Kind kind, @Nullable Scope scope, Map<String, Setting> settings) {}

    /**
     * A reader.
     *
     * @param base the base model; null when there is none
     * @param parameters reads numbers
     * @param shared the recipe's parameters
     * @param node the recipe's own {@code sparsify}; null when there is none
     */
    SparsifyReader(
            String file,
            Method method,
            @Nullable String base,
            ParameterReader parameters,
            Map<String, Setting> shared,
            @Nullable Object node) {
        this.file = file;
        this.method = method;
        this.base = base;
        this.parameters = parameters;
        this.shared = shared;
        this.common = node == null ? null : entry(node, "sparsify");
        if (common != null) {
            checkDeltas();
        }
    }

    private SparsifyReader(SparsifyReader outer, @Nullable String base, Map<String, Setting> shared) {
        this.file = outer.file;
        this.method = outer.method;
        this.base = base;
        this.parameters = outer.parameters;
        this.shared = shared;
        this.common = outer.common;
    }

    /**
     * The reader of one slice.
     *
     * @param sliceBase the base model that it names; null: the recipe's
     * @param own the parameters that it has
     */
    SparsifyReader within(@Nullable String sliceBase, Map<String, Setting> own) {
        Map<String, Setting> all = new TreeMap<>(shared);
        all.putAll(own);
        return new SparsifyReader(this, sliceBase == null ? base : sliceBase, all);
    }

    /**
     * That of one model; null when its delta is left alone.
     *
     * @param node its own {@code sparsify}; null when it has none
     * @param own its parameters
     */
    @Nullable
    Sparsify ofInput(@Nullable Object node, String model, Map<String, Setting> own) {
        String where = "sparsify of " + model;
        if (model.equals(base) && method.takesDeltas()) {
            if (node != null) {
                throw refused(where + ": this is the base model, which has no delta: remove sparsify here");
            }
            return null;
        }
        if (node == null && common == null) {
            return null;
        }
        checkDeltas();
        checkDensity(model, own);
        Entry entry = node == null ? null : entry(node, where);
        return checked(merged(entry), where);
    }

    private Entry merged(@Nullable Entry entry) {
        if (entry == null || common == null || entry.kind() != null) {
            return entry != null ? entry : java.util.Objects.requireNonNull(common);
        }
        Map<String, Setting> settings = new TreeMap<>(common.settings());
        entry.settings()
                .forEach((name, setting) -> settings.merge(name, setting, (after, first) -> {
                    List<Setting.Rule> rules = new ArrayList<>(first.rules());
                    rules.addAll(after.rules());
                    return new Setting(rules);
                }));
        return new Entry(common.kind(), entry.scope() == null ? common.scope() : entry.scope(), settings);
    }

    private Entry entry(Object node, String where) {
        if (!(node instanceof Map<?, ?> map)) {
            throw refused(where + " must be a mapping, such as {method: magnitude, density: 0.2}");
        }
        Kind kind = null;
        Scope scope = null;
        Map<String, Setting> settings = new TreeMap<>();
        for (Map.Entry<?, ?> item : map.entrySet()) {
            String name = String.valueOf(item.getKey());
            Object value = item.getValue();
            switch (name) {
                case "method" -> kind = kind(value, where);
                case "scope" -> scope = scope(value, where);
                default -> {
                    if (!KNOWN.contains(name)) {
                        throw refused("unknown key " + name + " in " + where + "; known: "
                                + String.join(", ", new TreeSet<>(KNOWN)));
                    }
                    settings.put(name, inRange(parameters.setting(value, name), name, where));
                }
            }
        }
        return new Entry(kind, scope, settings);
    }

    private Kind kind(@Nullable Object value, String where) {
        return Kind.parse(String.valueOf(value))
                .orElseThrow(() -> refused(where + ": method " + value + " is not known; known: " + Kind.supported()));
    }

    private Scope scope(@Nullable Object value, String where) {
        return switch (String.valueOf(value)) {
            case "tensor" -> Scope.TENSOR;
            case "model" -> Scope.MODEL;
            default -> throw refused(where + ": scope is " + value + "; write tensor or model");
        };
    }

    private Setting inRange(Setting setting, String name, String where) {
        for (Setting.Rule rule : setting.rules()) {
            for (double value : rule.gradient()) {
                if (name.equals("density") && value > 1) {
                    throw refused(where + ": density is " + value + "; it is the share of elements kept, 0 to 1");
                }
                if (name.equals("lambda") && value < 0) {
                    throw refused(where + ": lambda is " + value + "; it is taken off every magnitude, so 0 or more");
                }
            }
        }
        return setting;
    }

    private Sparsify checked(Entry entry, String where) {
        Kind kind = entry.kind();
        if (kind == null) {
            throw refused(where + " has no method; known: " + Kind.supported());
        }
        Set<String> names = entry.settings().keySet();
        for (String name : names) {
            if (!kind.settings().contains(name)) {
                throw refused(where + ": method " + kind.yamlName() + " has no " + name + "; it has "
                        + String.join(", ", new TreeSet<>(kind.settings())));
            }
        }
        boolean lambda = names.contains("lambda");
        boolean density = names.contains("density");
        if (kind == Kind.L1 && lambda == density) {
            throw refused(where + ": l1 takes "
                    + (lambda ? "either lambda or density: remove one" : "lambda or density: write one"));
        }
        if (kind != Kind.L1 && !density) {
            throw refused(where + " has no density: write the share of elements to keep, 0 to 1");
        }
        Scope scope = entry.scope() == null ? Scope.TENSOR : entry.scope();
        if (scope == Scope.MODEL && (lambda || kind == Kind.RANDOM)) {
            throw refused(where + ": " + kind.yamlName() + (lambda ? " by lambda" : "")
                    + " has no threshold to take over the model: remove scope");
        }
        return new Sparsify(kind, scope, entry.settings());
    }

    /** There must be deltas. */
    private void checkDeltas() {
        String instead = switch (method) {
            case LINEAR, PASSTHROUGH, NEARSWAP -> "write merge_method: task_arithmetic with a base_model";
            case SLERP -> "write merge_method: nuslerp with a base_model";
            case NUSLERP, MULTISLERP -> base == null ? "name a base_model" : "";
            default -> "";
        };
        if (!instead.isEmpty()) {
            throw refused(method.yamlName() + " merges whole models, which have no delta to sparsify: " + instead
                    + ", or remove sparsify");
        }
    }

    /** A delta is not sparsified twice. */
    private void checkDensity(String model, Map<String, Setting> own) {
        if (!method.inputParameters().contains("density")) {
            return;
        }
        String where = own.containsKey("density")
                ? "the parameters of " + model
                : shared.containsKey("density") ? "the parameters of the recipe or slice" : "";
        if (!where.isEmpty()) {
            throw refused(method.yamlName() + " sparsifies by the density in " + where + ", and " + model
                    + " has sparsify as well: remove that density, or remove sparsify");
        }
    }

    private MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, file + ": " + what + ".");
    }
}
