package io.paft.merge.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Kernels on elements with the Vector API. Each has a scalar twin that gives the same bits; the rest that fills no vector
 * is the twin's.
 */
final class VectorElements {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    /** Elements of a vector on the widest processor. */
    static final int WIDEST = 64;

    private static final long LANES = -1L >>> (Long.SIZE - FLOATS.length());
    /** The largest magnitude that bf16 does not round to infinity. */
    private static final int LARGEST_TO_BF16 = 0x7f7f7fff;

    private VectorElements() {}

    /**
     * Twin of {@link FloatCodec#decodeBf16}. The bytes go through the upper half of the target: a vector load from a mapped
     * file that became shorter would end the process, where a copy throws.
     */
    static void decodeBf16(MemorySegment source, int count, float[] target) {
        int whole = FLOATS.loopBound(count);
        int half = count / 2;
        MemorySegment.copy(source, 0, MemorySegment.ofArray(target), (long) half * Float.BYTES, 2L * count);
        // What is written for an element lies below all that is not read yet.
        for (int i = 0; i < whole; i += FLOATS.length()) {
            Lanes.widened(FloatVector.fromArray(Lanes.HALVES, target, half + i / 2))
                    .intoArray(target, i);
        }
        FloatCodec.decodeBf16(source, whole, count, target);
    }

