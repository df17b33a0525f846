package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A person has second thoughts while both branches train. */
@Tag("e2e")
class SpecChangeTest {

    private static final String BARE = "bare";

    @RegisterExtension
    final Story story = new Story("edited");

    @Test
    void stopsOnlyWhatIsNoLongerWanted() {
        Pipeline pipeline = Pipeline.of("bare.yaml")
                // Would train for hours.
                .with("spec.sft.hyperparameters.maxSteps", 1_000_000)
                .with("spec.preference.hyperparameters.maxSteps", 300);
        story.apply(pipeline);
        story.until(
                "both branches run",
                Duration.ofMinutes(1),
                () -> story.is(BARE, "sft", Running) && story.is(BARE, "preference", Running));
        String preferenceJob = story.jobUids(BARE).get("preference");
        Pod preferencePod = story.pods(BARE, "preference").getFirst();
        StageStatus preference = story.stages(BARE).get("preference");
        Pod unwanted = story.pods(BARE, "sft").getFirst();
        String unwantedJob = story.stages(BARE).get("sft").job();

        story.apply(pipeline.with("spec.sft.hyperparameters.maxSteps", 5));

        story.until(
                "the pod that is no longer wanted is gone",
                Duration.ofSeconds(45),
                () -> story.client().resource(unwanted).get() == null);
        assertThat(story.audit().jobsDeletedByOperator())
                .extracting(AuditLog.Write::name)
                .as("Jobs deleted")
                .containsExactly(unwantedJob);
        assertThat(story.stages(BARE).get("preference"))
                .as("preference")
                .satisfiesAnyOf(
                        now -> assertThat(now).isEqualTo(preference),
                        now -> assertThat(now.state()).isEqualTo(Succeeded));

        story.untilSucceeded(BARE, Duration.ofMinutes(2));
        assertThat(story.jobUids(BARE)).containsEntry("preference", preferenceJob);
        assertThat(story.pods(BARE, "preference"))
                .extracting(pod -> pod.getMetadata().getUid())
                .containsExactly(preferencePod.getMetadata().getUid());
        assertThat(story.stages(BARE).get("preference").attempts()).isEqualTo(1);
        assertThat(story.audit().jobsCreated())
                .extracting(AuditLog.Write::name)
                .as("Jobs created")
                .contains(unwantedJob)
                .containsAll(jobsOf(BARE))
                .hasSize(4);
        onlyCandidateIsTheResult();
    }

    private void onlyCandidateIsTheResult() {
        var result = story.get(BARE).getStatus().result();
        assertThat(result.best()).isEqualTo("ta");
        assertThat(result.digest())
                .isEqualTo(story.workspace()
                        .digest(story.stages(BARE).get("merge-ta").output().uri()));
        assertThat(result.score()).as("a score, without an evaluation").isNull();
    }

    private List<String> jobsOf(String pipeline) {
        return story.stages(pipeline).values().stream().map(StageStatus::job).toList();
    }
}
