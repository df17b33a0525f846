package io.paft.merge.recipe;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the delta of one input is made sparse before the method sees it.
 *
 * @param kind the rule
 * @param scope over what its threshold is taken
 * @param settings its numbers, by name
 */
public record Sparsify(Kind kind, Scope scope, Map<String, Setting> settings) {
    public Sparsify {
        settings = Map.copyOf(settings);
    }

    /** The rules, under the names that recipes have for them. */
    public enum Kind {
        /** Moves every element towards zero by the same amount, and no further than zero. */
        L1,
        /** Keeps the largest magnitudes. */
        MAGNITUDE,
        /** Keeps elements at random. */
        RANDOM,
        /** Keeps the largest magnitudes below the outliers. */
        OUTLIERS;

        /** The value of {@code method}. */
        public String yamlName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Names of the numbers that it takes. */
        Set<String> settings() {
            return switch (this) {
                case L1 -> Set.of("lambda", "density", "rescale");
                case MAGNITUDE, RANDOM -> Set.of("density", "rescale");
                case OUTLIERS -> Set.of("density", "gamma", "rescale");
            };
        }

        /** The rule of this name. */
        static Optional<Kind> parse(String name) {
            return Arrays.stream(values())
                    .filter(kind -> kind.yamlName().equals(name))
                    .findFirst();
        }

        /** All names, for messages. */
        static String supported() {
            return Arrays.stream(values()).map(Kind::yamlName).collect(Collectors.joining(", "));
        }
    }

    /** What a threshold is taken over. */
    public enum Scope {
        /** One tensor. */
        TENSOR,
        /** All tensors of the model that have the same numbers. */
        MODEL
    }

    /** The value of a number for a tensor; empty when it is not given, or no rule matches. */
    public OptionalDouble resolve(String name, String tensor, double depth) {
        Setting setting = settings.get(name);
        return setting == null ? OptionalDouble.empty() : setting.resolve(tensor, depth);
    }
}
