package io.paft.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import io.paft.operator.plan.Stage;
import org.junit.jupiter.api.Test;

/** Keys are remembered for one generation of one pipeline, and for no longer. */
class AskedKeysTest {

    private final AskedKeys asked = new AskedKeys();
    private final PaftPipeline first = pipeline("u1", 1, 500);
    private final PaftPipeline edited = pipeline("u1", 2, 501);
    private final PaftPipeline other = pipeline("u2", 1, 501);

    @Test
    void areThoseOfTheSpec() {
        assertThat(Stage.keys(first.getSpec()))
                .allSatisfy(key -> assertThat(asked.contain(first, key)).isTrue());
        assertThat(asked.contain(first, sft(edited))).isFalse();
    }

    @Test
    void anEditAsksForOthers() {
        assertThat(asked.contain(first, sft(first))).isTrue();

        assertThat(asked.contain(edited, sft(first))).isFalse();
        assertThat(asked.contain(edited, sft(edited))).isTrue();
        assertThat(asked.contain(first, sft(first)))
                .as("a cache that is behind")
                .isTrue();
    }

    @Test
    void areEachPipelinesOwn() {
        assertThat(asked.contain(first, sft(first))).isTrue();

        assertThat(asked.contain(other, sft(first))).isFalse();
        assertThat(asked.contain(other, sft(other))).isTrue();
    }

    @Test
    void onesOfAPipelineThatIsGoneAreForgotten() {
        assertThat(asked.contain(first, sft(first))).isTrue();

        asked.forget(first);

        assertThat(asked.contain(pipeline("u1", 1, 501), sft(other))).isTrue();
    }

    private static String sft(PaftPipeline pipeline) {
        return Stage.in(pipeline.getSpec()).stream()
                .filter(stage -> stage.name().equals("sft"))
                .findFirst()
                .orElseThrow()
                .key();
    }

    private static PaftPipeline pipeline(String uid, long generation, int steps) {
        JsonNode tree = Yaml.convert(Yaml.pipeline("contract/pipeline.yaml"), JsonNode.class);
        ((ObjectNode) tree.at("/spec/sft/hyperparameters")).put("maxSteps", steps);
        PaftPipeline pipeline = Yaml.convert(tree, PaftPipeline.class);
        pipeline.getMetadata().setUid(uid);
        pipeline.getMetadata().setGeneration(generation);
        return pipeline;
    }
}
