package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ShortlistTest {
    private static final int LOW = Float.floatToRawIntBits(1e-3f);

    private final Shortlist list = new Shortlist();

    @RepeatedTest(40)
    void givesBackWhatIsLargeAndZeroForTheRest(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = 1 + random.nextInt(2000);
        float[] delta = TestModels.normal(round.getCurrentRepetition(), count, 1e-3);
        delta[random.nextInt(count)] = 1e-3f;
        delta[random.nextInt(count)] = -1e-3f;
        delta[random.nextInt(count)] = Math.nextDown(1e-3f);
        delta[random.nextInt(count)] = Float.NaN;
        float[] expected = delta.clone();
        int large = 0;
        for (int i = 0; i < count; i++) {
            boolean isLarge = (Float.floatToRawIntBits(delta[i]) & 0x7fffffff) >= LOW;
            expected[i] = isLarge ? delta[i] : 0f;
            large += isLarge ? 1 : 0;
        }
        // A list is used again: nothing of the one before may be left.
        list.begin(0, 3000, 3000);
        list.add(TestModels.normal(7, 3000, 1), 2944);
        list.begin(LOW, count, large);
        int tile = 64 * (1 + random.nextInt(9));
        int listed = 0;
        for (int start = 0; start < count; start += tile) {
            int here = Math.min(tile, count - start);
            listed += list.add(Arrays.copyOfRange(delta, start, start + here), here);
        }
        assertThat(listed).isEqualTo(large);
        for (int pass = 0; pass < 2; pass++) {
            list.rewind();
            float[] found = new float[count];
            for (int start = 0; start < count; start += tile) {
                int here = Math.min(tile, count - start);
                float[] target = new float[here];
                Arrays.fill(target, 5f);
                list.next(target, here);
                System.arraycopy(target, 0, found, start, here);
            }
            assertThat(found).isEqualTo(expected);
        }
    }

    @Test
    void isFullWithOneMoreThanItsLimit() {
        float[] delta = TestModels.normal(1, 640, 1);
        int large = 0;
        for (float value : delta) {
            large += Math.abs(value) >= 1e-3f ? 1 : 0;
        }
        list.begin(LOW, 640, large);
        assertThat(list.add(delta, 640)).isEqualTo(large);
        list.begin(LOW, 640, large - 1);
        assertThat(list.add(delta, 640)).isNegative();
    }

    @Test
    void countsTheLastInAWindow() {
        float[] delta = TestModels.normal(2, 1000, 1e-3);
        Window of = new Window(LOW, 1 << 16);
        Window all = of.another();
        all.count(delta, 1000);
        list.begin(LOW, 1000, 1000);
        list.countLast(list.add(Arrays.copyOf(delta, 640), 640), of);
        list.countLast(list.add(Arrays.copyOfRange(delta, 640, 1000), 360), of);
        Threshold edge = new Threshold(LOW + 77, 0);
        assertThat(of.above(edge)).isEqualTo(all.above(edge)).isPositive();
        assertThat(of.equal(edge)).isEqualTo(all.equal(edge));
    }
}
