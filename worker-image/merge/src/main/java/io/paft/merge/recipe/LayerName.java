package io.paft.merge.recipe;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a tensor that lies in a layer, taken apart at the layer's number.
 *
 * @param stack everything before the number, such as {@code model.layers.}
 * @param index the number of the layer
 * @param rest everything after it, such as {@code .mlp.up_proj.weight}
 */
public record LayerName(String stack, int index, String rest) {
    private static final Pattern NUMBER = Pattern.compile("(?:^|\\.)(?:layers|layer|h|blocks|block)\\.(\\d{1,6})\\.");

    /** The parts of a name; empty for a tensor outside the layers. */
    public static Optional<LayerName> parse(String tensor) {
        Matcher matcher = NUMBER.matcher(tensor);
        return matcher.find()
                ? Optional.of(new LayerName(
                        tensor.substring(0, matcher.start(1)),
                        Integer.parseInt(matcher.group(1)),
                        tensor.substring(matcher.end(1))))
                : Optional.empty();
    }

    /** The same tensor of another layer. */
    public LayerName at(int other) {
        return new LayerName(stack, other, rest);
    }

    /** The whole name. */
    public String text() {
        return stack + index + rest;
    }
}
