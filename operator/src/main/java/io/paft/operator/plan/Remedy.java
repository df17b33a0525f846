package io.paft.operator.plan;

import org.jspecify.annotations.Nullable;

/** What a person can do about a stage that has failed: the cheapest thing that helps comes first. */
final class Remedy {

    /** Longest that the text before a remedy may be, so that the status never cuts the remedy off. */
    private static final int ROOM = 700;

    private final String again;

    Remedy(String pipeline) {
        this.again = "`kubectl annotate paft " + pipeline + " paft.io/retry=$(date +%s) --overwrite`";
    }

    /** @param exitCode of the pod whose failure was the last */
    String of(Failure failure, @Nullable Integer exitCode) {
        String then = "OutOfMemory".equals(failure.reason())
                ? "raise resources.limits.memory, or lower the batch size or maxLength, then " + again
                : of(exitCode);
        return joined(failure.message(), then);
    }

    /** A Job that was given up for another reason than its pods. */
    String ofJob(@Nullable String message) {
        return joined(message == null ? "its Job failed" : message, general());
    }

    /** @param longer whether the spec gives it more time by now, or all */
    String ofDeadline(String limit, boolean longer) {
        return joined(
                "ran longer than " + limit,
                longer
                        ? "the spec gives the next try more: " + again
                        : "raise `deadline` or ask for less work, then " + again);
    }

    private String of(@Nullable Integer exitCode) {
        if (Integer.valueOf(ExitCodes.BAD_DATA).equals(exitCode)) {
            return "put right what lies there, then " + again + "; or name another in the spec";
        }
        if (Integer.valueOf(ExitCodes.BAD_CONFIGURATION).equals(exitCode)) {
            return "correct the spec, which starts the stage by itself; if the fault was elsewhere: " + again;
        }
        return general();
    }

    private String general() {
        return "to try again: " + again + "; from the very beginning: set `rerun` to a new word";
    }

    private static String joined(String what, String then) {
        return ended(what.length() <= ROOM ? what : what.substring(0, ROOM - 1) + "…") + "; " + then;
    }

    /** Without a full stop, for a sentence that goes on. */
    static String ended(String sentence) {
        String text = sentence.strip();
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }
}
