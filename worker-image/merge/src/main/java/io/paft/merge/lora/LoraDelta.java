package io.paft.merge.lora;

import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.kernel.LowRank;

/**
 * What a LoRA adapter adds to one tensor: scale * B A, or its transpose. Formed in float32, a tile at a time.
 *
 * @param a (r, in)
 * @param b (out, r)
 * @param scale alpha / r, or alpha / sqrt(r) for rank-stabilised LoRA
 * @param transposed the weight is stored as (in, out): embeddings, and layers with fan_in_fan_out
 */
public record LoraDelta(Stored a, Stored b, float scale, boolean transposed) {
    /** The rank r. */
    public int rank() {
        return Math.toIntExact(a.shape().size(0));
    }

    /** Columns of the weight. */
    public int columns() {
        return Math.toIntExact(transposed ? b.shape().size(0) : a.shape().size(1));
    }

    /** Bytes on the heap that {@link #load} takes. */
    public long heapBytes() {
        return (a.shape().elements() + b.shape().elements()) * Float.BYTES;
    }

    /** Bytes on the heap that every reader of what was loaded takes. */
    public long panelBytes() {
        return (long) LoraPanel.length(columns()) * Float.BYTES;
    }

    /** Reads the factors, turned so that the delta is left times right, row-major. */
    public LoraFactors load() {
        float[] first = floats(a);
        float[] second = floats(b);
        return transposed
                ? factors(transpose(first, rank()), LowRank.blocks(second, rank(), columns(), true))
                : factors(second, LowRank.blocks(first, rank(), columns(), false));
    }

    private LoraFactors factors(float[] left, float[] blocks) {
        return new LoraFactors(left, blocks, rank(), columns(), scale);
    }

    private static float[] floats(Stored stored) {
        int count = Math.toIntExact(stored.shape().elements());
        float[] values = new float[count];
        stored.read(0, count, values);
        return values;
    }

    private static float[] transpose(float[] matrix, int rows) {
        int columns = matrix.length / rows;
        float[] turned = new float[matrix.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                turned[column * rows + row] = matrix[row * columns + column];
            }
        }
        return turned;
    }
}
