package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeCommandTest {
    @TempDir
    Path root;

    @Test
    void explainSaysHowEachDeltaIsSparsified() {
        assertThat(explained("""
                        merge_method: task_arithmetic
                        base_model: BASE
                        parameters: {weight: 1}
                        models:
                          - {model: A, sparsify: {method: magnitude, density: [0.2, 0.4], scope: model}}
                          - {model: B, sparsify: {method: l1, lambda: 1e-4, rescale: true}}
                        """))
                .contains(
                        "model.layers.0.mlp.up_proj.weight [6, 4] F32  task_arithmetic lambda=1.0 normalize=false: A weight=1.0 magnitude density=0.2 scope=model; B weight=1.0 l1 lambda=1.0E-4 rescale=true",
                        "model.layers.1.mlp.up_proj.weight [6, 4] F32  task_arithmetic lambda=1.0 normalize=false: A weight=1.0 magnitude density=0.4 scope=model; B weight=1.0 l1 lambda=1.0E-4 rescale=true");
    }

    @Test
    void explainSaysWhatIsBlendedApartAndSelected() {
        assertThat(
                        explained(
                                "{merge_method: nuslerp, models: [{model: A}, {model: B}], parameters: {weight: 1, nuslerp_flatten: [{filter: mlp, value: false}]}}"))
                .contains(
                        "model.layers.0.mlp.up_proj.weight [6, 4] F32  nuslerp by rows: A weight=1.0; B weight=1.0",
                        "model.norm.weight [4] F32  nuslerp: A weight=1.0; B weight=1.0");
        assertThat(
                        explained(
                                "{merge_method: sce, base_model: BASE, models: [{model: A, sparsify: {method: outliers, density: 0.5}}], parameters: {select_topk: 0.3}}"))
                .contains(
                        "model.norm.weight [4] F32  sce select_topk=0.3: A weight=1.0 outliers density=0.5 gamma=0.01");
    }

    private java.util.List<String> explained(String recipe) {
        String text = recipe;
        for (String model : new String[] {"BASE", "A", "B"}) {
            checkpoint(root.resolve(model), toy(1, 0.02));
            text = text.replaceAll("model: " + model + "\\b", "model: " + root.resolve(model));
        }
        Path file = root.resolve("recipe.yaml");
        TestModels.write(file, text);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new RecipeCommand(file, true, new PrintStream(bytes, true, StandardCharsets.UTF_8)).run();
        return bytes.toString(StandardCharsets.UTF_8)
                .replace(root + "/", "")
                .lines()
                .toList();
    }
}
