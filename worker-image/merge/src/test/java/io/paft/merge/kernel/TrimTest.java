package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrimTest {
    @Test
    void dropTakesWhatIsAboveAndTheFirstAtTheThreshold() {
        float[] values = {3f, -2f, 1f, 2f, -4f, 2f};
        assertThat(Trim.drop(values, 6, Float.floatToRawIntBits(2f), 2)).isZero();
        assertThat(values).containsExactly(0f, 0f, 1f, 0f, 0f, 2f);
        assertThat(Trim.drop(values, 6, Float.floatToRawIntBits(5f), 3)).isEqualTo(3);
        assertThat(values).containsExactly(0f, 0f, 1f, 0f, 0f, 2f);
    }
}
