package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.safetensors.Dtype;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FloatCodecTest {
    @Test
    void everyBf16SurvivesTheRoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Float.intBitsToFloat(bits << 16);
            short back = FloatCodec.bf16(value);
            if (Float.isNaN(value)) {
                assertThat(Float.intBitsToFloat(back << 16)).isNaN();
            } else {
                assertThat(back).isEqualTo((short) bits);
            }
        }
    }

    @Test
    void bf16RoundsToNearestEven() {
        assertThat(FloatCodec.bf16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(FloatCodec.bf16(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(FloatCodec.bf16(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
        assertThat(FloatCodec.bf16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
    }

    @Test
    void noNanTurnsIntoInfinityOrZero() {
        for (int bits : new int[] {0x7f800001, 0x7fffffff, 0xff800001, 0xffffffff, 0x7fc00000}) {
            assertThat(Float.intBitsToFloat(FloatCodec.bf16(Float.intBitsToFloat(bits)) << 16))
                    .isNaN();
        }
    }

    @Test
    void readsAndWritesEveryTypeUnaligned() {
        float[] values = {0f, -0f, 1.5f, -2f, 65504f, 1e-3f};
        for (Dtype dtype : new Dtype[] {Dtype.F16, Dtype.BF16, Dtype.F32, Dtype.F64}) {
            MemorySegment odd = MemorySegment.ofArray(new byte[64]).asSlice(3, (long) values.length * dtype.bytes());
            assertThat(FloatCodec.encode(values, values.length, dtype, odd)).isTrue();
            float[] back = new float[values.length];
            FloatCodec.decode(odd, dtype, 0, values.length, back);
            assertThat(back[2]).isEqualTo(1.5f);
            assertThat(Float.floatToRawIntBits(back[1])).isEqualTo(0x80000000);
            float[] tail = new float[2];
            FloatCodec.decode(odd, dtype, 4, 2, tail);
            assertThat(tail[0]).isCloseTo(65504f, org.assertj.core.data.Percentage.withPercentage(0.5));
        }
    }

    @Test
    void tellsWhatDoesNotFit() {
        MemorySegment target = MemorySegment.ofArray(new byte[8]);
        assertThat(FloatCodec.encode(new float[] {65519f}, 1, Dtype.F16, target))
                .isTrue();
        assertThat(FloatCodec.encode(new float[] {65520f}, 1, Dtype.F16, target))
                .isFalse();
        assertThat(FloatCodec.encode(new float[] {Float.MAX_VALUE}, 1, Dtype.BF16, target))
                .isFalse();
        assertThat(FloatCodec.encode(new float[] {Float.NaN}, 1, Dtype.F32, target))
                .isFalse();
    }
}
