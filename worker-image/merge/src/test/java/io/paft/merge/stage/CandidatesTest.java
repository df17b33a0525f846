package io.paft.merge.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.MergeTesting;
import io.paft.merge.files.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every candidate that the operator's tests write (contract/merge-candidates.json) becomes a recipe and is merged. */
class CandidatesTest {
    private static final ObjectNode CANDIDATES =
            Json.readObject(StageWorkspace.CONTRACT.resolve("merge-candidates.json"), "merge-candidates.json");

    @TempDir
    Path root;

    private StageWorkspace workspace;

    @BeforeEach
    void prepare() {
        workspace = new StageWorkspace(root);
    }

    static Stream<String> candidates() {
        return CANDIDATES.properties().stream().map(Map.Entry::getKey);
    }

    @ParameterizedTest
    @MethodSource
    void candidates(String name) throws IOException {
        run(parameters(name));

        JsonNode resolved = workspace.manifest().path("resolved");
        ObjectNode asked = parameters(name);
        asked.properties().stream()
                .filter(field -> !field.getValue().isObject())
                .forEach(field -> assertThat(resolved.path(field.getKey()))
                        .as(field.getKey())
                        .isEqualTo(field.getValue()));
        assertThat(Files.readString(workspace.output().resolve("recipe.yaml")))
                .startsWith("merge_method: "
                        + CandidateMethod.parse(asked.path("method").asText())
                                .orElseThrow()
                                .yamlName() + "\n");
    }

    @Test
    void aSlerpLeadsFromTheSftModelToThePreferenceModel() throws IOException {
        String sft = "models/tiny+sft/" + "a".repeat(64) + "/model";
        String preference = "preference/" + "b".repeat(64) + "/model";

        assertThat(recipe("slerp"))
                .contains("base_model: " + sft + "\n")
                .containsOnlyOnce("- model:")
                .contains("- model: " + preference + "\n")
                .containsPattern("(?s)t:.*filter: mlp.*- 0.0.*- 0.5.*- 1.0.*value: 0.4");

        ObjectNode atSft = parameters("nearswap").put("method", "SLERP").put("t", 0.0);
        byte[] start = model(atSft);
        // Linear with all the weight on sft writes the sft model itself.
        ObjectNode linear = parameters("linear");
        ((ObjectNode) linear.path("preference")).put("weight", 0.0);
        assertThat(start).isEqualTo(model(linear));
        ((ObjectNode) linear.path("preference")).put("weight", 1.0);
        ((ObjectNode) linear.path("sft")).put("weight", 0.0);
        assertThat(model(atSft.put("t", 1.0))).isEqualTo(model(linear));

        assertThat(workspace.message().path("outcome").asText()).isEqualTo("Succeeded");
        model(atSft.put("t", 0.5));
        assertThat(workspace.message().path("message").asText()).contains("from the sft model towards the preference");
        assertThat(workspace.message().path("metrics").path("betweenRelativeL2").asDouble())
                .isPositive();
    }

    @Test
    void theSeedDecidesTheMask() throws IOException {
        byte[] seven = model(parameters("dare-linear"));
        assertThat(workspace.manifest().path("resolved").path("seed").asInt()).isEqualTo(7);
        assertThat(model(parameters("dare-linear"))).isEqualTo(seven);
        assertThat(model(parameters("dare-linear").put("seed", 8))).isNotEqualTo(seven);
        ObjectNode none = parameters("dare-linear");
        none.remove("seed");
        model(none);
        assertThat(workspace.manifest().path("resolved").path("seed").asInt()).isZero();
    }

