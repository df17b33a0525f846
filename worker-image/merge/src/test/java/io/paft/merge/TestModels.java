package io.paft.merge;

import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.HeaderWriter;
import io.paft.merge.safetensors.Shape;
import io.paft.merge.safetensors.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Small checkpoints for tests. */
public final class TestModels {
    private TestModels() {}

    /** A tensor to write. */
    public static final class Tensor {
        private final Shape shape;
        private final Dtype dtype;
        private final byte[] data;

        /** Of these bytes. */
        public Tensor(Shape shape, Dtype dtype, byte[] data) {
            this.shape = shape;
            this.dtype = dtype;
            this.data = data;
        }

        /** Of these values, rounded to the type. */
        public static Tensor of(Shape shape, Dtype dtype, float... values) {
            byte[] data = new byte[values.length * dtype.bytes()];
            FloatCodec.encode(values, values.length, dtype, MemorySegment.ofArray(data));
            return new Tensor(shape, dtype, data);
        }

        /** A float32 vector. */
        public static Tensor vector(float... values) {
            return of(Shape.of(values.length), Dtype.F32, values);
        }
    }

    /** The bytes of a safetensors file. */
    public static byte[] safetensors(Map<String, Tensor> tensors) {
        List<TensorInfo> infos = new ArrayList<>();
        tensors.forEach(
                (name, tensor) -> infos.add(new TensorInfo(name, tensor.dtype, tensor.shape, 0, tensor.data.length)));
        List<TensorInfo> placed = HeaderWriter.layout(infos);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HeaderWriter.header(placed));
        for (TensorInfo info : placed) {
            Tensor tensor = tensors.get(info.name());
            bytes.writeBytes(tensor == null ? new byte[0] : tensor.data);
        }
        return bytes.toByteArray();
    }

    /** A safetensors file of any header, well-formed or not. */
    public static byte[] raw(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[8 + json.length + dataBytes];
        java.nio.ByteBuffer.wrap(all)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json);
        return all;
    }

    /** Writes a full checkpoint. */
    public static Path checkpoint(Path directory, Map<String, Tensor> tensors) {
        write(
                directory.resolve("config.json"),
                "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, \"dtype\": \"float32\"}\n");
        write(directory.resolve("model.safetensors"), safetensors(tensors));
        return directory;
    }

    /** Writes an adapter. */
    public static Path adapter(Path directory, String config, Map<String, Tensor> tensors) {
        write(directory.resolve("adapter_config.json"), config);
        write(directory.resolve("adapter_model.safetensors"), safetensors(tensors));
        return directory;
    }

    /** Writes a file and the directories above it. */
    public static void write(Path file, byte[] content) {
        try {
            Path parent = file.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a text file and the directories above it. */
    public static void write(Path file, String content) {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Normally distributed values. */
    public static float[] normal(long seed, int count, double scale) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    /** The sum, element by element. */
    public static float[] plus(float[] first, float[] second) {
        float[] sum = new float[first.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = first[i] + second[i];
        }
        return sum;
    }

    /** A toy model: an embedding, two layers and a norm, as float32. */
    public static Map<String, Tensor> toy(long seed, double scale) {
        Map<String, Tensor> tensors = new TreeMap<>();
        tensors.put("model.embed_tokens.weight", Tensor.of(Shape.of(8, 4), Dtype.F32, normal(seed, 32, scale)));
        for (int layer = 0; layer < 2; layer++) {
            tensors.put(
                    "model.layers." + layer + ".mlp.up_proj.weight",
                    Tensor.of(Shape.of(6, 4), Dtype.F32, normal(seed + 1 + layer, 24, scale)));
        }
        tensors.put("model.norm.weight", Tensor.of(Shape.of(4), Dtype.F32, normal(seed + 9, 4, scale)));
        return tensors;
    }
}
