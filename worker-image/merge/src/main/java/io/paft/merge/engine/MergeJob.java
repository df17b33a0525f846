package io.paft.merge.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.checkpoint.SideFiles;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.report.MergeReport;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** A whole merge: from a recipe to a complete checkpoint and its report. */
public final class MergeJob {
    private final Recipe recipe;
    private final Path root;
    private final Engine engine;

    /**
     * A job.
     *
     * @param recipe what to do
     * @param root where relative references of models start
     * @param engine does it
     */
    public MergeJob(Recipe recipe, Path root, Engine engine) {
        this.recipe = recipe;
        this.root = root;
        this.engine = engine;
    }

    /**
     * What came out.
     *
     * @param report the content of merge-report.json
     * @param total statistics of the whole model
     * @param tensors number of tensors written
     * @param elements number of their elements
     */
    public record Outcome(ObjectNode report, MergeStatistics total, int tensors, long elements) {}

    /**
     * Runs it.
     *
     * @param directory gets the checkpoint; it exists and is empty
     * @param progress told the plan, gives who hears of the work
     * @throws IOException when the output cannot be written
     * @throws io.paft.merge.MergeException as {@link Planner#plan} and {@link Engine#run}
     */
    public Outcome run(Path directory, Function<MergePlan, Progress> progress) throws IOException {
        try (ModelSet models = new ModelSet(root)) {
            MergePlan planned = Planner.plan(recipe, models);
            Progress heard = progress.apply(planned);
            MergePlan plan = engine.prepare(planned, heard);
            List<MergeStatistics> measured = engine.run(plan, directory, heard);
            SideFiles.write(
                    directory,
                    OutputConfig.of(plan),
                    plan.template().directory(),
                    plan.text().tokenizer().directory(),
                    plan.text().chatTemplate());
            MergeStatistics total = MergeStatistics.empty(plan.reported().size());
            List<MergeReport.Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < measured.size(); i++) {
                TensorPlan tensor = plan.tensors().get(i);
                MergeStatistics statistics = measured.get(i)
                        .spread(positions(tensor, plan), total.inputs().size());
                total.add(statistics);
                tensors.add(new MergeReport.Tensor(
                        tensor.name(),
                        tensor.shape().dimensions(),
                        tensor.dtype().name(),
                        statistics));
            }
            ObjectNode report = MergeReport.of(plan.method(), plan.reported(), tensors, total);
            return new Outcome(report, total, tensors.size(), plan.elements());
        }
    }

    /** Where the inputs of a tensor are among those of the report; slices may have some of them only. */
    private static int[] positions(TensorPlan tensor, MergePlan plan) {
        return Arrays.stream(tensor.reported())
                .map(i -> plan.reported().indexOf(tensor.inputs().get(i).model()))
                .toArray();
    }
}
