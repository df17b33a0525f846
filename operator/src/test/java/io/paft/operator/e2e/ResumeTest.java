package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A training is evicted in the middle, and ends with the weights of one that nobody disturbed. */
@Tag("e2e")
class ResumeTest {

    private static final String EVICTED = "evicted";
    private static final String UNDISTURBED = "undisturbed";
    private static final int STEPS = 600;
    private static final Duration LONG = Duration.ofMinutes(2);

    /** Some way in, and far from the end. */
    private static final Pattern UNDER_WAY = Pattern.compile("step [1-4]\\d\\d/" + STEPS + " loss");

    @RegisterExtension
    final Story story = new Story("resume");

    @Test
    void anEvictedTrainingGoesOnWhereItWasStopped() {
        Pipeline pipeline = training();
        story.apply(pipeline.named(EVICTED));
        story.until("sft trains", LONG, this::trains);
        Pod pod = onlyPod();
        assertThat(story.client().pods().resource(pod).evict())
                .as("eviction of " + pod.getMetadata().getName())
                .isTrue();
        // The same training under another key, for its key alone would bring the first one's result.
        story.apply(pipeline.named(UNDISTURBED).with("spec.sft.rerun", "undisturbed"));
        story.until(
                "both are trained",
                LONG,
                () -> List.of(EVICTED, UNDISTURBED).stream().allMatch(name -> story.is(name, "sft", Succeeded)));

        StageStatus evicted = story.stages(EVICTED).get("sft");
        StageStatus undisturbed = story.stages(UNDISTURBED).get("sft");
        wentOn(story.workspace().manifest(evicted.output().uri()), evicted);
        assertThat(story.workspace().manifest(undisturbed.output().uri()).get("runs"))
                .as("starts of the undisturbed training")
                .hasSize(1);
        assertThat(weights(evicted)).as("sha256 of the weights").isEqualTo(weights(undisturbed));
        assertThat(story.workspace().digest(evicted.output().uri()))
                .as("digest of the files as they lie there")
                .isEqualTo(evicted.output().digest());
        assertThat(story.workspace().shell("ls -d sft/*.work 2>/dev/null || true"))
                .as("checkpoints that are left")
                .isEmpty();
    }

    /** Full fine-tuning, which is the same to the bit; with no retries, so that an attempt that counts would fail the stage. */
    private static Pipeline training() {
        return Pipeline.of("mini.yaml")
                .with("spec.sft.retries", 0)
                .with("spec.sft.hyperparameters.maxSteps", STEPS)
                .with("spec.sft.hyperparameters.loggingSteps", 20)
                .with("spec.preference.hyperparameters.maxSteps", 1)
                .without("spec.evaluation");
    }

    private void wentOn(JsonNode manifest, StageStatus stage) {
        JsonNode runs = manifest.get("runs");
        assertThat(runs).as("starts").hasSize(2);
        int step = runs.at("/1/step").asInt();
        assertThat(step).as("step it went on from").isBetween(100, STEPS - 1);
        assertThat(runs.at("/1/lostSteps").asInt()).as("steps done twice").isZero();
        assertThat(stage.message()).contains("went on from step " + step);
        assertThat(manifest.at("/metrics/steps").asInt()).isEqualTo(STEPS);
        assertThat(story.jobs(EVICTED).get("sft").getStatus())
                .satisfies(status -> assertThat(status.getFailed())
                        .as("attempts that count as failed")
                        .isIn(null, 0))
                .satisfies(status -> assertThat(status.getSucceeded()).isEqualTo(1));
    }

    private boolean trains() {
        List<Pod> pods = story.pods(EVICTED, "sft");
        if (pods.isEmpty()) {
            return false;
        }
        try {
            return UNDER_WAY
                    .matcher(story.client().pods().resource(pods.getFirst()).getLog())
                    .find();
        } catch (KubernetesClientException e) {
            // Its container has not started.
            return false;
        }
    }

    private Pod onlyPod() {
        List<Pod> pods = story.pods(EVICTED, "sft");
        assertThat(pods).as("pods of sft").hasSize(1);
        return pods.getFirst();
    }

    private String weights(StageStatus stage) {
        return story.workspace()
                .manifest(stage.output().uri())
                .get("files")
                .valueStream()
                .filter(file -> file.get("path").asText().equals("model/model.safetensors"))
                .map(file -> file.get("sha256").asText())
                .findFirst()
                .orElseThrow();
    }
}
