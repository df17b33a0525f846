package io.paft.operator.plan;

import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.api.v1alpha1.SubjectScore;
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
        if (report != null) {
            return evaluated(report.best(), report.score(), report.scores(), stages);
        }
        Result told = recorded == null ? null : recorded.result();
        return told == null ? null : evaluated(told.best(), told.score(), told.scores(), stages);
    }

    /** Where things lie is asked of the stages anew: the report may be known before a merge whose result is read once more. */
    private static Result evaluated(
            @Nullable String best,
            @Nullable Double score,
            @Nullable List<SubjectScore> scores,
            Map<String, StageStatus> stages) {
        Output model = best == null ? null : output(stages.get(StageGraph.MERGE + best));
        Output page = output(stages.get(StageGraph.REPORT));
        return new Result(
                best,
                model == null ? null : model.uri() + "/model",
                model == null ? null : model.digest(),
                score,
                page == null ? null : page.uri() + "/report.html",
                scores);
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
