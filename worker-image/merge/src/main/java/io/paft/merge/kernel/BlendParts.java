package io.paft.merge.kernel;

/**
 * {@link Blend} for vectors that are parts of a tensor: its rows (along the last dimension) or its columns (along the first).
 * For one tensor; it holds the dot products of every part and then the factors that are made of them, all in float64.
 */
public final class BlendParts {
    private final int inputs;
    private final int pairs;
    private final long length;
    private final boolean rows;
    private final double[] products;
    private final double[] factors;
    private final float[][] piece;

    /** From the Gram matrix of one part to the factors of the inputs. */
    @FunctionalInterface
    public interface Rule {
        double[] factors(double[][] gram);
    }

    /**
     * For one tensor.
     *
     * @param inputs number of vectors that are blended
     * @param parts number of rows, or of columns
     * @param length elements from one row to the next; of columns the same, which is their number
     * @param rows rows; else columns
     * @param tile the most elements given at once
     */
    public BlendParts(int inputs, int parts, long length, boolean rows, int tile) {
        this.inputs = inputs;
        this.pairs = inputs * (inputs + 1) / 2;
        this.length = length;
        this.rows = rows;
        this.products = new double[parts * pairs];
        this.factors = new double[parts * inputs];
        this.piece = new float[inputs][rows ? tile : 0];
    }

    /** Bytes that one takes. */
    public static long bytes(int inputs, long parts, int tile) {
        return parts * (inputs * (inputs + 1L) / 2 + inputs) * Double.BYTES + (long) inputs * tile * Float.BYTES;
    }

    /** Adds the dot products of elements {@code start} to {@code start + count - 1} of the tensor, which the arrays have from 0 on. */
    public void add(float[][] vectors, long start, int count) {
        if (!rows) {
            addColumns(vectors, start, count);
            return;
        }
        for (int at = 0; at < count; ) {
            int part = Math.toIntExact((start + at) / length);
            int run = (int) Math.min(count - at, (part + 1) * length - start - at);
            for (int input = 0; input < inputs; input++) {
                System.arraycopy(vectors[input], at, piece[input], 0, run);
            }
            int pair = part * pairs;
            for (int i = 0; i < inputs; i++) {
                for (int j = 0; j <= i; j++) {
                    products[pair++] += Measure.dot(piece[i], piece[j], run);
                }
            }
            at += run;
        }
    }

    private void addColumns(float[][] vectors, long start, int count) {
        int part = (int) (start % length);
        for (int at = 0; at < count; at++) {
            int pair = part * pairs;
            for (int i = 0; i < inputs; i++) {
                for (int j = 0; j <= i; j++) {
                    products[pair++] += (double) vectors[i][at] * vectors[j][at];
                }
            }
            part = part + 1 == length ? 0 : part + 1;
        }
    }

    /** Once all elements are added: makes the factors of every part. */
    public void choose(Rule rule) {
        double[][] gram = new double[inputs][inputs];
        for (int part = 0; part * pairs < products.length; part++) {
            int pair = part * pairs;
            for (int i = 0; i < inputs; i++) {
                for (int j = 0; j <= i; j++) {
                    gram[i][j] = products[pair];
                    gram[j][i] = products[pair];
                    pair++;
                }
            }
            System.arraycopy(rule.factors(gram), 0, factors, part * inputs, inputs);
        }
    }

    /** The sum of factor times vector, on a base where there is one, for elements as in {@link #add}. */
    public void combine(float[] base, boolean onBase, float[][] vectors, long start, int count, float[] target) {
        int part = Math.toIntExact(rows ? start / length : start % length);
        long left = rows ? (part + 1) * length - start : 1;
        for (int at = 0; at < count; at++) {
            double sum = onBase ? base[at] : 0;
            for (int input = 0; input < inputs; input++) {
                sum += factors[part * inputs + input] * vectors[input][at];
            }
            target[at] = (float) sum;
            if (--left == 0) {
                part = rows || part + 1 < length ? part + 1 : 0;
                left = rows ? length : 1;
            }
        }
    }
}
