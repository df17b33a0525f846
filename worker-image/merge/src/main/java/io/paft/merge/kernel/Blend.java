package io.paft.merge.kernel;

/**
 * Methods whose result is a sum of the inputs with one factor each, where the factors depend on lengths and angles of whole
 * tensors. A Gram matrix holds all of these: entry (i, j) is the dot product of inputs i and j, in float64. Factors and
 * sums are float64 as well and are rounded once, so that a model blended with itself is itself.
 */
public final class Blend {
    private static final double SLERP_SMALLEST_NORM = 1e-8;
    private static final double SLERP_LARGEST_COSINE = 0.9995;
    private static final double NUSLERP_SMALLEST_NORM = 1e-7;
    /** Wide enough for the rounding of a cosine in float64: the arc between opposite vectors has no direction. */
    private static final double NUSLERP_SMALLEST_SINE = 1e-6;

    private static final double NUSLERP_SMALLEST_SUM = 1e-6;
    private static final double STOCK_SMALLEST = 1e-6;

    private Blend() {}

    /** Adds the dot products of elements 0 to count - 1 to a Gram matrix. */
    public static void addProducts(float[][] inputs, int count, double[][] gram) {
        for (int i = 0; i < gram.length; i++) {
            for (int j = 0; j <= i; j++) {
                gram[i][j] += Measure.dot(inputs[i], inputs[j], count);
                gram[j][i] = gram[i][j];
            }
        }
    }

    /** The sum of factor times input, on a base where there is one. */
    public static void combine(
            float[] base, boolean onBase, float[][] inputs, double[] factors, int count, float[] target) {
        for (int i = 0; i < count; i++) {
            double sum = onBase ? base[i] : 0;
            for (int input = 0; input < factors.length; input++) {
                sum += factors[input] * inputs[input][i];
            }
            target[i] = (float) sum;
        }
    }

    /** Along the arc from input 0 to input 1; along the line where the angle is too near to 0 or 180 degrees. */
    public static double[] slerp(double[][] gram, double t) {
        double first = Math.sqrt(gram[0][0]);
        double second = Math.sqrt(gram[1][1]);
        double cosine = clamp(
                gram[0][1] / ((first > SLERP_SMALLEST_NORM ? first : 1) * (second > SLERP_SMALLEST_NORM ? second : 1)));
        return Math.abs(cosine) > SLERP_LARGEST_COSINE ? line(t) : arc(cosine, t);
    }

    /** The same with t = w1 / (w0 + w1), and a line only where the arc has no direction. */
    public static double[] nuslerp(double[][] gram, float[] weights) {
        double total = (double) weights[0] + weights[1];
        double t = Math.abs(total) < NUSLERP_SMALLEST_SUM ? 0.5 : weights[1] / total;
        double cosine = clamp(gram[0][1]
                / (Math.max(Math.sqrt(gram[0][0]), NUSLERP_SMALLEST_NORM)
                        * Math.max(Math.sqrt(gram[1][1]), NUSLERP_SMALLEST_NORM)));
        return 1 - cosine * cosine <= NUSLERP_SMALLEST_SINE * NUSLERP_SMALLEST_SINE ? line(t) : arc(cosine, t);
    }

    /**
     * The direction of the weighted mean of the unit vectors, at the weighted mean of the lengths. The steps in the tangent
     * space that mergekit takes from that direction sum to zero, whatever the weights.
     *
     * @return empty when more than two inputs cancel, so that there is no direction; inputs that are all zero need none
     */
    public static double[] multislerp(double[][] gram, float[] weights, boolean normalize, double eps) {
        int inputs = gram.length;
        double sum = normalize ? sum(weights) : 1;
        double[] units = new double[inputs];
        double length = 0;
        for (int i = 0; i < inputs; i++) {
            double norm = Math.sqrt(gram[i][i]);
            units[i] = weights[i] / sum / (norm + eps);
            length += weights[i] / sum * norm;
        }
        double square = 0;
        for (int i = 0; i < inputs; i++) {
            for (int j = 0; j < inputs; j++) {
                square += units[i] * units[j] * gram[i][j];
            }
        }
        double mean = Math.sqrt(Math.max(0, square));
        double[] factors = new double[inputs];
        for (int i = 0; i < inputs; i++) {
            factors[i] = mean < eps ? weights[i] / sum : length / mean * units[i];
        }
        return mean < eps && inputs > 2 && !isZero(gram) ? new double[0] : factors;
    }

    private static boolean isZero(double[][] gram) {
        for (int i = 0; i < gram.length; i++) {
            if (gram[i][i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Model Stock: t / N for each delta, t from the mean cosine between them; 0 where t has no value. */
    public static double[] modelStock(double[][] gram) {
        int inputs = gram.length;
        double cosines = 0;
        for (int i = 0; i < inputs; i++) {
            for (int j = 0; j < i; j++) {
                double norms = Math.sqrt(gram[i][i]) * Math.sqrt(gram[j][j]);
                cosines += clamp(gram[i][j] / Math.max(norms, STOCK_SMALLEST));
            }
        }
        double cosine = cosines / (inputs * (inputs - 1) / 2.0);
        double denominator = 1 + (inputs - 1) * cosine;
        double[] factors = new double[inputs];
        java.util.Arrays.fill(factors, Math.abs(denominator) < STOCK_SMALLEST ? 0 : cosine / denominator);
        return factors;
    }

    private static double[] line(double t) {
        return new double[] {1 - t, t};
    }

    private static double[] arc(double cosine, double t) {
        double angle = Math.acos(cosine);
        double sine = Math.sin(angle);
        return new double[] {Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine};
    }

    private static double sum(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        return sum;
    }

    private static double clamp(double cosine) {
        return Math.max(-1, Math.min(1, cosine));
    }
}
