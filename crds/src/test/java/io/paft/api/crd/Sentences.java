package io.paft.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sentence with which a rule refuses, for people: what its message expression computes is a placeholder. */
final class Sentences {
    static final String VALUE = "…";

    private static final Pattern LITERAL = Pattern.compile("'([^']*)'");

    static String of(JsonNode rule) {
        if (rule.has("message")) {
            return rule.get("message").asText();
        }
        String expression = rule.path("messageExpression").asText();
        var sentence = new StringBuilder();
        Matcher literal = LITERAL.matcher(expression);
        int end = 0;
        while (literal.find()) {
            if (literal.start() > end) {
                sentence.append(VALUE);
            }
            sentence.append(literal.group(1));
            end = literal.end();
        }
        return sentence.append(end < expression.length() ? VALUE : "").toString();
    }

    private Sentences() {}
}
