package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.operator.Yaml;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Identity: what changes a result changes its key, and nothing else does. */
class StageKeyTest {

    private static final String SPEC = Yaml.text(Yaml.resource("contract/pipeline.yaml"));

    /** These are the directories in people's workspaces: a change here throws away everything they trained. */
    @Test
    void keysStayTheSameFromReleaseToRelease() {
        assertThat(Yaml.write(keys(SPEC))).isEqualTo(Yaml.text(Yaml.resource("contract/keys.yaml")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "learningRate: 5.0e-4 | learningRate: 4.0e-4 | sft sequential merge-ties evaluate-sft evaluate-sequential evaluate-ties report",
                "learningRate: 2.0e-5 | learningRate: 3.0e-5 | preference sequential merge-ties evaluate-preference evaluate-sequential evaluate-ties report",
                "weight: 1.0, density: 0.1 | weight: 0.9, density: 0.1 | merge-ties evaluate-ties report",
                "weight: 1.0, density: 0.1 | weight: 1.0, density: 0.1, overrides: [{parameter: density, filter: mlp, value: 0.2}] | merge-ties evaluate-ties report",
                "uri: tasks/tiny | uri: tasks/other | evaluate-base evaluate-sft evaluate-preference evaluate-sequential evaluate-ties report",
                "rerun: \"2\" | rerun: \"3\" | preference sequential merge-ties evaluate-preference evaluate-sequential evaluate-ties report",
                "lambda: 1.0e-6 | lambda: 0.000001 | ''",
                "weightDecay: 0 | weightDecay: 0.0 | ''",
                "workspace: {volumeClaim: {name: paft-workspace}} | workspace: {volumeClaim: {name: other}} | ''",
            })
    void onlyWhatDependsOnAChangeGetsAnotherKey(String before, String after, String changed) {
        assertThat(SPEC).contains(before);

        Map<String, String> old = keys(SPEC);
        Map<String, String> now = keys(SPEC.replaceFirst(Pattern.quote(before), after));

        List<String> different = now.keySet().stream()
                .filter(name -> !now.get(name).equals(old.get(name)))
                .toList();
        assertThat(String.join(" ", different)).isEqualTo(changed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "secretRef: {name: hf-token}\\n  workspace | rerun: \"2\"\\n  workspace | fetch-model sft preference merge-ta evaluate-sft evaluate-ta report",
                "split: train_prefs | rerun: \"2\"\\n      split: train_prefs | fetch-preference-data preference merge-ta evaluate-ta report",
                "baselines: [SFT] | baselines: [SFT]\\n    report: {rerun: \"2\"} | report",
                "baselines: [SFT] | baselines: [SFT]\\n    report: {} | ''",
            })
    void whatHasNoSectionOfItsOwnCanBeRunAgainToo(String before, String after, String changed) {
        String hub = Yaml.text(Yaml.resource("contract/hub.yaml"));
        String line = before.replace("\\n", "\n");
        assertThat(hub).contains(line);

        Map<String, String> old = keys(hub);
        Map<String, String> now = keys(hub.replace(line, after.replace("\\n", "\n")));

        assertThat(now.keySet().stream()
                        .filter(name -> !now.get(name).equals(old.get(name)))
                        .collect(Collectors.joining(" ")))
                .isEqualTo(changed);
    }

    @Test
    void howAStageRunsIsNotPartOfIt() {
        String more = SPEC.replace(
                "  sft:\n    dataset",
                "  pod: {image: other, resources: {limits: {cpu: '2'}}}\n  sft:\n    retries: 9\n    deadline: 1h\n    stallTimeout: 1h\n"
                        + "    pod: {nodeSelector: {zone: a}}\n    dataset");
        assertThat(more).isNotEqualTo(SPEC);
        assertThat(keys(more)).isEqualTo(keys(SPEC));
    }

    @Test
    void renamingACandidateMergesNothingAgain() {
        assertThat(keys(SPEC.replace("name: ties", "name: best")).get("merge-best"))
                .isEqualTo(keys(SPEC).get("merge-ties"));
    }

    @Test
    void theCommonSeedCountsOnlyWhereSomethingIsRandom() {
        String seeded = SPEC.replace("outputDtype: float32", "outputDtype: float32\n    seed: 3");
        String random = SPEC.replace("method: TIES", "method: DARETIES");
        String both = seeded.replace("method: TIES", "method: DARETIES");

        assertThat(keys(seeded)).isEqualTo(keys(SPEC));
        assertThat(keys(both).get("merge-ties")).isNotEqualTo(keys(random).get("merge-ties"));
        assertThat(keys(both.replace("lambda: 1.0\n", "lambda: 1.0\n        seed: 3\n")))
                .isEqualTo(keys(both));
    }

    @Test
    void allowNaNCountsOnlyWhereItIsTrue() {
        String forbidden = SPEC.replace("outputDtype: float32", "outputDtype: float32\n    allowNaN: false");
        String allowed = forbidden.replace("allowNaN: false", "allowNaN: true");

        assertThat(allowed).contains("allowNaN: true");
        assertThat(keys(forbidden)).isEqualTo(keys(SPEC));
        assertThat(keys(allowed).get("merge-ties")).isNotEqualTo(keys(SPEC).get("merge-ties"));
        assertThat(keys(allowed).get("sft")).isEqualTo(keys(SPEC).get("sft"));
    }

    private static Map<String, String> keys(String yaml) {
        JsonNode tree = Yaml.read(yaml, JsonNode.class);
        PaftPipelineSpec spec = Yaml.convert(tree.get("spec"), PaftPipelineSpec.class);
        var keys = new LinkedHashMap<String, String>();
        Stage.of(StageGraph.of(spec)).forEach(stage -> keys.put(stage.name(), stage.key()));
        return keys;
    }
}
