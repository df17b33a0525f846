package io.paft.operator.plan;

import io.paft.api.v1alpha1.StageProgress;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes what a pod said into the status of its stage: never "done", bounded, and rounded so that it changes only with news. */
final class ProgressStatus {

    /** What a pod says is never proof that its stage is done: only its Job is. */
    private static final int MOST = 99;

    private static final int MAX_METRICS = 8;
    private static final int MAX_NAME = 64;
    private static final MathContext DIGITS = new MathContext(3);
    private static final long YEAR = 365L * 24 * 3600;

    /** What most people look for comes first where there are more than the status holds. */
    private static final List<String> FIRST =
            List.of("loss", "task_loss", "reward_margin", "reward_accuracy", "learning_rate");

    private ProgressStatus() {}

    /**
     * The progress of a running pod.
     *
     * @param observed what the pod said last, or null when nothing was heard of it since the operator started
     * @param recorded what the status has of this very pod
     */
    static @Nullable StageProgress of(@Nullable Progress observed, @Nullable StageProgress recorded) {
        if (observed == null) {
            return recorded;
        }
        StageProgress now = new StageProgress(
                percent(observed.fraction()),
                observed.step(),
                observed.totalSteps(),
                eta(observed.etaSeconds()),
                metrics(observed.metrics()),
                observed.at().truncatedTo(ChronoUnit.SECONDS).toString());
        // The same again is no news, and costs no write.
        return recorded != null && same(now, recorded) ? recorded : now;
    }

    private static boolean same(StageProgress one, StageProgress other) {
        return Objects.equals(one.percent(), other.percent())
                && Objects.equals(one.step(), other.step())
                && Objects.equals(one.totalSteps(), other.totalSteps())
                && Objects.equals(one.etaSeconds(), other.etaSeconds())
                && Objects.equals(one.metrics(), other.metrics());
    }

    private static @Nullable Integer percent(@Nullable Double fraction) {
        // 0.58 * 100 is a little less than 58: what is that close was meant.
        return fraction == null ? null : (int) Math.clamp(Math.floor(fraction * 100 + 1e-9), 0, MOST);
    }

    /** Up to the next 5 seconds, half minute or 5 minutes: an estimate is not more exact than that. */
    private static @Nullable Long eta(@Nullable Long seconds) {
        if (seconds == null || seconds < 0 || seconds > YEAR) {
            return null;
        }
        long grain = seconds <= 60 ? 5 : seconds <= 3600 ? 30 : 300;
        return Math.ceilDiv(seconds, grain) * grain;
    }

    private static @Nullable Map<String, Double> metrics(Map<String, Double> given) {
        var kept = new TreeMap<String, Double>();
        given.entrySet().stream()
                .filter(entry -> entry.getKey().length() <= MAX_NAME && Double.isFinite(entry.getValue()))
                .sorted(Comparator.comparingInt((Map.Entry<String, Double> entry) -> rank(entry.getKey()))
                        .thenComparing(Map.Entry::getKey))
                .limit(MAX_METRICS)
                .forEach(entry -> kept.put(entry.getKey(), rounded(entry.getValue())));
        return kept.isEmpty() ? null : kept;
    }

    private static int rank(String name) {
        int place = FIRST.indexOf(name);
        return place < 0 ? FIRST.size() : place;
    }

    private static double rounded(double value) {
        return BigDecimal.valueOf(value).round(DIGITS).doubleValue();
    }
}
