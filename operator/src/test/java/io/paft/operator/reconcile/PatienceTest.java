package io.paft.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PatienceTest {

    private final Patience patience = new Patience();

    @Test
    void waitsLongerEachTimeUpToTheLongest() {
        assertThat(Stream.generate(() -> patience.more("a")).limit(8).map(Duration::toMillis))
                .containsExactly(200L, 400L, 800L, 1600L, 3200L, 6400L, 10_000L, 10_000L);
    }

    @Test
    void beginsAnewAndEachPipelineForItself() {
        patience.more("a");
        patience.more("a");
        assertThat(patience.more("b")).isEqualTo(Patience.FIRST);
        patience.end("a");
        assertThat(patience.more("a")).isEqualTo(Patience.FIRST);
        assertThat(patience.more("b")).hasMillis(400);
    }
}
