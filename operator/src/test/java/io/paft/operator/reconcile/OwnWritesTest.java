package io.paft.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.api.v1alpha1.PaftPipeline;
import org.junit.jupiter.api.Test;

class OwnWritesTest {

    private final OwnWrites writes = new OwnWrites();

    @Test
    void aCacheIsBehindUntilItHasTheWrite() {
        assertThat(writes.isBehind(version("9"))).isFalse();
        writes.writing(version("9"));
        writes.stored(version("9"), "12");
        assertThat(writes.isBehind(version("9"))).isTrue();
        assertThat(writes.isBehind(version("11"))).isTrue();
        assertThat(writes.isBehind(version("12"))).isFalse();
        assertThat(writes.isBehind(version("100"))).isFalse();
    }

    @Test
    void aWriteWithoutAnAnswerMayHaveBeenMade() {
        writes.writing(version("9"));
        assertThat(writes.isBehind(version("9"))).isTrue();
        assertThat(writes.isBehind(version("500"))).isTrue();
        writes.stored(version("501"), "501");
        assertThat(writes.isBehind(version("501"))).isFalse();
    }

    private static PaftPipeline version(String version) {
        var pipeline = new PaftPipeline();
        pipeline.getMetadata().setUid("u");
        pipeline.getMetadata().setResourceVersion(version);
        return pipeline;
    }
}
