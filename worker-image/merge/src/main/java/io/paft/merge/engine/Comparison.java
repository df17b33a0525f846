package io.paft.merge.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.recipe.Method;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.Setting;
import io.paft.merge.recipe.Setting.Rule;
import io.paft.merge.report.MergeReport;
import io.paft.merge.report.MergeStatistics;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measures the deltas of models against a base without merging them. */
public final class Comparison {
    private Comparison() {}

    /**
     * The report of a merge that keeps everything, without the merge.
     *
     * @param base what deltas are taken against
     * @param inputs the models
     * @param models opens them
     * @throws io.paft.merge.MergeException as {@link Planner#plan}; ModelInvalid for NaN and infinities
     */
    public static ObjectNode of(String base, List<String> inputs, ModelSet models) {
        Setting one = new Setting(List.of(new Rule(null, List.of(1.0))));
        Recipe recipe = new Recipe(
                Method.TASK_ARITHMETIC,
                base,
                inputs.stream()
                        .map(input -> new Recipe.Input(input, Map.of("weight", one)))
                        .toList(),
                Map.of(),
                null);
        MergePlan plan = Planner.plan(recipe, models);
        Kernels.ready(plan);
        MergeStatistics total = MergeStatistics.empty(plan.reported().size());
        List<MergeReport.Tensor> tensors = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            Tile tile = new Tile(inputs.size(), arena);
            for (TensorPlan tensor : plan.tensors()) {
                MergeStatistics measured = measure(tensor, tile);
                total.add(measured);
                tensors.add(new MergeReport.Tensor(
                        tensor.name(),
                        tensor.shape().dimensions(),
                        tensor.dtype().name(),
                        measured));
            }
        }
        return MergeReport.of("none", plan.reported(), tensors, total);
    }

    private static MergeStatistics measure(TensorPlan plan, Tile tile) {
        MergeStatistics statistics = MergeStatistics.empty(plan.reported().length);
        if (plan.operation() instanceof Operation.PassThrough) {
            return statistics;
        }
        TileReader reader = new TileReader(new TensorShared(plan, 0, true, false), tile);
        Measurement measurement =
                new Measurement(plan, tile, statistics, new Finiteness(plan, true, statistics.nonFinite()));
        long elements = plan.shape().elements();
        for (long start = 0; start < elements; start += Tile.SIZE) {
            int count = (int) Math.min(Tile.SIZE, elements - start);
            reader.read(start, count);
            measurement.before(count);
            measurement.after(count);
        }
        long[] all = new long[plan.inputs().size()];
        java.util.Arrays.fill(all, elements);
        measurement.kept(all);
        statistics.seal();
        return statistics;
    }
}
