package io.paft.operator.plan;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * One text for one JSON value: sorted keys, no spaces, numbers in plain decimal notation without trailing zeros.
 *
 * <p>{@code 1}, {@code 1.0} and {@code 1e0} are the same number to a person, so they must not be two identities.
 */
final class CanonicalJson {

    private CanonicalJson() {}

    static String of(JsonNode value) {
        var text = new StringBuilder();
        append(value, text);
        return text.toString();
    }

    private static void append(JsonNode value, StringBuilder text) {
        if (value.isObject()) {
            appendObject(value, text);
        } else if (value.isArray()) {
            List<String> parts = new ArrayList<>();
            value.forEach(element -> parts.add(of(element)));
            text.append('[').append(String.join(",", parts)).append(']');
        } else if (value.isNumber()) {
            text.append(number(value));
        } else if (value.isTextual()) {
            quote(value.textValue(), text);
        } else {
            text.append(value.asText());
        }
    }

    /** Not a node's own text: that makes a generator for every word. */
    private static void quote(String value, StringBuilder text) {
        text.append('"');
        JsonStringEncoder.getInstance().quoteAsString(value, text);
        text.append('"');
    }

    private static void appendObject(JsonNode value, StringBuilder text) {
        var names = new TreeSet<String>();
        value.fieldNames().forEachRemaining(names::add);
        text.append('{');
        for (Iterator<String> it = names.iterator(); it.hasNext(); ) {
            String name = it.next();
            quote(name, text);
            text.append(':');
            append(value.get(name), text);
            text.append(it.hasNext() ? "," : "");
        }
        text.append('}');
    }

    private static String number(JsonNode value) {
        BigDecimal decimal = value.isIntegralNumber() ? new BigDecimal(value.bigIntegerValue()) : decimal(value);
        return decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
    }

    private static BigDecimal decimal(JsonNode value) {
        // The shortest decimal that names this double: 0.1 stays 0.1.
        return value.isBigDecimal() ? value.decimalValue() : BigDecimal.valueOf(value.doubleValue());
    }
}
