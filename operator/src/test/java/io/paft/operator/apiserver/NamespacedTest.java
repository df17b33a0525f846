package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.paft.api.v1alpha1.PaftPipeline;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operator of overlays/namespaced, with the rights and settings that it gives. */
@Tag("apiserver")
class NamespacedTest {

    @Test
    void looksAfterItsNamespacesAndNeedsNoRightsInOthers() {
        try (var world = new World()) {
            var installed = new Installed(world, "overlays/namespaced");
            String other = world.namespace();
            PaftPipeline theirs = world.apply(other);
            try (var operator = installed.replica("operator").ready()) {
                world.apply("llm");

                await().atMost(Duration.ofSeconds(30))
                        .until(() -> world.jobs("llm").size() == 3);
                assertThat(world.jobs(other)).isEmpty();
                assertThat(world.get(theirs).getStatus().stages()).isNull();
                assertThat(operator.metric("paft_pipelines")).isEqualTo(1);
                assertThat(operator.log()).doesNotContainIgnoringCase("forbidden");
            }
        }
    }
}
