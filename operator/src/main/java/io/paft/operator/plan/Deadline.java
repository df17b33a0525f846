package io.paft.operator.plan;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as Kubernetes users write them: {@code 12h}, {@code 90m}, {@code 1h30m}, {@code 45s}. */
final class Deadline {

    private static final Pattern FORM = Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");

    private Deadline() {}

    /** @throws InvalidSpecException when the text is no such duration, or is zero */
    static @Nullable Duration parse(@Nullable String text) {
        return parse("deadline", text);
    }

    /**
     * Reads the duration of a field.
     *
     * @throws InvalidSpecException when the text is no such duration, or is zero
     */
    static @Nullable Duration parse(String field, @Nullable String text) {
        if (text == null) {
            return null;
        }
        Matcher match = FORM.matcher(text);
        Duration duration = match.matches()
                ? Duration.ofHours(number(match, 1))
                        .plusMinutes(number(match, 2))
                        .plusSeconds(number(match, 3))
                : Duration.ZERO;
        if (duration.isZero()) {
            throw new InvalidSpecException(
                    "%s '%s' is not a duration; write it like 12h, 90m or 1h30m".formatted(field, text));
        }
        return duration;
    }

    /** The shortest way to write a duration so that {@link #parse(String)} reads it, to the second. */
    static String text(Duration duration) {
        var text = new StringBuilder();
        append(text, duration.toHours(), 'h');
        append(text, duration.toMinutesPart(), 'm');
        append(text, duration.toSecondsPart(), 's');
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static void append(StringBuilder text, long number, char unit) {
        if (number > 0) {
            text.append(number).append(unit);
        }
    }

    private static long number(Matcher match, int group) {
        String digits = match.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
