package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One text for one value. Keys are hashes of it, so that it must never change. */
class CanonicalJsonTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"b\":1.0,\"a\":[1e0,true,null]} | {\"a\":[1,true,null],\"b\":1}",
                "1e-7 | 0.0000001",
                "-0.0 | 0",
                "12345678901234567890 | 12345678901234567890",
                "{} | {}",
                "[] | []",
                "{\"a\":{\"d\":{},\"c\":[[]]}} | {\"a\":{\"c\":[[]],\"d\":{}}}",
            })
    void isSortedAndPlain(String given, String canonical) throws JsonProcessingException {
        assertThat(CanonicalJson.of(JSON.readTree(given))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "plain", "a \"quoted\" word", "back\\slash / slash", "\u0000\u001f\u007f\n\t", "größe 模型 🦙"
            })
    void textsAreQuotedAsJacksonDoes(String text) throws JsonProcessingException {
        quoted(text);
    }

    @Test
    void soIsAnyOtherText() throws JsonProcessingException {
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            quoted(random.ints(random.nextInt(40), 0, round % 2 == 0 ? 128 : 0xD800)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString());
        }
    }

    private static void quoted(String text) throws JsonProcessingException {
        String json = JSON.writeValueAsString(text);
        assertThat(CanonicalJson.of(TextNode.valueOf(text))).isEqualTo(json);
        JsonNode named = JsonNodeFactory.instance.objectNode().put(text, 1);
        assertThat(CanonicalJson.of(named)).isEqualTo("{" + json + ":1}");
    }
}
