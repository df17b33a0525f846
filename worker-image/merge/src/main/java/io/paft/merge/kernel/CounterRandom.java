package io.paft.merge.kernel;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers that depend on nothing but a key and an index: any part of a tensor can be drawn on any thread, in any
 * order, on any machine, with the same result. The key is a hash of seed, model and tensor (FNV-1a of the UTF-8 bytes,
 * mixed); the number is the finaliser of SplitMix64 over the key plus the index times its odd constant.
 */
public final class CounterRandom {
    private static final long STEP = 0x9e3779b97f4a7c15L;
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final double UNIT = 0x1p-53;
    private static final double STEPS = 0x1p53;

    private CounterRandom() {}

    /** The key of one tensor of one model. */
    public static long key(long seed, String model, String tensor) {
        return mix(mix(mix(seed + STEP) ^ hash(model)) ^ hash(tensor));
    }

    /** A number from 0 to below 1, in steps of 2^-53. */
    public static double uniform(long key, long index) {
        return bits(key, index) * UNIT;
    }

    /** The same number in units of its steps: a whole number below 2^53. */
    static long bits(long key, long index) {
        return mix(key + (index + 1) * STEP) >>> 11;
    }

    /** The numbers of as many indices as there is room for, from {@code start} on. */
    static void fill(long key, long start, long[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] = bits(key, start + i);
        }
    }

    /** The limit in those units: a number is below a probability exactly where its bits are below this. */
    static long limit(double probability) {
        // By a power of two: as exact as the division, which takes longer.
        return (long) Math.ceil(probability * STEPS);
    }

    /**
     * Sets to zero each of the elements 0 to count - 1 with probability 1 - p.
     *
     * @param start index in the tensor of element 0
     * @return how many were kept
     */
    public static int keep(float[] values, int count, long key, long start, double p) {
        long limit = limit(p);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            // All ones for what is kept: a branch that nobody can predict costs more than the number.
            int mask = (int) ((bits(key, start + i) - limit) >> 63);
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & mask);
            kept -= mask;
        }
        return kept;
    }

    private static long hash(String text) {
        long hash = FNV_OFFSET;
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
        }
        return hash;
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
