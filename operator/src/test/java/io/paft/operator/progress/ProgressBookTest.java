package io.paft.operator.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.operator.plan.Progress;
import io.paft.operator.plan.Silence;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The pace of writes: nothing that was said is lost, and no pipeline is written too often for it. */
class ProgressBookTest {

    private static final Set<String> PODS = Set.of("pod");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final ProgressBook book = new ProgressBook();

    @Test
    void theFirstWordIsWrittenAtOnceTheNextTenSecondsLater() {
        assertThat(book.note("p", "pod", said(1))).isTrue();
        write(START);
        assertThat(book.note("p", "pod", said(2))).isTrue();
        assertThat(book.note("p", "pod", said(3))).as("somebody looks already").isFalse();

        assertThat(book.snapshot("p", PODS, START.plusSeconds(4)).due()).isFalse();
        assertThat(book.wait("p", START.plusSeconds(4))).contains(Duration.ofSeconds(6));
        assertThat(book.snapshot("p", PODS, START.plusSeconds(10)).due()).isTrue();
        write(START.plusSeconds(10));
        assertThat(book.wait("p", START.plusSeconds(10))).isEmpty();
    }

    @Test
    void whatIsSaidDuringAWriteIsNotTakenForWritten() {
        book.note("p", "pod", said(1));
        var snapshot = book.snapshot("p", PODS, START);
        book.note("p", "pod", said(2));
        book.told("p", snapshot, true, START.plusSeconds(1));

        assertThat(book.wait("p", START.plusSeconds(1))).contains(Duration.ofSeconds(10));
    }

    @Test
    void whatAPodSaidIsForgottenWithThePod() {
        book.note("p", "lost", said(1));
        book.note("p", "pod", said(2));
        assertThat(book.snapshot("p", PODS, START).pods()).containsOnlyKeys("pod");
    }

    @Test
    void aClockThatWasSetBackSilencesNobody() {
        book.note("p", "pod", said(1));
        write(START.plus(Duration.ofHours(5)));
        book.note("p", "pod", said(2));
        assertThat(book.snapshot("p", PODS, START).due()).isTrue();
    }

    /** Plays the reconciler against pods that speak at any time, with other changes in between. */
    @Test
    void overAnyHourWritesForProgressAloneKeepTheirDistanceAndNothingIsLost() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            Instant lastWrite = Instant.EPOCH;
            Instant look = Instant.MAX;
            long written = 0;
            long said = 0;
            var own = new ProgressBook();
            for (Instant now = START; now.isBefore(START.plusSeconds(3600)); now = now.plusMillis(500)) {
                boolean looks = !now.isBefore(look);
                if (random.nextInt(8) == 0 && own.note("p", "pod", said(++said))) {
                    looks = true;
                }
                boolean other = random.nextInt(60) == 0;
                if (looks || other) {
                    var snapshot = own.snapshot("p", PODS, now);
                    if (other || (snapshot.due() && said > written)) {
                        assertThat(other || !now.isBefore(lastWrite.plus(ProgressBook.PACE)))
                                .isTrue();
                        written = snapshot.pods().isEmpty()
                                ? 0
                                : snapshot.pods().get("pod").step();
                        // A write before the first word is none for progress.
                        lastWrite = said > 0 ? now : lastWrite;
                        own.told("p", snapshot, true, now);
                    }
                    look = own.wait("p", now).map(now::plus).orElse(Instant.MAX);
                }
                assertThat(said - written > 0 && look.equals(Instant.MAX))
                        .as("seed %d, %s: something waits, and nobody comes", seed, now)
                        .isFalse();
            }
            assertThat(written).isGreaterThan(0);
        }
    }

    @Test
    void aPodMovesWhenItReportsMoreAndNotWhenItReportsTheSame() {
        listen(START, 120);
        book.note("p", "pod", said(1, START.plusSeconds(10)));
        book.note("p", "pod", said(2, START.plusSeconds(20)));
        book.note("p", "pod", said(2, START.plusSeconds(90)));

        Silence silence = book.snapshot("p", PODS, START.plusSeconds(120)).silence();

        assertThat(silence.moved()).containsExactly(Map.entry("pod", START.plusSeconds(20)));
        assertThat(silence.listeningSince()).isEqualTo(START);
    }

    @Test
    void aPodMovesWhenItHasDoneSomethingThatIsNoStepYet() {
        listen(START, 120);
        book.note("p", "pod", new Progress(0.42, 3L, 7L, 900.0, null, Map.of(), START.plusSeconds(10)));
        book.note("p", "pod", new Progress(0.42, 3L, 7L, 901.0, null, Map.of(), START.plusSeconds(90)));

        assertThat(book.snapshot("p", PODS, START.plusSeconds(120)).silence().moved())
                .containsExactly(Map.entry("pod", START.plusSeconds(90)));
    }

    @Test
    void silenceCountsAnewAfterAGapInWhichNobodyCouldBeHeard() {
        listen(START, 60);
        assertThat(listeningSince(START.plusSeconds(80))).isEqualTo(START);
        assertThat(listeningSince(START.plusSeconds(3600)))
                .as("the process was stopped, and has not begun to listen again")
                .isNull();
        book.listening(START.plusSeconds(3600));
        assertThat(listeningSince(START.plusSeconds(3601))).isEqualTo(START.plusSeconds(3600));
        book.listening(START.plusSeconds(60));
        assertThat(listeningSince(START.plusSeconds(61)))
                .as("a clock that was set back")
                .isEqualTo(START.plusSeconds(60));
    }

    @Test
    void anOperatorThatNeverListenedWitnessesNothing() {
        book.note("p", "pod", said(1));
        assertThat(listeningSince(START)).isNull();
        assertThat(book.snapshot("other", PODS, START).silence().listeningSince())
                .isNull();
    }

    private void listen(Instant from, int seconds) {
        for (int passed = 0; passed <= seconds; passed += 5) {
            book.listening(from.plusSeconds(passed));
        }
    }

    private @Nullable Instant listeningSince(Instant now) {
        return book.snapshot("p", PODS, now).silence().listeningSince();
    }

    private static Progress said(long step, Instant at) {
        return new Progress(null, step, null, null, null, Map.of(), at);
    }

    private void write(Instant now) {
        book.told("p", book.snapshot("p", PODS, now), true, now);
    }

    private static Progress said(long step) {
        return new Progress(null, step, null, null, null, Map.of(), START);
    }
}
