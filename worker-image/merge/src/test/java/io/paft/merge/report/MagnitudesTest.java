package io.paft.merge.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import io.paft.merge.kernel.Largest;
import java.util.Arrays;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class MagnitudesTest {
    @Test
    void ofNothing() {
        Magnitudes nothing = new MagnitudeSample(0, 1, 0, 0).magnitudes();
        assertThat(nothing.sampled()).isZero();
        assertThat(nothing.quantile(0)).isNaN();
        assertThat(nothing.largest()).isNaN();
    }

    @Test
    void ofAFewElements() {
        Magnitudes magnitudes = of(-3, 1, 2, 0);
        assertThat(magnitudes.sampled()).isEqualTo(4);
        assertThat(magnitudes.quantile(0)).isEqualTo(1);
        assertThat(magnitudes.quantile(3)).isEqualTo(3);
        assertThat(magnitudes.largest()).isEqualTo(3);
    }

    @Test
    void theLargestElementCountsWhereverItIs() {
        float[] values = TestModels.normal(1, 100_000, 1e-3);
        values[77_777] = -5;
        assertThat(of(values).largest()).isEqualTo(5);
    }

    @Test
    void aSampleIsWithinItsErrorOfTheWhole() {
        float[] values = TestModels.normal(2, 1_000_000, 1e-3);
        Magnitudes magnitudes = of(values);
        assertThat(magnitudes.sampled()).isEqualTo(15_874);
        // Three standard errors of the rank, on either side.
        for (int rank = 0; rank < 4; rank++) {
            double p = Magnitudes.RANKS.get(rank);
            double error = 3 * Math.sqrt(p * (1 - p) / magnitudes.sampled());
            double found = magnitudes.quantile(rank);
            double below = 0;
            for (float value : values) {
                below += Math.abs(value) <= found ? 1 : 0;
            }
            assertThat(below / values.length).isBetween(p - error, p + error);
        }
    }

    @Test
    void tensorsCountByTheirSize() {
        float[] large = TestModels.normal(3, 200_000, 1e-3);
        float[] small = TestModels.normal(4, 20_000, 1e-1);
        Magnitudes first = of(large);
        first.add(of(small));
        Magnitudes second = of(small);
        second.add(of(large));
        second.add(new MagnitudeSample(0, 1, 0, 0).magnitudes());
        float[] sorted = new float[220_000];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = Math.abs(i < large.length ? large[i] : small[i - large.length]);
        }
        Arrays.sort(sorted);
        for (int rank = 0; rank < 4; rank++) {
            double exact = sorted[(int) (Magnitudes.RANKS.get(rank) * sorted.length)];
            assertThat(first.quantile(rank)).isCloseTo(exact, Percentage.withPercentage(rank == 1 ? 12 : 5));
            assertThat(first.quantile(rank)).isEqualTo(second.quantile(rank));
        }
        assertThat(first.largest()).isEqualTo(sorted[sorted.length - 1]);
    }

    @Test
    void sumsOfOneTensorKeepItsQuantiles() {
        Magnitudes sum = new Magnitudes();
        sum.add(of(0.1f, 0.2f, 0.3f));
        assertThat(sum.quantile(0)).isEqualTo(0.2f);
        Magnitudes zeros = of(0, 0, 0);
        zeros.add(of(0, 0, 7));
        assertThat(zeros.quantile(0)).isZero();
        assertThat(zeros.quantile(3)).isEqualTo(7);
    }

    @Test
    void rangesOfATensorGiveItsSample() {
        float[] values = TestModels.normal(5, 100_000, 1e-3);
        MagnitudeSample first = range(values, 0, 40_001);
        first.add(range(values, 40_001, 100_000));
        for (int rank = 0; rank < 4; rank++) {
            assertThat(first.magnitudes().quantile(rank)).isEqualTo(of(values).quantile(rank));
        }
        assertThat(first.magnitudes().sampled()).isEqualTo(of(values).sampled());
        assertThat(first.magnitudes().largest()).isEqualTo(of(values).largest());
    }

    private static MagnitudeSample range(float[] values, int from, int to) {
        MagnitudeSample sample = new MagnitudeSample(values.length, 1, from, to);
        add(sample, Arrays.copyOfRange(values, from, to), to - from);
        return sample;
    }

    private static void add(MagnitudeSample sample, float[] values, int count) {
        sample.add(values, count, Largest.magnitude(values, count));
    }

    private static Magnitudes of(float... values) {
        MagnitudeSample sample = new MagnitudeSample(values.length, 1, 0, values.length);
        for (int start = 0; start < values.length; start += 32_768) {
            int count = Math.min(32_768, values.length - start);
            add(sample, Arrays.copyOfRange(values, start, start + count), count);
        }
        return sample.magnitudes();
    }
}
