package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every type of the format goes through a merge, in every shape and at every alignment. */
class PassThroughTypesTest {
    @TempDir
    Path root;

    @ParameterizedTest
    @EnumSource
    void everyTypeComesOutAsItWentIn(Dtype type) throws IOException {
        Map<String, Tensor> tensors = TestModels.toy(1, 0.02);
        tensors.put("model.some", tensor(Shape.of(3, 8), type, 24));
        tensors.put("model.none", tensor(Shape.of(0, 3), type, 0));
        if (type.bits() >= 8) {
            tensors.put("model.scalar", tensor(Shape.of(), type, 1));
        }
        TestModels.checkpoint(root.resolve("a"), tensors);
        TestModels.checkpoint(root.resolve("b"), tensors);
        MergeTesting.merge(root, recipe("out_dtype: float32", type), root.resolve("out"), 2);
        assertThat(root.resolve("out/model.safetensors")).hasSameBinaryContentAs(root.resolve("a/model.safetensors"));
    }

    /** The same tensors behind headers of 0 to 7 more bytes, one of them also in another order of data and names. */
    @Test
    void alignmentAndOrderInTheFileChangeNothing() throws IOException {
        Map<String, Tensor> tensors = new TreeMap<>(Map.of("model.norm.weight", Tensor.vector(1, 2, 3, 4)));
        TestModels.checkpoint(root.resolve("a"), tensors);
        TestModels.checkpoint(root.resolve("b"), tensors);
        byte[] data = new byte[17];
        ByteBuffer.wrap(data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 9)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .putFloat(4);
        for (int more = 0; more < 8; more++) {
            String header = "{\"model.norm.weight\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[1,17]},"
                    + "\"z.flag\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[0,1]}}" + " ".repeat(more);
            byte[] file = TestModels.raw(header, data.length);
            System.arraycopy(data, 0, file, file.length - data.length, data.length);
            Files.write(root.resolve("a/model.safetensors"), file);
            Files.write(root.resolve("b/model.safetensors"), file);
            Path out = root.resolve("out" + more);
            MergeTesting.merge(root, recipe("out_dtype: float32", Dtype.F32), out, 1);
            assertThat(MergeTesting.values(out, "model.norm.weight")).containsExactly(1, 2, 3, 4);
            assertThat(out.resolve("model.safetensors")).hasSameBinaryContentAs(root.resolve("out0/model.safetensors"));
        }
    }

    private static String recipe(String dtype, Dtype type) {
        // F64, BF16 and F16 are computed with: their own type comes out when none is asked for.
        String models = "models: [{model: a, parameters: {weight: 0.5}}, {model: b, parameters: {weight: 0.5}}]";
        return "{merge_method: linear, " + (type.isArithmetic() ? "" : dtype + ", ") + models + "}";
    }

    private static Tensor tensor(Shape shape, Dtype type, int elements) {
        byte[] data = new byte[elements * type.bits() / 8];
        new Random(7).nextBytes(data);
        if (type.isArithmetic()) {
            // Not NaN, and exact in float32.
            float[] values = new float[elements];
            for (int i = 0; i < elements; i++) {
                values[i] = (i - 7) / 8f;
            }
            return Tensor.of(shape, type, values);
        }
        return new Tensor(shape, type, data);
    }
}
