package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
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

    /** The configuration counts the layers of the text model, which has two. */
    @Test
    void aGradientSpreadsOverTheLayersOfEachStack() {
        Map<String, Tensor> tensors = toy(1, 0.02);
        for (int block = 0; block < 5; block++) {
            tensors.put("visual.blocks." + block + ".mlp.weight", Tensor.vector(1, 2));
        }
        assertThat(explained(
                        "{merge_method: slerp, base_model: BASE, models: [{model: A}], parameters: {t: [0, 1]}}",
                        tensors))
                .contains(
                        "model.layers.0.mlp.up_proj.weight [6, 4] F32  slerp t=0.0: A weight=1.0",
                        "model.layers.1.mlp.up_proj.weight [6, 4] F32  slerp t=1.0: A weight=1.0",
                        "visual.blocks.0.mlp.weight [2] F32  slerp t=0.0: A weight=1.0",
                        "visual.blocks.1.mlp.weight [2] F32  slerp t=0.25: A weight=1.0",
                        "visual.blocks.2.mlp.weight [2] F32  slerp t=0.5: A weight=1.0",
                        "visual.blocks.3.mlp.weight [2] F32  slerp t=0.75: A weight=1.0",
                        "visual.blocks.4.mlp.weight [2] F32  slerp t=1.0: A weight=1.0");
    }

    private java.util.List<String> explained(String recipe) {
        return explained(recipe, toy(1, 0.02));
    }

    private java.util.List<String> explained(String recipe, Map<String, Tensor> tensors) {
        String text = recipe;
        for (String model : new String[] {"BASE", "A", "B"}) {
            checkpoint(root.resolve(model), tensors);
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
