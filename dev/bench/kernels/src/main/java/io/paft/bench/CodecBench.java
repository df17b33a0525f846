package io.paft.bench;

import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.safetensors.Dtype;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From the bytes of a file to float32 and back; the bytes have no alignment, as in many files. */
public class CodecBench {
    /** Bytes outside the heap, as those of a mapped file. */
    @State(Scope.Benchmark)
    public static class Encoded {
        private static final int ODD = 3;

        MemorySegment bf16 = MemorySegment.NULL;
        MemorySegment f16 = MemorySegment.NULL;
        MemorySegment written = MemorySegment.NULL;

        /** Encodes the base. */
        @Setup(Level.Trial)
        public void encode(Deltas deltas) {
            bf16 = room(deltas.elements);
            f16 = room(deltas.elements);
            written = room(deltas.elements);
            FloatCodec.encode(deltas.base, deltas.elements, Dtype.BF16, bf16);
            FloatCodec.encode(deltas.base, deltas.elements, Dtype.F16, f16);
        }

        private static MemorySegment room(int elements) {
            return Arena.ofAuto().allocate(2L * elements + ODD).asSlice(ODD);
        }
    }

    /** bf16 to float32. */
    @Benchmark
    public float[] decodeBf16(Deltas deltas, Encoded encoded) {
        FloatCodec.decode(encoded.bf16, Dtype.BF16, 0, deltas.elements, deltas.target);
        return deltas.target;
    }

    /** f16 to float32; has no twin. */
    @Benchmark
    public float[] decodeF16(Deltas deltas, Encoded encoded) {
        FloatCodec.decode(encoded.f16, Dtype.F16, 0, deltas.elements, deltas.target);
        return deltas.target;
    }

    /** float32 to bf16. */
    @Benchmark
    public boolean encodeBf16(Deltas deltas, Encoded encoded) {
        return FloatCodec.encode(deltas.base, deltas.elements, Dtype.BF16, encoded.written);
    }

    /** float32 to f16; has no twin. */
    @Benchmark
    public boolean encodeF16(Deltas deltas, Encoded encoded) {
        return FloatCodec.encode(deltas.base, deltas.elements, Dtype.F16, encoded.written);
    }
}
