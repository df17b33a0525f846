package io.paft.merge.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}|3|truncated
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}|5|belong to no tensor
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}|4|needs 8 bytes
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}|8|after a hole
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}|4|needs 4 bytes
            {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}|4|where a size belongs
            {"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}|4|where a size belongs
            {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}|0|larger than any file
            {"a":{"dtype":"F32","shape":[576460752303423490],"data_offsets":[0,8]}}|8|larger than any file
            {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}|0|where a size belongs
            {"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}|4|unknown dtype
            {"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}|1|whole byte
            {"a":{"dtype":"F32","shape":[1]}}|4|lacks its shape
            {"a":[1]}|4|unknown dtype
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}|8|Duplicate
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}|4|inside the tensor before it
            {"__metadata__":{"x":1}}|0|not a string
            {"__metadata__":[]}|0|not an object
            {"a":|0|not valid JSON
            {} {}|0|not valid JSON
            [1]|0|does not start with
            """)
    void refusesWhatTheFormatForbids(String header, int dataBytes, String reason) throws IOException {
        assertRefused(TestModels.raw(header, dataBytes), reason);
    }

    @Test
    void neverBelievesALength() throws IOException {
        assertRefused(new byte[0], "only 0 bytes");
        assertRefused(new byte[7], "only 7 bytes");
        byte[] huge = new byte[16];
        Arrays.fill(huge, (byte) 0xff);
        assertRefused(huge, "the format allows");
        byte[] beyond = TestModels.raw("{}", 0);
        beyond[0] = 100;
        assertRefused(beyond, "truncated or not a safetensors file");
        beyond[4] = 1;
        assertRefused(beyond, "the format allows");
    }

    @Test
    void deepNestingIsAnErrorNotAnOverflow() throws IOException {
        assertRefused(TestModels.raw("{\"a\":" + "[".repeat(100_000), 0), "not valid JSON");
    }

    @Test
    void readsScalarsEmptyTensorsAndOddAlignment() throws IOException {
        String header = "{\"scalar\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[1,5]},"
                + "\"byte\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[5,5]}}";
        Path file = directory.resolve("x.safetensors");
        Files.write(file, TestModels.raw(header, 5));
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile opened = SafetensorsFile.open(file, "x", arena);
            assertThat(opened.header().tensors())
                    .extracting(TensorInfo::name)
                    .containsExactly("byte", "scalar", "none");
            assertThat(opened.segment(opened.header().tensors().get(1)).byteSize())
                    .isEqualTo(4);
            assertThat(opened.segment(opened.header().tensors().get(2)).byteSize())
                    .isZero();
        }
        Files.write(file, TestModels.raw("{}   ", 0));
        try (Arena arena = Arena.ofConfined()) {
            assertThat(SafetensorsFile.open(file, "x", arena).header().tensors())
                    .isEmpty();
        }
    }

    @Test
    void writesWhatTheOfficialWriterWrites() {
        Map<String, TestModels.Tensor> tensors = Map.of(
                "b", TestModels.Tensor.of(Shape.of(2), Dtype.BF16, 1, 2),
                "a", TestModels.Tensor.of(Shape.of(1), Dtype.BF16, 3),
                "c", TestModels.Tensor.vector(4));
        byte[] bytes = TestModels.safetensors(tensors);
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(text.indexOf("\"c\"")).isLessThan(text.indexOf("\"a\""));
        assertThat(text.indexOf("\"a\"")).isLessThan(text.indexOf("\"b\""));
        assertThat(text).contains("{\"__metadata__\":{\"format\":\"pt\"},");
        assertThat(bytes[0] % 8).isZero();
    }

    @Test
    void noDamageIsMoreThanADocumentedError() throws IOException {
        byte[] good = TestModels.safetensors(TestModels.toy(1, 1));
        Random random = new Random(3);
        Path file = directory.resolve("fuzz.safetensors");
        for (int round = 0; round < 1500; round++) {
            byte[] bad = round % 3 == 0 ? Arrays.copyOf(good, random.nextInt(good.length + 20)) : good.clone();
            for (int flips = random.nextInt(4); flips >= 0 && bad.length > 0; flips--) {
                bad[random.nextInt(Math.min(bad.length, 600))] = (byte) random.nextInt(256);
            }
            Files.write(file, bad);
            try (Arena arena = Arena.ofConfined()) {
                SafetensorsFile opened = SafetensorsFile.open(file, "fuzz", arena);
                opened.header().tensors().forEach(opened::segment);
            } catch (MergeException e) {
                assertThat(e.reason()).isEqualTo(Reason.ModelInvalid);
                assertThat(e.sentence()).startsWith("fuzz, offset ");
            }
        }
    }

    private void assertRefused(byte[] content, String reason) throws IOException {
        Path file = directory.resolve("bad.safetensors");
        Files.write(file, content);
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SafetensorsFile.open(file, "m/bad.safetensors", arena))
                    .isInstanceOfSatisfying(MergeException.class, e -> {
                        assertThat(e.reason()).isEqualTo(Reason.ModelInvalid);
                        assertThat(e.sentence())
                                .startsWith("m/bad.safetensors, offset ")
                                .contains(reason);
                    });
        }
    }
}
