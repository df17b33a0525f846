package io.paft.operator.plan;

import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.StageStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The attempts that a stage has lost: each told once, the newest few listed, the GPU seconds of all of them summed. What is still
 * being stopped is not in the sum: it may yet end well.
 */
final class AttemptLedger {

    private static final int LISTED = 5;
    private static final int MAX_MESSAGE = 160;

    private final List<LostAttempt> lost = new ArrayList<>();
    private long gpuSeconds;

    /** Continues with what the status of a stage says. */
    AttemptLedger(@Nullable StageStatus known) {
        if (known != null && known.lost() != null) {
            lost.addAll(known.lost());
        }
        if (known != null && known.gpuSecondsLost() != null) {
            gpuSeconds = known.gpuSecondsLost();
        }
    }

    /**
     * Tells of an attempt, or completes what was told of it while it was being stopped.
     *
     * @param leastNumber its number is not less than this
     */
    void put(LostAttempt attempt, int leastNumber) {
        for (int i = 0; i < lost.size(); i++) {
            LostAttempt told = lost.get(i);
            if (same(told, attempt)) {
                if (told.pod() == null && attempt.pod() != null) {
                    // It was missing to a cache that was behind, and here it is: the same attempt, in its own words.
                    gpuSeconds += ended(attempt) - ended(told);
                    lost.set(i, numbered(attempt, told.number()));
                } else if (told.endTime() == null && attempt.endTime() != null) {
                    end(i, attempt.exitCode(), attempt.endTime(), attempt.gpuSeconds());
                }
                return;
            }
        }
        boolean toldAndDropped = lost.size() >= LISTED
                && !Times.after(attempt.startTime(), lost.getFirst().startTime());
        if (toldAndDropped) {
            return;
        }
        lost.add(numbered(attempt, Math.max(lastNumber() + 1, leastNumber)));
        gpuSeconds += ended(attempt);
        while (lost.size() > LISTED) {
            lost.removeFirst();
        }
    }

    /** GPU seconds of an attempt, once it has ended. */
    private static long ended(LostAttempt attempt) {
        return attempt.endTime() == null ? 0L : Objects.requireNonNullElse(attempt.gpuSeconds(), 0L);
    }

    /** Completes an attempt that had not ended. */
    void end(int index, @Nullable Integer exitCode, String endTime, @Nullable Long heldGpuSeconds) {
        LostAttempt told = lost.get(index);
        gpuSeconds += Objects.requireNonNullElse(heldGpuSeconds, 0L);
        lost.set(
                index,
                new LostAttempt(
                        told.number(),
                        told.reason(),
                        told.message(),
                        exitCode,
                        told.startTime(),
                        endTime,
                        heldGpuSeconds,
                        told.counted(),
                        told.pod()));
    }

    /** Takes back what was told too early. */
    void remove(String pod) {
        lost.removeIf(attempt -> pod.equals(attempt.pod()) && attempt.endTime() == null);
    }

    /** Takes back that an attempt was missing, which a cache that was behind made of it: here it is. */
    void found(@Nullable String start) {
        takeBack(attempt -> start != null && start.equals(attempt.startTime()));
    }

    /** The same of a pod of which the cache does not know yet that it has started. */
    void foundWaiting(@Nullable String created) {
        takeBack(attempt ->
                created != null && attempt.startTime() != null && !Times.after(created, attempt.startTime()));
    }

    /**
     * Numbers attempts one after the other, where nothing is missing between them: pods that a Job had counted before anybody saw
     * them have come to light.
     *
     * @param complete which attempts are all that there are of their Job
     */
    void closeGaps(Predicate<LostAttempt> complete) {
        for (int i = 0; i < lost.size(); i++) {
            boolean first = i == 0 && lost.size() < LISTED;
            if ((i > 0 || first) && complete.test(lost.get(i))) {
                lost.set(i, numbered(lost.get(i), i == 0 ? 1 : lost.get(i - 1).number() + 1));
            }
        }
    }

    private void takeBack(Predicate<LostAttempt> which) {
        lost.removeIf(attempt -> {
            boolean here = attempt.pod() == null && which.test(attempt);
            gpuSeconds -= here ? Objects.requireNonNullElse(attempt.gpuSeconds(), 0L) : 0L;
            return here;
        });
    }

    List<LostAttempt> lost() {
        return List.copyOf(lost);
    }

    boolean has(String pod) {
        return lost.stream().anyMatch(attempt -> pod.equals(attempt.pod()));
    }

    boolean uncounted(String pod) {
        return lost.stream().anyMatch(attempt -> pod.equals(attempt.pod()) && !attempt.counted());
    }

    int lastNumber() {
        return lost.isEmpty() ? 0 : lost.getLast().number();
    }

    /** Numbers that none of those listed has: of pods that only their Job has counted, or of one that was missing and was found. */
    int gaps() {
        return lost.isEmpty() ? 0 : lastNumber() - lost.getFirst().number() - lost.size() + 1;
    }

    /** When the newest one that is told started. */
    @Nullable
    String lastStart() {
        return lost.isEmpty() ? null : lost.getLast().startTime();
    }

    long gpuSeconds() {
        return gpuSeconds;
    }

    /** One whose pod nobody saw end is known by the time of its start. */
    private static boolean same(LostAttempt told, LostAttempt attempt) {
        return (told.pod() == null || attempt.pod() == null)
                ? Objects.equals(told.startTime(), attempt.startTime())
                : told.pod().equals(attempt.pod());
    }

    private static LostAttempt numbered(LostAttempt attempt, int number) {
        return new LostAttempt(
                number,
                attempt.reason(),
                cut(attempt.message()),
                attempt.exitCode(),
                attempt.startTime(),
                attempt.endTime(),
                attempt.gpuSeconds(),
                attempt.counted(),
                attempt.pod());
    }

    private static @Nullable String cut(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE - 1) + "…";
    }
}
