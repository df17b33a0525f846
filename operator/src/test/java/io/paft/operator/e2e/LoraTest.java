package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.api.v1alpha1.StageStatus;
import io.paft.api.v1alpha1.SubjectScore;
import io.paft.operator.Yaml;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Adapters in both branches, merged into a full model; then somebody swaps the base model under them. */
@Tag("e2e")
class LoraTest {

    private static final String LORA = "lora";

    @RegisterExtension
    final Story story = new Story("lora");

    @Test
    void mergesAdaptersAndRefusesABaseModelOfOtherShapes() {
        Pipeline pipeline = Pipeline.of("lora.yaml");
        story.apply(pipeline);
        story.untilSucceeded(LORA, Duration.ofMinutes(3));

        Map<String, StageStatus> stages = story.stages(LORA);
        assertThat(files(stages, "sft")).contains("adapter_model.safetensors").doesNotContain("\nmodel.safetensors");
        assertThat(files(stages, "merge-ties")).contains("model.safetensors", "config.json", "tokenizer");
        assertThat(story.get(LORA).getStatus().result().scores())
                .extracting(SubjectScore::subject)
                .containsExactlyInAnyOrder("sft", "sequential", "ties");
        assertThat(stages.get("sequential").startTime())
                .as("start of sequential, which goes on from sft")
                .isGreaterThanOrEqualTo(stages.get("sft").completionTime());

        story.workspace().python(Yaml.text(Yaml.resource("e2e/other-shapes.py")));
        story.apply(pipeline.with("spec.merge.candidates.0.sft.weight", 0.5));
        story.untilEnded(LORA, Duration.ofSeconds(90));

        assertThat(story.stages(LORA).get("merge-ties"))
                .as("merge-ties")
                .returns(Failed, StageStatus::state)
                .returns("ShapeMismatch", StageStatus::reason)
                .returns(1, StageStatus::attempts)
                .satisfies(merge -> assertThat(merge.message())
                        .contains("q_proj")
                        .containsPattern("\\b32\\b")
                        .containsPattern("\\b64\\b"));
        for (String blocked : new String[] {"evaluate-ties", "report"}) {
            assertThat(story.stages(LORA).get(blocked))
                    .as(blocked)
                    .returns(Blocked, StageStatus::state)
                    .returns("DependencyFailed", StageStatus::reason);
        }
        for (String kept : new String[] {"sft", "preference", "sequential", "evaluate-sft"}) {
            assertThat(story.stages(LORA).get(kept)).isEqualTo(stages.get(kept)).returns(Succeeded, StageStatus::state);
        }
        assertThat(story.condition(LORA, "Stalled")).isEqualTo("True");
        assertThat(story.get(LORA).getStatus().result())
                .as("a result, without a report")
                .isNull();
    }

    private String files(Map<String, StageStatus> stages, String stage) {
        String uri = stages.get(stage).output().uri();
        return "\n" + story.workspace().shell("ls -1 " + directory(uri) + "/model");
    }

    private static String directory(String uri) {
        return uri.substring(uri.lastIndexOf('/', uri.lastIndexOf('/') - 1) + 1);
    }
}