    /** The same model with a NaN: refused with what to write, or merged with a warning. */
    @Test
    void aNanEndsTheMergeUnlessItIsAllowed() throws IOException {
        Map<String, Tensor> tensors = TestModels.toy(2, 0.02);
        float[] norm = {Float.NaN, 1, 1, 1};
        tensors.put("model.norm.weight", Tensor.vector(norm));
        TestModels.checkpoint(root.resolve("preference/" + "b".repeat(64) + "/model"), tensors);
        StageWorkspace.finish(root.resolve("preference/" + "b".repeat(64)));

        assertThat(workspace.run(document(parameters("ta")))).isEqualTo(65);
        assertThat(workspace.message().path("message").asText())
                .contains("tensor model.norm.weight: element 0 of preference/", "spec.merge.allowNaN: true");

        run(parameters("ta").put("allowNaN", true));
        assertThat(workspace.message().path("message").asText())
                .endsWith("NaN or infinite in the merged model: 1 elements; merge-report.json has the tensors");
        assertThat(workspace.manifest().path("resolved").path("allowNaN").asBoolean())
                .isTrue();
        assertThat(MergeTesting.values(workspace.output().resolve("model"), "model.norm.weight")[0])
                .isNaN();
    }

    @Test
    void overridesComeBeforeThePlainNumber() {
        assertThat(recipe("dare-ties"))
                .containsPattern("(?s)density:\\s+- filter: mlp\\s+value: 0.3\\s+- value: 0.5")
                .containsPattern("(?s)weight:\\s+- value:\\s+- 1.0\\s+- 0.5")
                .containsPattern("(?s)lambda:\\s+- filter: norm\\s+value: 0.5\\s+- value: 1.0")
                .contains("rescale: false");
    }

