package io.paft.merge;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.paft.merge.TestModels.Tensor;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.lora.AdapterConfig;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs that want to exhaust memory or time, or to lead somewhere else. */
@Timeout(60)
class HostileInputTest {
    @TempDir
    Path root;

    /** In 64 MiB of heap, where believing any of these would end the process. */
    @Test
    void noSizeIsBelieved() throws Exception {
        checkpoint(root.resolve("m"), toy(1, 1));
        Path file = root.resolve("m/model.safetensors");
        ChildJvm java = new ChildJvm(root).with("-Xmx64m");
        for (long length : new long[] {99_999_999L, 100_000_001L, Long.MAX_VALUE, -1}) {
            byte[] bytes = Files.readAllBytes(file);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            Files.write(file, bytes);
            assertThat(java.run("inspect", "m")).as(java.log()).isEqualTo(65);
            assertThat(java.log()).contains("m/model.safetensors, offset 0: the header would have");
        }
        write(
                file,
                TestModels.raw(
                        "{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387903],\"data_offsets\":[0,8]}}", 8));
        assertThat(java.run("inspect", "m")).as(java.log()).isEqualTo(65);
        for (String name : new String[] {"m/model.safetensors.index.json", "recipe.yaml"}) {
            Files.deleteIfExists(file);
            try (RandomAccessFile sparse =
                    new RandomAccessFile(root.resolve(name).toFile(), "rw")) {
                sparse.setLength(1L << 33);
            }
        }
        assertThat(java.run("inspect", "m")).as(java.log()).isEqualTo(65);
        assertThat(java.log()).contains("has 8589934592 bytes; such a file has at most");
        assertThat(java.run("run", "recipe.yaml", "out")).as(java.log()).isEqualTo(78);
        assertThat(java.log()).contains("a recipe is a regular file of at most");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "model.safetensors.index.json"})
    void aPipeIsNotWaitedFor(String name) throws Exception {
        checkpoint(root.resolve("m"), toy(1, 1));
        Files.delete(root.resolve("m/model.safetensors"));
        Process made =
                new ProcessBuilder("mkfifo", root.resolve("m").resolve(name).toString()).start();
        assumeTrue(made.waitFor(10, TimeUnit.SECONDS) && made.exitValue() == 0, "needs mkfifo");
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> Checkpoint.open(root.resolve("m"), "m", arena))
                    .isInstanceOf(MergeException.class)
                    .hasMessageContaining("m/" + name + ", offset 0: not a regular file");
        }
    }

    /** A model in the cache of huggingface_hub is a directory of symbolic links: they are followed, but only by plain names. */
    @Test
    void linksInADirectoryAreFollowed() throws IOException {
        checkpoint(root.resolve("blobs"), toy(1, 1));
        Path snapshot = Files.createDirectories(root.resolve("snapshot"));
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.createSymbolicLink(snapshot.resolve(name), Path.of("../blobs").resolve(name));
        }
        try (Arena arena = Arena.ofConfined()) {
            assertThat(Checkpoint.open(snapshot, "m", arena).tensorNames()).hasSize(4);
        }
        Files.delete(root.resolve("blobs/model.safetensors"));
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> Checkpoint.open(snapshot, "m", arena))
                    .isInstanceOf(MergeException.class)
                    .hasMessageContaining("m/model.safetensors cannot be opened");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+b", "(a|aa|a?)*b", "(.*)*x"})
    void aPatternThatWouldTakeYearsIsRefused(String pattern) {
        checkpoint(root.resolve("base"), toy(1, 1));
        String module = "a".repeat(5000);
        TestModels.adapter(
                root.resolve("lora"),
                Json.object()
                        .put("peft_type", "LORA")
                        .put("r", 2)
                        .put("lora_alpha", 4)
                        .set("rank_pattern", Json.object().put(pattern, 2))
                        .toString(),
                Map.of(
                        module + ".lora_A.weight", Tensor.of(Shape.of(2, 4), Dtype.F32, normal(3, 8, 0.1)),
                        module + ".lora_B.weight", Tensor.of(Shape.of(6, 2), Dtype.F32, normal(4, 12, 0.1))));
        Map<String, Tensor> base = toy(1, 1);
        base.put(module + ".weight", Tensor.of(Shape.of(6, 4), Dtype.F32, normal(1, 24, 1)));
        checkpoint(root.resolve("base"), base);
        try (ModelSet models = new ModelSet(root)) {
            assertThatThrownBy(() -> models.open("base+lora"))
                    .isInstanceOf(MergeException.class)
                    .hasMessageContaining("takes too long");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use_rslora\": \"yes\"",
                "\"fan_in_fan_out\": 1",
                "\"rank_pattern\": [\"x\"]",
                "\"alpha_pattern\": 5"
            })
    void aFieldOfTheWrongTypeIsNotIgnored(String field) throws Exception {
        String config = "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4, " + field + "}";
        var node = (com.fasterxml.jackson.databind.node.ObjectNode) Json.MAPPER.readTree(config);
        assertThatThrownBy(() -> AdapterConfig.read(node, "lora/adapter_config.json"))
                .isInstanceOf(MergeException.class)
                .hasMessageStartingWith(
                        "lora/adapter_config.json, offset 0: " + field.substring(1, field.indexOf('"', 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "&a [*a]",
                "&a {b: *a}",
                "{models: &a [[*a]]}",
                "!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader []]",
                "{a: &x [1,1,1,1,1,1,1,1,1], b: &y [*x,*x,*x,*x,*x,*x,*x,*x], c: &z [*y,*y,*y,*y,*y,*y,*y,*y], models: [*z,*z,*z,*z,*z,*z]}",
                "? &a {? *a : 1} : 2",
                "merge_method: !!int x",
                "merge_method: !!int {a: 1}",
                "merge_method: !!timestamp 2001-99-99",
                "\ufeff\u0000"
            })
    void aRecipeThatTurnsInCirclesIsRefused(String text) {
        assertThatThrownBy(() -> RecipeReader.read(text, "recipe.yaml"))
                .isInstanceOfSatisfying(
                        MergeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.InvalidParameter))
                .hasMessageStartingWith("recipe.yaml: ");
    }
}
