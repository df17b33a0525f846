package io.paft.merge.journal;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.util.Arrays;

/**
 * Objects as JSON by their fields, whatever these are, so that a journal keeps what a class holds without a list of it.
 * Numbers survive exactly: a double is written with as many digits as tell it apart, NaN and infinities as strings.
 */
final class JournalJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new SimpleModule()
                    .addSerializer(char[].class, new CharsAsNumbers())
                    .addDeserializer(char[].class, new NumbersAsChars()))
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
     * @throws IOException when it is not one
     */
    static <T> T read(byte[] json, Class<T> type) throws IOException {
        T value = MAPPER.readValue(json, type);
        if (value == null) {
            throw new IOException("null");
        }
        return value;
    }

    /** Not as text, in which half a surrogate pair has no place. */
    private static final class CharsAsNumbers extends JsonSerializer<char[]> {
        @Override
        public void serialize(char[] value, JsonGenerator generator, SerializerProvider provider) throws IOException {
            int[] numbers = new int[value.length];
            Arrays.setAll(numbers, i -> value[i]);
            generator.writeArray(numbers, 0, numbers.length);
        }
    }

    private static final class NumbersAsChars extends JsonDeserializer<char[]> {
        @Override
        public char[] deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            int[] numbers = context.readValue(parser, int[].class);
            char[] value = new char[numbers.length];
            for (int i = 0; i < value.length; i++) {
                value[i] = (char) numbers[i];
            }
            return value;
        }
    }

    /** The names of the fields that statistics have, so that a journal of other fields is not taken for one of these. */
    static byte[] formOfStatistics() {
        return write(MergeStatistics.empty(2));
    }
}
