package io.paft.merge.checkpoint;

import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.lora.LoraDelta;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.lang.foreign.MemorySegment;

/** The weights of one tensor of a model: as they are stored, or stored ones with an adapter's delta on them. */
public sealed interface Weights {
    /** Dimensions. */
    Shape shape();

    /** The type in which they are stored; of the stored part when there is an adapter. */
    Dtype dtype();

    /**
     * Weights in a file.
     *
     * @param origin the file and the tensor in it, which tell it from every other tensor of a merge
     * @param data the mapped bytes, row-major, little-endian, of any alignment
     * @param dtype element type
     * @param shape dimensions
     */
    record Stored(String origin, MemorySegment data, Dtype dtype, Shape shape) implements Weights {
        /** Reads elements as float32. */
        public void read(long start, int count, float[] target) {
            FloatCodec.decode(data, dtype, start, count, target);
        }

        /** Reads elements as float32, and subtracts others from them. */
        public void readMinus(long start, int count, float[] others, float[] target) {
            FloatCodec.decodeMinus(data, dtype, start, count, others, target);
        }

        /** Both, each into an array. */
        public void readBoth(long start, int count, float[] others, float[] target, float[] differences) {
            FloatCodec.decodeBoth(data, dtype, start, count, others, target, differences);
        }
    }

    /**
     * Stored weights plus a LoRA delta, added in float32.
     *
     * @param stored what the adapter was trained on
     * @param delta of the same shape
     */
    record Adapted(Stored stored, LoraDelta delta) implements Weights {
        @Override
        public Shape shape() {
            return stored.shape();
        }

        @Override
        public Dtype dtype() {
            return stored.dtype();
        }
    }
}
