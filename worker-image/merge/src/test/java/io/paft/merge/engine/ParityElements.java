package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.kernel.Combine;
import io.paft.merge.kernel.Sce;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Which elements of a tensor a comparison with mergekit must leave out, and how large its inputs are. */
final class ParityElements {
    private ParityElements() {}

    /** Elements at a threshold at which not all are kept, so that a choice was made. */
    static boolean[] atThreshold(TensorPlan plan) {
        int elements = Math.toIntExact(plan.shape().elements());
        boolean[] found = new boolean[elements];
        List<float[]> deltas = new ArrayList<>();
        for (TensorPlan.Input input : plan.inputs()) {
            if (!(plan.base() instanceof Stored base) || !(input.weights() instanceof Stored stored)) {
                continue;
            }
            float[] delta = new float[elements];
            float[] other = new float[elements];
            stored.read(0, elements, delta);
            base.read(0, elements, other);
            Combine.subtract(delta, other, elements, delta);
            for (long rank : ranks(input.sparsifier().rule(), elements)) {
                mark(delta, rank, found);
            }
            deltas.add(delta);
        }
        if (plan.operation() instanceof Operation.Sce(double share) && share < 1) {
            float[] variance = new float[elements];
            int varying = Sce.variance(deltas.toArray(float[][]::new), deltas.size(), elements, variance);
            mark(variance, Sce.selected(varying, share), found);
        }
        return found;
    }

    /** After how many of the largest magnitudes a choice is made. */
    private static List<Long> ranks(Sparsifier sparsifier, long elements) {
        return switch (sparsifier) {
            case Sparsifier.All() -> List.of();
            case Sparsifier.Magnitude(double density) -> List.of(TopK.kept(density, elements));
            case Sparsifier.Outliers(double density, double gamma) -> {
                long target = (long) (density * elements);
                long bottom = Math.max(0, elements - target - (long) (gamma * elements));
                yield List.of(elements - bottom, elements - bottom - target);
            }
            default -> throw new AssertionError("no golden file");
        };
    }

    private static void mark(float[] delta, long rank, boolean[] found) {
        if (rank == 0) {
            return;
        }
        TopK selector = new TopK();
        selector.countHigh(delta, delta.length);
        selector.chooseBin(rank);
        selector.countLow(delta, delta.length);
        Threshold threshold = selector.threshold();
        long equal = IntStream.range(0, delta.length)
                .filter(i -> magnitude(delta[i]) == threshold.bits())
                .count();
        for (int i = 0; i < delta.length && equal > threshold.equalKept() && threshold.bits() != 0; i++) {
            found[i] |= magnitude(delta[i]) == threshold.bits();
        }
    }

    /** Per element, the largest magnitude of the base and the inputs. */
    static float[] largest(TensorPlan plan) {
        int elements = Math.toIntExact(plan.shape().elements());
        float[] found = new float[elements];
        float[] values = new float[elements];
        List<Weights> all = new ArrayList<>(
                plan.inputs().stream().map(TensorPlan.Input::weights).toList());
        if (plan.base() != null) {
            all.add(plan.base());
        }
        for (Weights weights : all) {
            if (weights instanceof Stored stored) {
                stored.read(0, elements, values);
                for (int i = 0; i < elements; i++) {
                    found[i] = Math.max(found[i], Math.abs(values[i]));
                }
            }
        }
        return found;
    }

    /** Per element, the largest magnitude of what was added up: inputs, base, and what was added to the base. */
    static float[] largestAddend(TensorPlan plan, float[] merged) {
        float[] found = largest(plan);
        if (plan.base() instanceof Stored stored) {
            float[] base = new float[found.length];
            stored.read(0, found.length, base);
            for (int i = 0; i < found.length; i++) {
                found[i] = Math.max(found[i], Math.abs(merged[i] - base[i]));
            }
        }
        return found;
    }

    private static int magnitude(float value) {
        return Float.floatToRawIntBits(value) & 0x7fffffff;
    }
}
