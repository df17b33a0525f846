package io.paft.operator.plan;

import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came out of a pipeline, once its report says so. */
final class Results {

    private Results() {}

    /**
     * @param recorded the status as it was, whose result holds for as long as its report does
     * @param report what a report pod that ended just now found
     */
    static @Nullable Result of(
            Map<String, StageStatus> stages,
            @Nullable PaftPipelineStatus recorded,
            Termination.@Nullable Report report) {
        StageStatus reportStage = stages.get(StageGraph.REPORT);
        if (reportStage == null) {
            return unevaluated(stages);
        }
        if (reportStage.state() != StageState.Succeeded) {
            return null;
        }
        if (report == null) {
            return recorded == null ? null : recorded.result();
        }
        Output model = report.best() == null ? null : output(stages.get(StageGraph.MERGE + report.best()));
        Output page = reportStage.output();
        return new Result(
                report.best(),
                model == null ? null : model.uri() + "/model",
                model == null ? null : model.digest(),
                report.score(),
                page == null ? null : page.uri() + "/report.html",
                report.scores());
    }

    /** Without an evaluation nobody can say which candidate is best, unless there is only one. */
    private static @Nullable Result unevaluated(Map<String, StageStatus> stages) {
        List<StageStatus> merges = stages.values().stream()
                .filter(stage -> stage.name().startsWith(StageGraph.MERGE))
                .toList();
        if (merges.size() != 1) {
            return null;
        }
        Output model = output(merges.getFirst());
        return model == null
                ? null
                : new Result(
                        merges.getFirst().name().substring(StageGraph.MERGE.length()),
                        model.uri() + "/model",
                        model.digest(),
                        null,
                        null,
                        null);
    }

    private static @Nullable Output output(@Nullable StageStatus stage) {
        return stage == null ? null : stage.output();
    }
}
