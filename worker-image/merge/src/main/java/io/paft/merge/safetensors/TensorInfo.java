package io.paft.merge.safetensors;

/**
 * One tensor of a safetensors file.
 *
 * @param name as in the header
 * @param dtype element type
 * @param shape dimensions
 * @param begin first byte, relative to the start of the data
 * @param end byte after the last one, relative to the start of the data
 */
public record TensorInfo(String name, Dtype dtype, Shape shape, long begin, long end) {
    /** Size of the data in bytes. */
    public long bytes() {
        return end - begin;
    }
}