    /** The same, and subtracts others. */
    static void decodeBf16Minus(MemorySegment source, int count, float[] others, float[] target) {
        int whole = FLOATS.loopBound(count);
        int half = count / 2;
        MemorySegment.copy(source, 0, MemorySegment.ofArray(target), (long) half * Float.BYTES, 2L * count);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            Lanes.widened(FloatVector.fromArray(Lanes.HALVES, target, half + i / 2))
                    .sub(FloatVector.fromArray(FLOATS, others, i))
                    .intoArray(target, i);
        }
        FloatCodec.decodeBf16(source, whole, count, target);
        for (int i = whole; i < count; i++) {
            target[i] -= others[i];
        }
    }

    /** Both, each into an array. */
    static void decodeBf16Both(MemorySegment source, int count, float[] others, float[] target, float[] differences) {
        int whole = FLOATS.loopBound(count);
        int half = count / 2;
        MemorySegment.copy(source, 0, MemorySegment.ofArray(target), (long) half * Float.BYTES, 2L * count);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector values = Lanes.widened(FloatVector.fromArray(Lanes.HALVES, target, half + i / 2));
            values.intoArray(target, i);
            values.sub(FloatVector.fromArray(FLOATS, others, i)).intoArray(differences, i);
        }
        FloatCodec.decodeBf16(source, whole, count, target);
        for (int i = whole; i < count; i++) {
            differences[i] = target[i] - others[i];
        }
    }

    /** Twin of {@link FloatCodec#encodeBf16}. */
    static boolean encodeBf16(float[] source, int count, MemorySegment target) {
        int whole = FLOATS.loopBound(count);
        VectorMask<Integer> infinite = INTS.maskAll(false);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector all = FloatVector.fromArray(FLOATS, source, i);
            infinite = Lanes.magnitudes(source, i)
                    .compare(VectorOperators.GT, LARGEST_TO_BF16)
                    .or(infinite);
            IntVector rounded = Lanes.rounded(all).lanewise(VectorOperators.LSHR, 16);
            ((ShortVector) rounded.convertShape(VectorOperators.I2S, SHORTS, 0))
                    .intoMemorySegment(target, 2L * i, ByteOrder.LITTLE_ENDIAN);
        }
        // A NaN needs the twin's guard, which costs too much for what never happens.
        return INTS.maskAll(false).or(infinite).anyTrue()
                ? FloatCodec.encodeBf16(source, 0, count, target)
                : FloatCodec.encodeBf16(source, whole, count, target);
    }

    /** Twin of {@link Trim#zeroBelow}. */
    static void zeroBelow(float[] values, int count, int smallest) {
        int whole = FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector all = FloatVector.fromArray(FLOATS, values, i);
            VectorMask<Float> below = all.reinterpretAsInts()
                    .and(Lanes.MAGNITUDE)
                    .compare(VectorOperators.LT, smallest)
                    .cast(FLOATS);
            all.blend(0f, below).intoArray(values, i);
        }
        Trim.zeroBelow(values, whole, count, smallest);
    }

    /** Twin of {@link Trim#countEqual}. */
    static int countEqual(float[] values, int count, int bits) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            IntVector magnitudes = Lanes.magnitudes(values, i);
            found += magnitudes.compare(VectorOperators.EQ, bits).trueCount();
        }
        return found + Trim.countEqual(values, whole, count, bits);
    }

    /** Twin of {@link TopK#countLow(float[], int, int, int, int, long[])}: few vectors have an element in the bin. */
    static void countLow(float[] values, int count, int bin, int lowBits, long[] low) {
        int whole = FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            IntVector magnitudes = Lanes.magnitudes(values, i);
            if (magnitudes
                    .lanewise(VectorOperators.LSHR, lowBits)
                    .compare(VectorOperators.EQ, bin)
                    .anyTrue()) {
                TopK.countLow(values, i, i + FLOATS.length(), bin, lowBits, low);
            }
        }
        TopK.countLow(values, whole, count, bin, lowBits, low);
    }

    /**
     * Twin of {@link Window#countWindow}.
     *
     * @param inside room for all distances in the window and a vector more
     */
    static int countWindow(float[] values, int from, int count, int low, int span, int[] counts, int[] inside) {
        int whole = FLOATS.loopBound(count);
        IntVector found = IntVector.zero(INTS);
        int filled = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            IntVector distance = Lanes.magnitudes(values, from + i).sub(low);
            VectorMask<Integer> above = distance.compare(VectorOperators.GE, span);
            found = IntVector.zero(INTS).add(1, above).add(found);
            VectorMask<Integer> within = distance.compare(VectorOperators.GE, 0).andNot(above);
            // Without a branch, which would be taken at random.
            distance.compress(within).intoArray(inside, filled);
            filled += within.trueCount();
        }
        for (int i = 0; i < filled; i++) {
            counts[inside[i]]++;
        }
        return Lanes.total(found) + Window.countWindow(values, from + whole, from + count, low, span, counts);
    }

    /** The largest multiple of a number of elements and of a vector that is at most count. */
    static int whole(int count, int of) {
        return count - count % Math.max(of, FLOATS.length());
    }

    /**
     * Twin of the reference in {@link Shortlist}: lists elements 0 to whole - 1.
     *
     * @param to where the first goes in the list, which has room for a vector more
     * @param places gets a bit for each element, from a word on
     * @return where the next goes
     */
    static int list(float[] values, int whole, int low, float[] listed, int to, long[] places, int word) {
        int filled = to;
        for (int first = 0; first < whole; first += Long.SIZE) {
            long bits = 0;
            for (int i = 0; i < Long.SIZE; i += FLOATS.length()) {
                VectorMask<Float> large = Lanes.magnitudes(values, first + i)
                        .compare(VectorOperators.GE, low)
                        .cast(FLOATS);
                FloatVector.fromArray(FLOATS, values, first + i).compress(large).intoArray(listed, filled);
                filled += large.trueCount();
                bits |= large.toLong() << i;
            }
            places[word + first / Long.SIZE] = bits;
        }
        return filled;
    }

    /**
     * Twin of the reference in {@link Shortlist}: takes elements 0 to whole - 1 from the list.
     *
     * @param from where the first is in the list
     * @return where the next is
     */
    static int unlist(float[] listed, int from, long[] places, int word, int whole, float[] target) {
        int taken = from;
        for (int first = 0; first < whole; first += Long.SIZE) {
            long bits = places[word + first / Long.SIZE];
            for (int i = 0; i < Long.SIZE; i += FLOATS.length()) {
                long here = bits >>> i & LANES;
                FloatVector.fromArray(FLOATS, listed, taken)
                        .expand(VectorMask.fromLong(FLOATS, here))
                        .intoArray(target, first + i);
                taken += Long.bitCount(here);
            }
        }
        return taken;
    }
}
