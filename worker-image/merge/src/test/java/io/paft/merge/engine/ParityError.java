package io.paft.merge.engine;

import java.util.Locale;

/** Errors of a float32 merge against the same merge in float64, over the elements that are at no threshold. */
final class ParityError {
    private long elements;
    private long rounded;
    private double sum;
    private double worst;

    void add(float[] merged, double[] exact, TensorPlan plan) {
        boolean[] arbitrary = ParityElements.atThreshold(plan);
        float[] largest = ParityElements.largest(plan);
        for (int i = 0; i < arbitrary.length; i++) {
            if (!arbitrary[i]) {
                double error = Math.abs(merged[i] - exact[i]);
                elements++;
                rounded += merged[i] == (float) exact[i] ? 1 : 0;
                sum += error;
                worst = Math.max(worst, error / Math.ulp(largest[i]));
            }
        }
    }

    long elements() {
        return elements;
    }

    /** Elements that are the float32 number nearest to the exact one. */
    long rounded() {
        return rounded;
    }

    double sum() {
        return sum;
    }

    /** In units in the last place of the largest of the numbers that the element was made of. */
    double worst() {
        return worst;
    }

    String text() {
        return String.format(
                Locale.ROOT,
                "%.1f %% nearest, mean error %.2e, at most %.2f units of the largest input",
                100.0 * rounded / elements,
                sum / elements,
                worst);
    }
}
