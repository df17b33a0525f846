package io.paft.operator.plan;

import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the operator can witness of pods that stand still.
 *
 * @param moved when a pod reported progress last that it had not reported before, by the pod's uid
 * @param listeningSince from when on the operator has listened without a gap, or null when it does not
 * @param stopped pods that are being stopped or have ended, whatever else is observed of them, by uid
 */
public record Silence(Map<String, Instant> moved, @Nullable Instant listeningSince, Set<String> stopped) {

    /** Of an operator that hears nobody. */
    public static final Silence UNHEARD = new Silence(Map.of(), null);

    /** Of pods of which nothing else is known. */
    public Silence(Map<String, Instant> moved, @Nullable Instant listeningSince) {
        this(moved, listeningSince, Set.of());
    }

    public Silence {
        moved = Map.copyOf(moved);
        stopped = Set.copyOf(stopped);
    }

    /** The same, and these pods run no more. */
    public Silence andStopped(Set<String> podUids) {
        var all = new HashSet<>(stopped);
        all.addAll(podUids);
        return new Silence(moved, listeningSince, all);
    }

    /**
     * Since when a pod has stood still, as far as the operator was there to see.
     *
     * @param reported whether the pod is known to have reported at all; one that never did may have no way to
     */
    Optional<Instant> since(String podUid, boolean reported) {
        Instant last = moved.get(podUid);
        if (listeningSince == null || (last == null && !reported)) {
            return Optional.empty();
        }
        return Optional.of(last == null || last.isBefore(listeningSince) ? listeningSince : last);
    }
}
