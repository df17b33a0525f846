package io.paft.merge.engine;

import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Trim;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The tensors of one model whose elements are ranked together, because they have the same model-wide rule: first the upper
 * bits of all magnitudes are counted, then the lower ones near the thresholds, then the elements of each tensor at them.
 */
final class ThresholdGroup {
    /** Bytes of its histograms. */
    static final long BYTES = 2 * TopK.BYTES;

    private final Sparsifier rule;
    private final List<Member> members = new ArrayList<>();
    private final TopK lower = new TopK();
    private final TopK upper = new TopK();
    private long elements;
    private Threshold keep = new Threshold(0, 0);
    private Threshold drop = new Threshold(0, 0);

    /**
     * What makes elements be ranked together.
     *
     * @param model its name
     * @param rule the same numbers
     */
    record Key(String model, Sparsifier rule) {}

    ThresholdGroup(Key key) {
        this.rule = key.rule();
    }

    /** One tensor. */
    final class Member {
        private final AtomicLong atKeep = new AtomicLong();
        private final AtomicLong atDrop = new AtomicLong();
        private long keepHere;
        private long dropHere;

        private Member() {}

        /** Number of passes that it needs. */
        int passes() {
            return !isRanked() ? 0 : rule instanceof Sparsifier.L1ToDensity ? 2 : 3;
        }

        /** Before a thread counts some of its elements. */
        void begin(Selectors selectors) {
            selectors.lower().reset();
            selectors.upper().reset();
            selectors.lower().follow(lower);
            selectors.upper().follow(upper);
        }

        /** Counts elements 0 to count - 1. */
        void count(int pass, float[] delta, int count, Selectors selectors) {
            switch (pass) {
                case 0 -> selectors.lower().countHigh(delta, count);
                case 1 -> {
                    selectors.lower().countLow(delta, count);
                    if (drops()) {
                        selectors.upper().countLow(delta, count);
                    }
                }
                default -> {
                    atKeep.addAndGet(Trim.countEqual(delta, count, keep.bits()));
                    if (drops()) {
                        atDrop.addAndGet(Trim.countEqual(delta, count, drop.bits()));
                    }
                }
            }
        }

        /** After them. */
        void end(int pass, Selectors selectors) {
            synchronized (ThresholdGroup.this) {
                if (pass < 2) {
                    lower.add(selectors.lower());
                    upper.add(pass == 0 ? selectors.lower() : selectors.upper());
                }
            }
        }

        /** After all passes: what to do to this tensor. */
        Sparsifier resolved() {
            if (!isRanked()) {
                return kept() == 0 ? new Sparsifier.Magnitude(0) : new Sparsifier.All();
            }
            if (rule instanceof Sparsifier.L1ToDensity) {
                return new Sparsifier.L1(Float.intBitsToFloat(keep.bits()));
            }
            return new Sparsifier.Cut(
                    new Threshold(keep.bits(), keepHere), drops() ? new Threshold(drop.bits(), dropHere) : null);
        }
    }

    /**
     * What one thread counts with for one input.
     *
     * @param lower near the threshold above which elements are kept
     * @param upper near the one above which they are dropped
     */
    record Selectors(TopK lower, TopK upper) {
        Selectors() {
            this(new TopK(), new TopK());
        }
    }

    /** Adds the next tensor, in the order of the output. */
    Member add(long count) {
        elements += count;
        Member member = new Member();
        members.add(member);
        return member;
    }

    /** After all tensors have been counted in a pass. */
    void counted(int pass) {
        if (!isRanked()) {
            return;
        }
        switch (pass) {
            case 0 -> {
                lower.chooseBin(rank());
                if (drops()) {
                    upper.chooseBin(ranks().dropped());
                }
            }
            case 1 -> {
                keep = lower.threshold();
                drop = drops() ? upper.threshold() : drop;
            }
            default -> share();
        }
    }

    /** Gives the elements at the thresholds to the first tensors. */
    private void share() {
        long keepLeft = keep.equalKept();
        long dropLeft = drop.equalKept();
        for (Member member : members) {
            member.keepHere = share(keepLeft, member.atKeep.get());
            member.dropHere = share(dropLeft, member.atDrop.get());
            keepLeft -= Math.min(keepLeft, member.atKeep.get());
            dropLeft -= Math.min(dropLeft, member.atDrop.get());
        }
    }

    /** Only one tensor takes some of those that it has; those before it take all, those after it none. */
    private static long share(long left, long here) {
        return left >= here ? Sparsifier.Cut.ALL : left;
    }

    private KeptRanks ranks() {
        return KeptRanks.of(rule, elements);
    }

    /** The rank of the lower threshold: the last kept; of the soft one the first that is not. */
    private long rank() {
        return rule instanceof Sparsifier.L1ToDensity ? ranks().last() + 1 : ranks().last();
    }

    private long kept() {
        return ranks().last() - ranks().dropped();
    }

    private boolean drops() {
        return ranks().dropped() > 0;
    }

    /** True when there is a choice to make: neither nothing nor everything is kept. */
    private boolean isRanked() {
        return rule instanceof Sparsifier.L1ToDensity ? ranks().last() < elements : kept() > 0;
    }
}
