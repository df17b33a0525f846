package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.Engine;
import io.paft.merge.journal.Share;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs that are complete, when the same merge or another one is asked for again. */
class RunCommandTest {
    @TempDir
    Path root;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void models() {
        for (String model : List.of("base", "sft", "dpo")) {
            checkpoint(root.resolve(model), toy(model.hashCode(), 0.02));
            write(root.resolve(model).resolve("tokenizer.json"), "{}");
        }
    }

    @Test
    void thisVeryMergeIsCompleteAlready() throws IOException {
        run("out", 1, Share.WHOLE, false);
        run("out", 1, Share.WHOLE, false);
        assertThat(printed()).contains("is this very merge, complete already");
    }

    @Test
    void otherFilesBesideTheWeightsMakeAnotherMerge() throws IOException {
        run("out", 1, Share.WHOLE, false);
        for (String file : List.of("tokenizer.json", "config.json", "LICENSE", "additional_chat_templates/rag.jinja")) {
            Path path = root.resolve("base").resolve(file);
            byte[] before = Files.exists(path) ? Files.readAllBytes(path) : new byte[0];
            write(path, "{\"num_hidden_layers\": 2, \"version\": \"1.0\"}");
            assertRefused(file, "exists and is not an empty directory");
            if (before.length == 0) {
                Files.delete(path);
            } else {
                write(path, before);
            }
        }
        // What is not copied does not count.
        write(root.resolve("base/README.md"), "x");
        write(root.resolve("sft/tokenizer.json"), "{\"version\": \"1.0\"}");
        run("out", 1, Share.WHOLE, false);
        assertThat(printed()).contains("is this very merge, complete already");
    }

    @Test
    void anOutputWithNanIsCompleteOnlyWhereNanIsAllowed() throws IOException {
        Map<String, Tensor> tensors = toy(5, 0.02);
        tensors.put("model.norm.weight", Tensor.vector(1, Float.NaN, 2, 3));
        checkpoint(root.resolve("sft"), tensors);
        run("out", 1, Share.WHOLE, true);
        run("out", 1, Share.WHOLE, true);
        assertThat(printed()).contains("is this very merge, complete already");
        assertThatThrownBy(() -> run("out", 1, Share.WHOLE, false))
                .isInstanceOfSatisfying(
                        MergeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ModelInvalid))
                .hasMessageContaining("was merged with --allow-nan and has NaN or infinite values");
    }

    @Test
    void joiningOnceMoreIsDoneAlready() throws IOException {
        run("p1", 1, new Share(1, 2), false);
        run("p2", 1, new Share(2, 2), false);
        join("p1", "p2");
        assertThat(printed()).contains("joined 4 tensors");
        join("p1", "p2");
        assertThat(printed()).contains("is joined already; every file was verified");
        // As a Job does whose parts all worked for the output itself.
        join();
        assertThat(printed()).contains("is joined already; every file was verified");
    }

    @Test
    void anOutputThatIsNotOfThePartsIsNoJoin() throws IOException {
        run("out", 2, Share.WHOLE, false);
        run("p1", 1, new Share(1, 2), false);
        run("p2", 1, new Share(2, 2), false);
        assertThatThrownBy(() -> join("p1", "p2"))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("out exists and is not an empty directory");
        assertThatThrownBy(() -> join("p1", "absent"))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("absent.tmp has no part of a merge");
        assertThat(root.resolve("out.tmp")).doesNotExist();
    }

    private void assertRefused(String what, String text) {
        assertThatThrownBy(() -> run("out", 1, Share.WHOLE, false))
                .as(what)
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(text);
    }

    private void join(String... parts) throws IOException {
        List<Path> directories =
                java.util.Arrays.stream(parts).map(root::resolve).toList();
        assertThat(new JoinCommand(directories, root.resolve("out"), print()).run())
                .isZero();
    }

    private void run(String output, double weight, Share share, boolean allowNan) throws IOException {
        Path recipe = root.resolve("recipe.yaml");
        write(recipe, """
                merge_method: task_arithmetic
                base_model: ROOT/base
                parameters: {weight: WEIGHT}
                models: [{model: ROOT/sft}, {model: ROOT/dpo}]
                """.replace("ROOT", root.toString()).replace("WEIGHT", Double.toString(weight)));
        Engine.Options options = new Engine.Options(1, 1 << 30, 130, 0, allowNan);
        assertThat(new RunCommand(recipe, root.resolve(output), options, share, true, print()).run())
                .isZero();
    }

    private PrintStream print() {
        printed.reset();
        return new PrintStream(printed, true, StandardCharsets.UTF_8);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }
}
