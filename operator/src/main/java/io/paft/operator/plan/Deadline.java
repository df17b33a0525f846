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

    /** @throws InvalidSpecException when the text of the field is no such duration, or is zero */
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

    private static long number(Matcher match, int group) {
        String digits = match.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
