package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CounterRandomTest {
    /** Of another implementation (Python integers): what a seed gives may never change. */
    @Test
    void theBitsArePinned() {
        long key = CounterRandom.key(42, "sft", "model.norm.weight");
        assertThat(key).isEqualTo(0x12f329251cf23d35L);
        assertThat(CounterRandom.uniform(key, 0)).isEqualTo(0.2393449880141998);
        assertThat(CounterRandom.uniform(key, 1L << 40)).isEqualTo(0.7726820165573627);
    }

    @Test
    void aPieceIsThatPieceOfTheWhole() {
        float[] whole = ones(1000);
        long kept = CounterRandom.keep(whole, 1000, 7, 0, 0.3);
        float[] first = ones(377);
        float[] rest = ones(623);
        assertThat(CounterRandom.keep(first, 377, 7, 0, 0.3) + CounterRandom.keep(rest, 623, 7, 377, 0.3))
                .isEqualTo((int) kept);
        assertThat(java.util.Arrays.copyOf(whole, 377)).isEqualTo(first);
        assertThat(java.util.Arrays.copyOfRange(whole, 377, 1000)).isEqualTo(rest);
    }

    @Test
    void theShareKeptIsTheProbability() {
        assertThat(CounterRandom.keep(ones(1 << 20), 1 << 20, 3, 0, 0.25) / 0x1p20)
                .isCloseTo(0.25, within(0.0015));
        assertThat(CounterRandom.keep(ones(100), 100, 3, 0, 0)).isZero();
    }

    @Test
    void everythingInTheKeyMatters() {
        assertThat(java.util.Set.of(
                        CounterRandom.key(0, "a", "b"),
                        CounterRandom.key(1, "a", "b"),
                        CounterRandom.key(0, "b", "a"),
                        CounterRandom.key(0, "a", "c"),
                        CounterRandom.key(0, "ab", "")))
                .hasSize(5);
    }

    private static float[] ones(int count) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, 1f);
        return values;
    }
}
