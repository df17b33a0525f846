package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.Engine;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Listing;
import io.paft.merge.journal.Share;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {
    private static final String NORM = "model.norm.weight";

    @TempDir
    Path root;

    private Path out;

    @BeforeEach
    void merge() throws IOException {
        out = root.resolve("out");
        checkpoint(root.resolve("a"), toy(1, 0.02));
        run(130, false);
    }

    @Test
    void goodIsGood() throws IOException {
        assertThat(verify()).startsWith("good: ").contains("4 tensors, 84 elements, all finite");
    }

    @Test
    void aFlippedByteIsFound() throws IOException {
        Path shard = out.resolve("model-00002-of-00003.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 3] ^= 4;
        Files.write(shard, bytes);
        assertBad("model-00002-of-00003.safetensors has another sha256");
    }

    @Test
    void everythingThatIsWrongIsListed() throws IOException {
        Files.delete(out.resolve("model-00001-of-00003.safetensors"));
        Files.writeString(out.resolve("recipe.yaml"), "");
        assertThat(assertBad("model-00001-of-00003.safetensors is missing"))
                .contains("recipe.yaml has 0 bytes instead of")
                .contains("the shard model-00001-of-00003.safetensors is missing");
    }

    @Test
    void aWrongShapeIsFound() throws IOException {
        rewrite(NORM, Tensor.of(Shape.of(2, 2), Dtype.F32, 1, 2, 3, 4));
        assertBad("tensor model.norm.weight is F32 [2, 2], but merge-report.json says F32 [4]");
        rewrite(NORM, Tensor.of(Shape.of(4), Dtype.BF16, 1, 2, 3, 4));
        assertBad("tensor model.norm.weight is BF16 [4], but merge-report.json says F32 [4]");
    }

    @Test
    void nanIsFoundUnlessTheReportCountsIt() throws IOException {
        Tensor nan = Tensor.vector(1, Float.NaN, 2, Float.NaN);
        rewrite(NORM, nan);
        assertBad("tensor model.norm.weight: element 1 is NaN; 2 are not finite, merge-report.json says 0");
        Map<String, Tensor> tensors = toy(1, 0.02);
        tensors.put(NORM, nan);
        checkpoint(root.resolve("a"), tensors);
        FileTree.delete(out);
        run(1 << 30, true);
        assertThat(verify()).contains("2 not finite, as merge-report.json says");
    }

    @Test
    void withoutAManifestItIsNotComplete() throws IOException {
        Files.delete(out.resolve("manifest.json"));
        assertThatThrownBy(this::verify)
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("not a complete output");
    }

    private void run(long shardSize, boolean allowNan) throws IOException {
        Path recipe = root.resolve("recipe.yaml");
        TestModels.write(
                recipe,
                "{merge_method: linear, models: [{model: " + root.resolve("a") + ", parameters: {weight: 1}}]}");
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        Engine.Options options = new Engine.Options(1, 1 << 30, shardSize, 0, allowNan);
        assertThat(new RunCommand(recipe, out, options, Share.WHOLE, false, nowhere).run())
                .isZero();
    }

    /** Writes the shard of a tensor with another one, and a manifest that agrees. */
    private void rewrite(String name, Tensor tensor) throws IOException {
        Map<String, Tensor> tensors =
                new java.util.TreeMap<>(Map.of(name, tensor, "model.layers.1.mlp.up_proj.weight", layer()));
        Files.write(out.resolve("model-00003-of-00003.safetensors"), TestModels.safetensors(tensors));
        Path file = out.resolve(Listing.MANIFEST);
        ObjectNode manifest = Json.readObject(file, "manifest");
        Files.delete(file);
        Listing.write(manifest, FileTree.entries(out));
        Files.write(file, Json.pretty(manifest));
    }

    private static Tensor layer() {
        Tensor found = toy(1, 0.02).get("model.layers.1.mlp.up_proj.weight");
        if (found == null) {
            throw new AssertionError();
        }
        return found;
    }

    private String assertBad(String text) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        assertThatThrownBy(() -> new VerifyCommand(out, new PrintStream(printed, true, StandardCharsets.UTF_8)).run())
                .isInstanceOf(MergeException.class);
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("bad: " + text);
        return printed.toString(StandardCharsets.UTF_8);
    }

    private String verify() throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        new VerifyCommand(out, new PrintStream(printed, true, StandardCharsets.UTF_8)).run();
        return printed.toString(StandardCharsets.UTF_8);
    }
}
