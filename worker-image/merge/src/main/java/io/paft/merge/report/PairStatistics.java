package io.paft.merge.report;

/** Sums over the elements of the deltas of two inputs, of one tensor or of a whole model. */
public final class PairStatistics {
    private final Signs before = new Signs();
    private final Signs after = new Signs();
    private double dot;
    private double firstSquares;
    private double secondSquares;
    private long elements;

    /** Counts elements 0 to count - 1, before sparsifying. */
    public void addBefore(float[] first, float[] second, int count) {
        double sum = 0;
        double a = 0;
        double b = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) first[i] * second[i];
            a += (double) first[i] * first[i];
            b += (double) second[i] * second[i];
        }
        dot += sum;
        firstSquares += a;
        secondSquares += b;
        elements += count;
        before.add(first, second, count);
    }

    /** Counts elements 0 to count - 1, after sparsifying. */
    public void addAfter(float[] first, float[] second, int count) {
        after.add(first, second, count);
    }

    /** Adds the sums of another tensor. */
    public void add(PairStatistics other) {
        dot += other.dot;
        firstSquares += other.firstSquares;
        secondSquares += other.secondSquares;
        elements += other.elements;
        before.add(other.before);
        after.add(other.after);
    }

    /** Cosine of the angle between the deltas; NaN when one of them is zero. */
    public double cosine() {
        return dot / Math.sqrt(firstSquares * secondSquares);
    }

    /** Of the elements that both deltas change, the share that they change in the same direction; NaN without any. */
    public double agreement(boolean afterSparsifying) {
        Signs signs = afterSparsifying ? after : before;
        return (double) signs.same / (signs.same + signs.opposite);
    }

    /** Of all elements, the share that the two change in opposite directions; NaN without elements. */
    public double conflict(boolean afterSparsifying) {
        return (double) (afterSparsifying ? after : before).opposite / elements;
    }

    private static final class Signs {
        private long same;
        private long opposite;

        void add(float[] first, float[] second, int count) {
            int equal = 0;
            int different = 0;
            for (int i = 0; i < count; i++) {
                int product = (int) Math.signum(first[i]) * (int) Math.signum(second[i]);
                equal += product > 0 ? 1 : 0;
                different += product < 0 ? 1 : 0;
            }
            same += equal;
            opposite += different;
        }

        void add(Signs other) {
            same += other.same;
            opposite += other.opposite;
        }
    }
}
