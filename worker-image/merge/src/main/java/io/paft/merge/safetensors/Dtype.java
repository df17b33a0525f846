package io.paft.merge.safetensors;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Element types of the format, in the order by which its official writer sorts (later ones come first in a file). */
public enum Dtype {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    F8_E4M3FNUZ(8),
    F8_E5M2FNUZ(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private final int bits;

    Dtype(int bits) {
        this.bits = bits;
    }

    /** Bits of one element; fewer than 8 for packed types. */
    public int bits() {
        return bits;
    }

    /** Bytes of one element of a type that the engine computes with. */
    public int bytes() {
        return bits / 8;
    }

    /** True for the types that the engine computes with; all others can only be passed through unchanged. */
    public boolean isArithmetic() {
        return this == F16 || this == BF16 || this == F32 || this == F64;
    }

    /** The name that PyTorch and config.json use for a type that the engine writes: {@code bfloat16} and so on. */
    public String torchName() {
        return switch (this) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            case F32 -> "float32";
            case F64 -> "float64";
            default -> name().toLowerCase(Locale.ROOT);
        };
    }

    /** The smallest type that holds the values of both, as PyTorch promotes: bf16 with f16 gives f32. */
    public Dtype promote(Dtype other) {
        if (this == other) {
            return this;
        }
        if (bits == 16 && other.bits == 16) {
            return F32;
        }
        return bits >= other.bits ? this : other;
    }

    /** The type of this name in a safetensors header. */
    public static Optional<Dtype> parse(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
