package io.paft.merge.safetensors;

import java.util.List;

/**
 * The dimensions of a tensor, row-major; empty for a scalar.
 *
 * @param dimensions each zero or more
 */
public record Shape(List<Long> dimensions) {
    public Shape {
        dimensions = List.copyOf(dimensions);
    }

    /** A shape of these dimensions. */
    public static Shape of(long... dimensions) {
        return new Shape(java.util.Arrays.stream(dimensions).boxed().toList());
    }

    /**
     * The number of elements; 1 for a scalar.
     *
     * @throws ArithmeticException when it does not fit a long
     */
    public long elements() {
        if (dimensions.contains(0L)) {
            return 0;
        }
        long product = 1;
        for (long dimension : dimensions) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }

    /** The number of dimensions. */
    public int rank() {
        return dimensions.size();
    }

    /** The size of one dimension. */
    public long size(int dimension) {
        return dimensions.get(dimension);
    }

    @Override
    public String toString() {
        return dimensions.toString();
    }
}
