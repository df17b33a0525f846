package io.paft.merge.journal;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paft.merge.report.MergeStatistics;

/**
 * Objects as JSON by their fields, whatever these are, so that a journal keeps what a class holds without a list of it.
 * Numbers survive exactly: a double is written with as many digits as tell it apart, NaN and infinities as strings.
 */
final class JournalJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .visibility(PropertyAccessor.GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    private JournalJson() {}

    /** The object as JSON. */
    static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The object of this JSON.
     *
     * @throws java.io.IOException when it is not one
     */
    static <T> T read(byte[] json, Class<T> type) throws java.io.IOException {
        T value = MAPPER.readValue(json, type);
        if (value == null) {
            throw new java.io.IOException("null");
        }
        return value;
    }

    /** The names of the fields that statistics have, so that a journal of other fields is not taken for one of these. */
    static byte[] formOfStatistics() {
        return write(MergeStatistics.empty(2));
    }
}
