package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nobody is blamed for a silence that the operator did not witness. */
class SilenceTest {

    private static final Instant EARLY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATE = Instant.parse("2026-01-01T01:00:00Z");

    @Test
    void countsFromTheLaterOfTheLastMoveAndTheStartOfListening() {
        assertThat(new Silence(Map.of("pod", LATE), EARLY).since("pod", true)).contains(LATE);
        assertThat(new Silence(Map.of("pod", EARLY), LATE).since("pod", true)).contains(LATE);
        assertThat(new Silence(Map.of(), LATE).since("pod", true)).contains(LATE);
    }

    @Test
    void saysNothingOfAPodThatNeverReportedOrWhenNobodyListens() {
        assertThat(new Silence(Map.of("other", EARLY), EARLY).since("pod", false))
                .isEmpty();
        assertThat(new Silence(Map.of("pod", EARLY), null).since("pod", true)).isEmpty();
    }
}
