package io.paft.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonNumbersTest {
    /** The right column is what Python's json.dumps prints. */
    @ParameterizedTest
    @CsvSource({
        "1e-6, 1e-06",
        "1e-5, 1e-05",
        "0.0001, 0.0001",
        "10000, 10000.0",
        "500000, 500000.0",
        "1.5e-7, 1.5e-07",
        "1e7, 10000000.0",
        "1234567890123456.0, 1234567890123456.0",
        "1e16, 1e+16",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "0.1, 0.1",
        "-0.02, -0.02",
        "0, 0.0"
    })
    void numbersLookAsPythonWritesThem(double value, String text) {
        assertThat(new String(Json.pretty(Json.object().put("x", value)), StandardCharsets.UTF_8))
                .isEqualTo("{\n  \"x\": " + text + "\n}\n");
    }
}
