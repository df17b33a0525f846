package io.paft.operator.plan;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The exit codes of the stage contract that decide whether another attempt can help. */
public final class ExitCodes {

    /** Bad data, or a bad model. */
    public static final int BAD_DATA = 65;

    /** Bad configuration. */
    public static final int BAD_CONFIGURATION = 78;

    /** Another attempt would end the same way. */
    public static final Set<Integer> HOPELESS = Set.of(BAD_DATA, BAD_CONFIGURATION);

    /** Something that may be better next time, such as a full disk. */
    public static final int TEMPORARY = 75;

    private ExitCodes() {}

    /** Whether the stage ended itself, and knew why: no signal makes it say that. */
    static boolean ownWords(@Nullable Integer code) {
        return hopeless(code) || (code != null && code == TEMPORARY);
    }

    static boolean hopeless(@Nullable Integer code) {
        return code != null && HOPELESS.contains(code);
    }
}
