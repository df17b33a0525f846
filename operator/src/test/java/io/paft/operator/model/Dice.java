package io.paft.operator.model;

import java.util.List;

/** The choices inside one step: the same seed gives the same choices, whatever other steps did. */
final class Dice {

    private long state;

    Dice(long seed) {
        this.state = seed;
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return (int) Long.remainderUnsigned(next(), bound);
    }

    /** Whether one throw in {@code n} comes up. */
    boolean oneIn(int n) {
        return below(n) == 0;
    }

    <T> T any(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** SplitMix64. */
    long next() {
        state += 0x9E3779B97F4A7C15L;
        long mixed = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
