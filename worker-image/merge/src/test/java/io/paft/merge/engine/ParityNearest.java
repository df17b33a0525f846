package io.paft.merge.engine;

import io.paft.merge.safetensors.Dtype;
import java.util.Locale;

/** Which of two merges in 16 bits is nearer to the same merge in float64, over the elements in which they differ. */
final class ParityNearest {
    private int differing;
    private int nearer;
    private int farther;
    private int fartherByMore;

    void add(float[] ours, float[] theirs, double[] exact, TensorPlan plan) {
        boolean[] arbitrary = ParityElements.atThreshold(plan);
        for (int i = 0; i < arbitrary.length; i++) {
            long units = arbitrary[i] ? 0 : ParityDistance.units(ours[i], theirs[i], plan.dtype());
            if (units > 0) {
                double mine = Math.abs(ours[i] - exact[i]);
                double other = Math.abs(theirs[i] - exact[i]);
                differing++;
                nearer += mine < other ? 1 : 0;
                farther += mine > other ? 1 : 0;
                fartherByMore += units > 1 && mine > other ? 1 : 0;
            }
        }
    }

    /** Elements more than one unit apart of which the other merge is the nearer one. */
    int fartherByMore() {
        return fartherByMore;
    }

    String text(Dtype dtype) {
        return String.format(
                Locale.ROOT,
                "%s: of %d that differ, ours is nearer to float64 in %d, mergekit in %d",
                dtype,
                differing,
                nearer,
                farther);
    }
}
