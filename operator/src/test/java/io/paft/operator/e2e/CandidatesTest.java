package io.paft.operator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.api.v1alpha1.SubjectScore;
import io.paft.operator.Yaml;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The recipes of the sample with four candidates, on a smaller model: all are merged and evaluated, and the best is named. */
@Tag("e2e")
class CandidatesTest {

    private static final Path SAMPLE = Path.of("../manifests/samples/tiny-candidates.yaml");
    private static final String MINI = "mini";

    @RegisterExtension
    final Story story = new Story("candidates");

    @Test
    void mergesEvaluatesAndRanksAllFour() {
        JsonNode merge = Yaml.tree(SAMPLE).at("/spec/merge");
        Pipeline pipeline = Pipeline.of("mini.yaml")
                .with("spec.sft.hyperparameters.maxSteps", 10)
                .with("spec.preference.hyperparameters.maxSteps", 5)
                .with("spec.merge.seed", merge.get("seed"))
                .with("spec.merge.candidates", merge.get("candidates"))
                .with("spec.evaluation.baselines", List.of());
        story.apply(pipeline);
        story.untilSucceeded(MINI, Duration.ofMinutes(3));

        Map<String, StageStatus> stages = story.stages(MINI);
        Map.of("ta", "task_arithmetic", "ties", "ties", "dare-ties", "dare_ties", "slerp", "slerp")
                .forEach((name, method) -> assertThat(recipe(stages.get("merge-" + name)))
                        .as("recipe of " + name)
                        .contains("merge_method: " + method + "\n"));
        assertThat(recipe(stages.get("merge-ties"))).containsPattern("filter: mlp\\s+value: 0.2\\s+- value: 0.1");
        assertThat(recipe(stages.get("merge-slerp")))
                .as("the way from sft to preference")
                .contains("base_model: sft/" + stages.get("sft").key())
                .contains("- model: preference/" + stages.get("preference").key());
        assertThat(story.workspace()
                        .manifest(output(stages.get("merge-dare-ties")).uri())
                        .at("/resolved/seed")
                        .asInt())
                .isEqualTo(1);
        assertThat(stages.entrySet().stream()
                        .filter(stage -> stage.getKey().startsWith("merge-"))
                        .map(stage -> weights(stage.getValue())))
                .as("four different models")
                .hasSize(4)
                .doesNotHaveDuplicates();

        Result result = story.get(MINI).getStatus().result();
        assertThat(result.scores())
                .extracting(SubjectScore::subject)
                .containsExactlyInAnyOrder("ta", "ties", "dare-ties", "slerp");
        double best = result.scores().stream()
                .map(SubjectScore::score)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        assertThat(result.score()).isEqualTo(best);
        assertThat(result.scores())
                .filteredOn(score -> score.score() == best)
                .extracting(SubjectScore::subject)
                .contains(result.best());
        assertThat(result.digest())
                .isEqualTo(output(stages.get("merge-" + result.best())).digest());
    }

    private String recipe(StageStatus stage) {
        return story.workspace().shell("cat " + directory(stage) + "/recipe.yaml");
    }

    private String weights(StageStatus stage) {
        return story.workspace().shell("sha256sum " + directory(stage) + "/model/model.safetensors");
    }

    private static String directory(StageStatus stage) {
        return "merge/" + stage.key();
    }

    private static Output output(StageStatus stage) {
        return stage.output();
    }
}
