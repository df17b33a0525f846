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

    private ExitCodes() {}

    static boolean hopeless(@Nullable Integer code) {
        return code != null && HOPELESS.contains(code);
    }
}
