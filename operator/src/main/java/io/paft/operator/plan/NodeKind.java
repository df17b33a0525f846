package io.paft.operator.plan;

import java.util.Locale;

/** What a stage does; the {@code kind} of the stage contract. */
public enum NodeKind {
    FETCH,
    SFT,
    PREFERENCE,
    MERGE,
    EVALUATE,
    REPORT;

    /** The word of the stage contract, which is also the first part of an output's path. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