    @Test
    void sparsifyIsWrittenWholeAndTakesThePlaceOfDensity() {
        assertThat(recipe("l1"))
                .containsPattern("(?s)sparsify:\\s+method: l1\\s+density: 0.1\\s+rescale: false\\s+scope: model")
                .containsPattern("(?s)sparsify:\\s+method: random\\s+density: 0.5\\s+rescale: true\n");
        assertThat(recipe("outliers"))
                .containsPattern(
                        "(?s)method: outliers\\s+density: 0.5\\s+gamma: 0.02\\s+rescale: true\\s+scope: tensor")
                .containsPattern("(?s)method: l1\\s+lambda: 1.0E-4")
                .doesNotContainPattern("parameters:\\s+weight: 1.0\\s+density");
        assertThat(recipe("sce")).contains("select_topk: 0.5");
        assertThat(recipe("stock-rows")).contains("filter_wise: true");
        assertThat(recipe("nuslerp-rows")).contains("nuslerp_flatten: false", "nuslerp_row_wise: true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "dare-ties   | {\"sft\": {\"weight\": 1, \"gamma\": 0.1}} | unknown parameter sft.gamma; DARETIES has density, overrides, sparsify, weight",
                "slerp       | {\"lambda\": 1} | unknown parameter lambda; SLERP has",
                "slerp       | {\"sft\": {\"weight\": 1}} | unknown parameter sft.weight",
                "slerp       | {\"t\": 2} | t is 2; write a number from 0 to 1",
                "slerp       | {\"t\": null, \"overrides\": null} | t is missing: SLERP needs it",
                "slerp       | {\"seed\": 1} | nothing is random here: remove seed",
                "dare-ties   | {\"seed\": -1} | seed is -1; write a whole number of 0 or more",
                "ta          | {\"allowNaN\": 1} | allowNaN is 1; write true or false",
                "ta          | {\"rescale\": true} | unknown parameter rescale; TaskArithmetic has",
                "ta          | {\"sft\": {}} | sft.weight is missing",
                "dare-linear | {\"rescale\": 1} | rescale is 1; write true or false",
                "slerp       | {\"overrides\": [{\"parameter\": \"t\", \"filter\": \"self_atn\", \"value\": 0.5}]} | overrides[0].filter is self_atn, which is part of no tensor's name; they are named like",
                "slerp       | {\"overrides\": [{\"parameter\": \"t\", \"filter\": \"mlp\", \"value\": 0.5}, {\"parameter\": \"t\", \"filter\": \"mlp.up\", \"value\": 0.6}]} | overrides[1] never counts: overrides before it take all tensors with mlp.up in their names",
                "slerp       | {\"overrides\": [{\"parameter\": \"t\", \"value\": 0.5}]} | t never counts: overrides[0] has no filter and takes every tensor",
                "slerp       | {\"t\": null, \"overrides\": [{\"parameter\": \"t\", \"value\": 0.5}, {\"parameter\": \"t\", \"filter\": \"mlp\", \"value\": 0.6}]} | overrides[1] never counts: overrides[0] has no filter and takes every tensor",
                "slerp       | {\"overrides\": [{\"parameter\": \"lambda\", \"value\": 0.5}]} | overrides[0].parameter is \"lambda\", but SLERP has here t",
                "slerp       | {\"overrides\": [{\"parameter\": \"t\", \"filter\": \"mlp\"}]} | overrides[0] needs one of the two: value, or gradient",
                "slerp       | {\"overrides\": [{\"parameter\": \"t\", \"filter\": \"mlp\", \"gradient\": [0.5]}]} | overrides[0].gradient is [0.5]; write a list of at least 2 numbers",
                "slerp       | {\"overrides\": [{\"parameter\": \"t\", \"filtre\": \"mlp\", \"value\": 0.5}]} | unknown parameter overrides[0].filtre",
                "outliers    | {\"sft\": {\"weight\": 1, \"density\": 0.5, \"sparsify\": {\"method\": \"L1\", \"lambda\": 0.1}}} | sft.sparsify takes the place of density: remove one of the two",
                "outliers    | {\"sft\": {\"weight\": 1, \"sparsify\": {\"method\": \"L1\"}}} | sft.sparsify: L1 needs one of the two, density or lambda",
                "outliers    | {\"sft\": {\"weight\": 1, \"sparsify\": {\"method\": \"Outliers\", \"lambda\": 1}}} | sft.sparsify: Outliers needs density and has no lambda",
                "outliers    | {\"sft\": {\"weight\": 1, \"sparsify\": {\"method\": \"Magnitude\", \"density\": 0.1, \"scope\": \"Layer\"}}} | sft.sparsify.scope is \"Layer\"; write Tensor or Model",
                "outliers    | {\"sft\": {\"weight\": 1, \"sparsify\": {\"method\": \"Magnitude\", \"density\": 0.1, \"scope\": \"Model\", \"rescale\": true}}} | sft.sparsify: scope Model goes neither with lambda nor with rescale",
                "linear      | {\"sft\": {\"weight\": 1, \"sparsify\": {\"method\": \"Random\", \"density\": 0.1}}} | unknown parameter sft.sparsify; Linear has overrides, weight",
            })
    void whatIsWrongIsNamed(String candidate, String change, String expected) throws IOException {
        ObjectNode parameters = parameters(candidate.strip());
        Json.MAPPER.readTree(change).properties().forEach(field -> {
            if (field.getValue().isNull()) {
                parameters.remove(field.getKey());
            } else {
                parameters.set(field.getKey(), field.getValue());
            }
        });
        assertThat(workspace.run(document(parameters))).isEqualTo(78);
        assertThat(workspace.message().path("reason").asText()).isEqualTo("InvalidParameter");
        assertThat(workspace.message().path("message").asText()).contains(expected);
    }

    private static ObjectNode parameters(String name) {
        return (ObjectNode) CANDIDATES.path(name).deepCopy();
    }

    private String document(ObjectNode parameters) {
        ObjectNode document = workspace.document();
        document.set("parameters", parameters);
        return document.toString();
    }

    /** The recipe of a candidate, without running it. */
    private String recipe(String name) {
        StageDocument stage = StageDocument.parse(document(parameters(name)));
        return new StageRecipe(stage, MergeParameters.of(stage.parameters())).yaml("float32");
    }

    private void run(ObjectNode parameters) throws IOException {
        FileTree.delete(workspace.output());
        assertThat(workspace.run(document(parameters)))
                .as(String.valueOf(workspace.log))
                .isZero();
    }

    private byte[] model(ObjectNode parameters) throws IOException {
        run(parameters);
        return Files.readAllBytes(workspace.output().resolve("model/model.safetensors"));
    }
}
