package io.paft.merge.report;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tensor is in a model: the number of its layer and the module there, whose weight and bias are one place. Outside
 * the layers a tensor is a place of its own.
 *
 * @param layer number of the layer, from 0; empty outside the layers
 * @param module path inside the layer, {@code self_attn.q_proj}; the tensor's name outside the layers
 */
record Place(OptionalInt layer, String module) {
    private static final Pattern IN_LAYER =
            Pattern.compile("(?<stack>(?:.*?\\.)??(?:layers|layer|h|blocks|block))\\.(?<layer>\\d{1,6})\\.(?<rest>.+)");
    private static final Pattern PARAMETER = Pattern.compile("\\.(?:weight|bias)$");

    /**
     * Places the tensors of a model. Where a model has several stacks of layers (a vision tower, an encoder), the modules
     * of the one with the most tensors have short names, those of the others start with the name of their stack.
     */
    static Function<String, Place> in(Collection<String> tensors) {
        Map<String, Integer> sizes = new HashMap<>();
        for (String tensor : tensors) {
            Matcher matcher = IN_LAYER.matcher(tensor);
            if (matcher.matches()) {
                sizes.merge(matcher.group("stack"), 1, Integer::sum);
            }
        }
        String main = sizes.entrySet().stream()
                .max(Comparator.comparingInt((Map.Entry<String, Integer> stack) -> stack.getValue())
                        .thenComparing(Map.Entry::getKey, Comparator.reverseOrder()))
                .map(Map.Entry::getKey)
                .orElse("");
        return tensor -> of(tensor, main);
    }

    private static Place of(String tensor, String main) {
        Matcher matcher = IN_LAYER.matcher(tensor);
        if (!matcher.matches()) {
            return new Place(OptionalInt.empty(), tensor);
        }
        String module = PARAMETER.matcher(matcher.group("rest")).replaceFirst("");
        String stack = matcher.group("stack");
        return new Place(
                OptionalInt.of(Integer.parseInt(matcher.group("layer"))),
                stack.equals(main) ? module : stack + "." + module);
    }
}
