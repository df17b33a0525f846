package io.paft.merge.kernel;

import io.paft.merge.safetensors.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Between the bytes of a tensor, little-endian and of any alignment, and float32 arrays. */
public final class FloatCodec {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BF16_EXPONENT = 0x7f80;
    private static final int F16_EXPONENT = 0x7c00;
    private static final int QUIET_BIT = 0x40;

    private FloatCodec() {}

    /**
     * Reads elements as float32: exact for bf16, f16 and f32; f64 is rounded to nearest even.
     *
     * @param source the whole tensor
     * @param start index of the first element
     * @param count number of elements
     * @param target gets them at 0 to count - 1
     */
    public static void decode(MemorySegment source, Dtype dtype, long start, int count, float[] target) {
        MemorySegment slice = slice(source, dtype, start, count);
        switch (dtype) {
            case BF16 -> {
                if (Simd.isUsed()) {
                    VectorElements.decodeBf16(slice, count, target);
                } else {
                    decodeBf16(slice, 0, count, target);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = Float.float16ToFloat(slice.get(SHORT, 2L * i));
                }
            }
            case F32 -> MemorySegment.copy(slice, FLOAT, 0, target, 0, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = (float) slice.get(DOUBLE, 8L * i);
                }
            }
            default -> throw new IllegalArgumentException("no arithmetic on " + dtype);
        }
    }

    /** The same, and subtracts elements 0 to count - 1 of others from them. */
    public static void decodeMinus(
            MemorySegment source, Dtype dtype, long start, int count, float[] others, float[] target) {
        if (dtype == Dtype.BF16 && Simd.isUsed()) {
            VectorElements.decodeBf16Minus(slice(source, dtype, start, count), count, others, target);
        } else {
            decode(source, dtype, start, count, target);
            Combine.subtract(target, others, count, target);
        }
    }

    /** Reads elements, and beside them what is left when elements 0 to count - 1 of others are subtracted. */
    public static void decodeBoth(
            MemorySegment source,
            Dtype dtype,
            long start,
            int count,
            float[] others,
            float[] target,
            float[] differences) {
        if (dtype == Dtype.BF16 && Simd.isUsed()) {
            VectorElements.decodeBf16Both(slice(source, dtype, start, count), count, others, target, differences);
        } else {
            decode(source, dtype, start, count, target);
            Combine.subtract(target, others, count, differences);
        }
    }

    /**
     * Writes elements, rounded to nearest even where the type is narrower.
     *
     * @param source elements 0 to count - 1
     * @param target gets the bytes from its start
     * @return false when one of the written elements is infinite or not a number
     */
    public static boolean encode(float[] source, int count, Dtype dtype, MemorySegment target) {
        boolean finite = true;
        switch (dtype) {
            case BF16 ->
                finite = Simd.isUsed()
                        ? VectorElements.encodeBf16(source, count, target)
                        : encodeBf16(source, 0, count, target);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    short rounded = Float.floatToFloat16(source[i]);
                    finite &= (rounded & F16_EXPONENT) != F16_EXPONENT;
                    target.set(SHORT, 2L * i, rounded);
                }
            }
            case F32 -> {
                finite = isFinite(source, count);
                MemorySegment.copy(source, 0, target, FLOAT, 0, count);
            }
            case F64 -> {
                finite = isFinite(source, count);
                for (int i = 0; i < count; i++) {
                    target.set(DOUBLE, 8L * i, source[i]);
                }
            }
            default -> throw new IllegalArgumentException("no arithmetic on " + dtype);
        }
        return finite;
    }

    /** The reference: elements {@code from} to {@code count - 1}. */
    static void decodeBf16(MemorySegment source, int from, int count, float[] target) {
        for (int i = from; i < count; i++) {
            target[i] = Float.intBitsToFloat(source.get(SHORT, 2L * i) << 16);
        }
    }

    /** The reference: elements {@code from} to {@code count - 1}; false when one is not finite. */
    static boolean encodeBf16(float[] source, int from, int count, MemorySegment target) {
        boolean finite = true;
        for (int i = from; i < count; i++) {
            short rounded = bf16(source[i]);
            finite &= (rounded & BF16_EXPONENT) != BF16_EXPONENT;
            target.set(SHORT, 2L * i, rounded);
        }
        return finite;
    }

    /** The bits of the nearest bf16, ties to even; a NaN stays a NaN. */
    public static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // Adding the rounding constant to a NaN could carry into infinity or wrap to zero.
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return (short) ((bits >>> 16) | QUIET_BIT);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static MemorySegment slice(MemorySegment source, Dtype dtype, long start, int count) {
        return source.asSlice(start * dtype.bytes(), (long) count * dtype.bytes(), 1);
    }

    private static boolean isFinite(float[] values, int count) {
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            finite &= Math.abs(values[i]) <= Float.MAX_VALUE;
        }
        return finite;
    }
}
