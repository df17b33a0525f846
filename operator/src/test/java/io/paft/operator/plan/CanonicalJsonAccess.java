package io.paft.operator.plan;

import com.fasterxml.jackson.databind.JsonNode;

/** Lets tests of other packages compare JSON by value. */
public final class CanonicalJsonAccess {

    private CanonicalJsonAccess() {}

    public static String of(JsonNode value) {
        return CanonicalJson.of(value);
    }
}
