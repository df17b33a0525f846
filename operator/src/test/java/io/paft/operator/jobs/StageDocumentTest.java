package io.paft.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.paft.api.v1alpha1.MergeMethod;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import io.paft.operator.plan.CanonicalJsonAccess;
import io.paft.operator.plan.Stage;
import io.paft.operator.plan.StageGraph;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator writes the very documents that the worker's and the merge engine's tests read. */
class StageDocumentTest {

    private static final Path CONTRACT = Path.of("../worker-image/contract");

    @ParameterizedTest
    @ValueSource(
            strings = {"sft", "preference", "sequential", "merge-ties", "evaluate-base", "evaluate-ties", "report"})
    void writesTheDocumentOfTheContract(String node) {
        PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
        List<Stage> stages = Stage.of(StageGraph.of(pipeline.getSpec()));

        JsonNode written = StageDocument.of(pipeline, named(stages, node));

        JsonNode expected = Yaml.tree(CONTRACT.resolve(node + ".json"));
        assertThat(withPlainKeys(written, stages)).isEqualTo(withPlainKeys(expected, fixtureKeys()));
    }

    /** Every merge method with its parameters: what the merge engine's tests run. */
    @Test
    void passesTheParametersOfEveryCandidateOn() {
        JsonNode expected = Yaml.tree(CONTRACT.resolve("merge-candidates.json"));
        var written = JsonNodeFactory.instance.objectNode();
        for (String file : List.of("contract/candidates.yaml", "contract/more-candidates.yaml")) {
            PaftPipeline pipeline = Yaml.pipeline(file);
            for (Stage stage : Stage.of(StageGraph.of(pipeline.getSpec()))) {
                if (stage.name().startsWith("merge-")) {
                    JsonNode document = StageDocument.of(pipeline, stage);
                    assertThat(document.get("inputs").properties())
                            .extracting(Map.Entry::getKey)
                            .containsExactly("baseModel", "sft", "preference");
                    written.set(stage.name().substring("merge-".length()), document.get("parameters"));
                }
            }
        }

        assertThat(canonical(written)).isEqualTo(canonical(expected));
        assertThat(written.valueStream()
                        .map(parameters -> parameters.get("method").asText()))
                .containsOnly(
                        Arrays.stream(MergeMethod.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void fetchesWhatLiesOnTheHubOnce() {
        PaftPipeline pipeline = Yaml.pipeline("contract/hub.yaml");
        List<Stage> stages = Stage.of(StageGraph.of(pipeline.getSpec()));

        JsonNode written = StageDocument.of(pipeline, named(stages, "fetch-model"));
        JsonNode sft = StageDocument.of(pipeline, named(stages, "sft"));

        JsonNode expected = Yaml.tree(CONTRACT.resolve("fetch-model.json"));
        assertThat(written.get("parameters")).isEqualTo(expected.get("parameters"));
        assertThat(written.get("inputs")).isEmpty();
        String key = written.get("key").asText();
        assertThat(sft.at("/inputs/baseModel/path").asText()).isEqualTo("fetch/" + key);
        assertThat(sft.at("/inputs/baseModel/key").asText()).isEqualTo(key);
        assertThat(stages.stream().map(Stage::name).filter(name -> name.startsWith("fetch-")))
                .containsExactly("fetch-model", "fetch-preference-data");
    }

    @Test
    void mountsAnotherClaimButNotTheWorkspaceTwice() {
        assertThat(InputPath.of("pvc://data/sets/a.jsonl", "ws"))
                .isEqualTo(new InputPath("/pvc/data/sets/a.jsonl", Optional.of("data")));
        assertThat(InputPath.of("pvc://ws/sets/a.jsonl", "ws"))
                .isEqualTo(new InputPath("sets/a.jsonl", Optional.empty()));
        assertThat(InputPath.of("sets/a.jsonl", "ws")).isEqualTo(new InputPath("sets/a.jsonl", Optional.empty()));
    }

    private static Stage named(List<Stage> stages, String name) {
        return stages.stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Real keys are hashes, those of the fixtures are digits for a reader: both become the name of their stage. */
    private static String withPlainKeys(JsonNode document, List<Stage> stages) {
        var keys = new LinkedHashMap<String, String>();
        stages.forEach(stage -> keys.put(stage.key(), stage.name()));
        return withPlainKeys(document, keys);
    }

    private static String withPlainKeys(JsonNode document, Map<String, String> keys) {
        String text = canonical(document);
        for (Map.Entry<String, String> key : keys.entrySet()) {
            text = text.replace(key.getKey(), "key-of-" + key.getValue());
        }
        return text;
    }

    private static String canonical(JsonNode document) {
        return CanonicalJsonAccess.of(document);
    }

    private static Map<String, String> fixtureKeys() {
        Map<String, String> digits = Map.ofEntries(
                Map.entry("a", "sft"),
                Map.entry("b", "preference"),
                Map.entry("c", "sequential"),
                Map.entry("d", "merge-ties"),
                Map.entry("1", "evaluate-base"),
                Map.entry("2", "evaluate-sft"),
                Map.entry("3", "evaluate-preference"),
                Map.entry("4", "evaluate-sequential"),
                Map.entry("5", "evaluate-ties"),
                Map.entry("e", "report"));
        var keys = new LinkedHashMap<String, String>();
        digits.forEach((digit, name) -> keys.put(digit.repeat(64), name));
        return keys;
    }
}
