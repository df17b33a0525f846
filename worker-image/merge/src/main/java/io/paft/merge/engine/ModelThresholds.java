package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Finds the thresholds that are taken over whole models, by up to three passes over their deltas, and puts them into the plan
 * in place of the rules. Only numbers of elements are gathered, so the result does not depend on threads or the order of work.
 */
final class ModelThresholds {
    /** Elements that a thread counts before it adds its histograms to those of all; a multiple of the tile. */
    private static final long CHUNK = 64L * Tile.SIZE;

    private static final int PASSES = 3;

    private final MergePlan plan;
    private final Map<ThresholdGroup.Key, ThresholdGroup> groups = new LinkedHashMap<>();
    private final Map<String, List<ThresholdGroup.Member>> members = new HashMap<>();
    private final List<Part> parts = new ArrayList<>();

    /**
     * Some elements of one tensor.
     *
     * @param tensor with no other inputs than those that have model-wide rules
     * @param members where each of these belongs
     */
    private record Part(TensorPlan tensor, List<ThresholdGroup.Member> members, long start, long count) {
        boolean needs(int pass) {
            return members.stream().anyMatch(member -> pass < member.passes());
        }
    }

    private ModelThresholds(MergePlan plan) {
        this.plan = plan;
        plan.tensors().forEach(this::add);
    }

    /**
     * The plan with thresholds instead of {@link Sparsifier.ModelWide}.
     *
     * @param plan the whole merge; the thresholds of a part of it would be others
     * @param threads at most so many
     * @param each bytes of working memory of a thread
     * @param memory bytes for all threads and the histograms of all thresholds
     * @param progress hears of elements read
     * @param stopped true when the work is to end
     * @throws MergeException InvalidParameter when the memory is too small; Stopped
     */
    static MergePlan resolve(
            MergePlan plan, int threads, long each, long memory, Progress progress, BooleanSupplier stopped) {
        int keys = keys(plan);
        if (keys == 0) {
            return plan;
        }
        // Checked before anything is allocated.
        long fit = fit(keys, each, memory);
        ModelThresholds thresholds = new ModelThresholds(plan);
        thresholds.find((int) Math.min(Math.min(threads, fit), thresholds.parts.size()), progress, stopped);
        return thresholds.resolved();
    }

    private void add(TensorPlan tensor) {
        List<TensorPlan.Input> inputs = tensor.inputs().stream()
                .filter(input -> isCounted(tensor, input))
                .toList();
        List<ThresholdGroup.Member> belongs = new ArrayList<>();
        for (TensorPlan.Input input : inputs) {
            belongs.add(groups.computeIfAbsent(key(input), ThresholdGroup::new)
                    .add(tensor.shape().elements()));
        }
        members.put(tensor.name(), belongs);
        TensorPlan counted = with(tensor, inputs);
        for (long start = 0; !inputs.isEmpty() && start < tensor.shape().elements(); start += CHUNK) {
            parts.add(new Part(
                    counted, belongs, start, Math.min(CHUNK, tensor.shape().elements() - start)));
        }
    }

    private static boolean isCounted(TensorPlan tensor, TensorPlan.Input input) {
        return input.sparsifier() instanceof Sparsifier.ModelWide
                && !(tensor.operation() instanceof Operation.PassThrough);
    }

    private static ThresholdGroup.Key key(TensorPlan.Input input) {
        return new ThresholdGroup.Key(input.model(), input.sparsifier().rule());
    }

    private static int keys(MergePlan plan) {
        Set<ThresholdGroup.Key> found = new HashSet<>();
        for (TensorPlan tensor : plan.tensors()) {
            tensor.inputs().stream().filter(input -> isCounted(tensor, input)).forEach(input -> found.add(key(input)));
        }
        return found.size();
    }

    /** How many threads fit the memory. */
    private static long fit(int keys, long each, long memory) {
        long histograms = keys * ThresholdGroup.BYTES;
        if (memory - histograms < each) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "scope: model needs " + histograms + " bytes for " + keys
                            + " thresholds, one for each model and density, and " + each
                            + " for a thread, more than the " + memory
                            + " allowed: raise --max-memory, or write fewer different densities.");
        }
        return (memory - histograms) / each;
    }

    private void find(int threads, Progress progress, BooleanSupplier stopped) {
        int inputs =
                parts.stream().mapToInt(part -> part.members().size()).max().orElse(0);
        try (Arena arena = Arena.ofShared()) {
            List<ThresholdCounter> counters = Stream.generate(
                            () -> new ThresholdCounter(new Tile(inputs, arena), stopped))
                    .limit(threads)
                    .toList();
            long total = 0;
            for (int pass = 0; pass < PASSES; pass++) {
                total += elements(pass);
            }
            for (int pass = 0; pass < PASSES; pass++) {
                count(pass, counters, progress, total);
                int done = pass;
                groups.values().forEach(group -> group.counted(done));
            }
        }
    }

    private void count(int pass, List<ThresholdCounter> counters, Progress progress, long total) {
        List<Part> work = parts.stream().filter(part -> part.needs(pass)).toList();
        AtomicInteger next = new AtomicInteger();
        Parallel.run(counters, counter -> {
            for (int i = next.getAndIncrement(); i < work.size(); i = next.getAndIncrement()) {
                Part part = work.get(i);
                counter.count(pass, part.tensor(), part.members(), part.start(), part.count());
                progress.scanned(part.count(), total);
            }
        });
    }

    private long elements(int pass) {
        return parts.stream()
                .filter(part -> part.needs(pass))
                .mapToLong(Part::count)
                .sum();
    }

    private MergePlan resolved() {
        List<TensorPlan> tensors = new ArrayList<>();
        for (TensorPlan tensor : plan.tensors()) {
            var found = members.getOrDefault(tensor.name(), List.of()).iterator();
            tensors.add(with(
                    tensor,
                    tensor.inputs().stream()
                            .map(input -> isCounted(tensor, input)
                                    ? input.with(found.next().resolved())
                                    : input)
                            .toList()));
        }
        return plan.with(tensors);
    }

    private static TensorPlan with(TensorPlan tensor, List<TensorPlan.Input> inputs) {
        return new TensorPlan(tensor.name(), tensor.shape(), tensor.dtype(), tensor.base(), inputs, tensor.operation());
    }
}
