package io.paft.operator.plan;

import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The other pipelines of the namespace and the workspace, as far as they have to do with what this one asks for.
 *
 * <p>Everybody decides from the same facts by the same order, so that of several pipelines that ask for a result exactly one
 * makes it: whoever has a Job for it, else the oldest.
 *
 * @param byKey by the key of the result
 */
public record Siblings(Map<String, List<Sibling>> byKey) {

    /** There are no others. */
    public static final Siblings NONE = new Siblings(Map.of());

    /**
     * Another pipeline, seen from one key.
     *
     * @param since when it was created
     * @param asks whether its spec asks for the result and it is not being deleted
     * @param working whether there is a Job of its for the result
     * @param recorded what its status says of the stage with this key
     * @param result what its report found
     */
    public record Sibling(
            String name,
            String uid,
            String since,
            boolean asks,
            boolean working,
            @Nullable StageStatus recorded,
            @Nullable Result result) {

        /** Whether it is making the result right now. A Job that was refused at first may be there by now. */
        public boolean holds() {
            return working && !isThrough();
        }

        /** Whether it will not make the result, or not before somebody acts: nobody must wait for that. */
        private boolean gaveUp() {
            return isThrough() || (recorded != null && "JobRefused".equals(recorded.reason()));
        }

        private boolean isThrough() {
            return recorded != null
                    && switch (recorded.state()) {
                        // It may have what nobody else can use: a report whose numbers were lost.
                        case Succeeded, Failed, Blocked -> true;
                        case Pending, Running -> false;
                    };
        }

        private Rank rank() {
            return new Rank(since, uid);
        }
    }

    /** Who goes first where nobody works yet: the older one; of two of the same second, the one whose uid comes first. */
    public record Rank(String since, String uid) implements Comparable<Rank> {

        private static final Comparator<Rank> ORDER =
                Comparator.comparing(Rank::since).thenComparing(Rank::uid);

        static Rank of(PaftPipeline pipeline) {
            return new Rank(
                    Objects.requireNonNullElse(pipeline.getMetadata().getCreationTimestamp(), ""),
                    Objects.requireNonNullElse(pipeline.getMetadata().getUid(), ""));
        }

        @Override
        public int compareTo(Rank other) {
            return ORDER.compare(this, other);
        }
    }

    /** How it stands with a result among the others. */
    public sealed interface Standing {

        /** One of them has it. */
        record Made(Sibling by, StageStatus stage) implements Standing {}

        /** One of them makes it, or goes first. */
        record Making(Sibling by) implements Standing {}

        /**
         * Another stage of the same pipeline has the same key, and comes first.
         *
         * @param stage as it is now
         */
        record Twin(String pipeline, StageStatus stage) implements Standing {}

        /** Nobody is in the way. */
        record Open() implements Standing {}
    }

    /**
     * How it stands with the result of a stage.
     *
     * @param workspace claim that the result has to lie on
     * @param self the pipeline that asks
     */
    public Standing of(Stage stage, String workspace, Rank self) {
        List<Sibling> others = byKey.getOrDefault(stage.key(), List.of()).stream()
                .sorted(Comparator.comparing(Sibling::rank))
                .toList();
        for (Sibling other : others) {
            if (other.recorded() != null && isThere(other, other.recorded(), stage, workspace)) {
                return new Standing.Made(other, other.recorded());
            }
        }
        return others.stream()
                .filter(Sibling::holds)
                .findFirst()
                .or(() -> others.stream()
                        .filter(other ->
                                other.asks() && !other.gaveUp() && other.rank().compareTo(self) < 0)
                        .findFirst())
                .<Standing>map(Standing.Making::new)
                .orElseGet(Standing.Open::new);
    }

    private static boolean isThere(Sibling other, StageStatus recorded, Stage stage, String workspace) {
        Output output = recorded.output();
        boolean here = recorded.state() == StageState.Succeeded
                && output != null
                && output.uri().equals("pvc://" + workspace + "/" + stage.output());
        // A report without its numbers is of no use to anybody else.
        return here && (stage.node().kind() != NodeKind.REPORT || other.result() != null);
    }
}
