package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.util.Collection;
import java.util.Map;

/** Checks of single values of a stage's parameters; each names the value by its path and says what to write. */
final class ParameterCheck {
    private ParameterCheck() {}

    /** Refuses what is not known at this place. */
    static void known(ObjectNode node, String where, Collection<String> known, String owner) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!known.contains(field.getKey())) {
                throw invalid("unknown parameter " + where + field.getKey() + "; " + owner + " has "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    /** A finite number within what the parameter of this name means; an override may also switch it off with 0. */
    static void number(JsonNode node, String name, String path, boolean override) {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw invalid(path + " is " + node + "; write a number");
        }
        double value = node.doubleValue();
        switch (name) {
            case "density" -> {
                if (value < 0 || value > 1 || (value == 0 && !override)) {
                    throw invalid(path + " is " + node + "; write a number "
                            + (override ? "from 0 to 1" : "above 0 and at most 1"));
                }
            }
            case "gamma", "t", "selectTopk" -> {
                if (value < 0 || value > 1) {
                    throw invalid(path + " is " + node + "; write a number from 0 to 1");
                }
            }
            case "epsilon", "eps", "r", "alpha" -> {
                if (value < 0) {
                    throw invalid(path + " is " + node + "; write a number of 0 or more");
                }
            }
            default -> {
                // weight and lambda: any number.
            }
        }
    }

    /** True or false. */
    static void flag(JsonNode node, String path) {
        if (!node.isBoolean()) {
            throw invalid(path + " is " + node + "; write true or false");
        }
    }

    static MergeException invalid(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
