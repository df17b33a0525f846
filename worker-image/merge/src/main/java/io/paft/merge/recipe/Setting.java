package io.paft.merge.recipe;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The value of one parameter: rules of which the first that matches a tensor wins. A plain number is one rule that
 * matches all. Flags are 1 and 0.
 *
 * @param rules in the order written
 */
public record Setting(List<Rule> rules) {
    public Setting {
        rules = List.copyOf(rules);
    }

    /**
     * A value for some tensors.
     *
     * @param filter part of the tensor's name; null and {@code *} match every tensor
     * @param gradient one number, or several that are spread evenly over the layers
     */
    public record Rule(@Nullable String filter, List<Double> gradient) {
        public Rule {
            gradient = List.copyOf(gradient);
        }

        private boolean matches(String tensor) {
            return filter == null || filter.equals("*") || tensor.contains(filter);
        }

        /** Linear between the two nearest numbers of the gradient. */
        private double at(double depth) {
            int last = gradient.size() - 1;
            int before = (int) Math.min(last, Math.floor(depth * last));
            double fraction = depth * last - before;
            double value = gradient.get(before);
            return fraction == 0 ? value : value * (1 - fraction) + gradient.get(before + 1) * fraction;
        }
    }

    /** These rules, and where none of them matches, those of a wider level. */
    public Setting orElse(@Nullable Setting wider) {
        return wider == null
                ? this
                : new Setting(
                        Stream.concat(rules.stream(), wider.rules.stream()).toList());
    }

    /**
     * The value for a tensor.
     *
     * @param tensor its name
     * @param depth 0 at the first layer and outside the layers, 1 at the last layer
     * @return empty when no rule matches, so that the next level decides
     */
    public OptionalDouble resolve(String tensor, double depth) {
        for (Rule rule : rules) {
            if (rule.matches(tensor)) {
                return OptionalDouble.of(rule.at(depth));
            }
        }
        return OptionalDouble.empty();
    }
}
