package io.paft.operator.status;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageProgress;
import io.paft.api.v1alpha1.StageStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a status under 64 KiB however many stages there are and however much they say. What goes first is what can be read
 * elsewhere: ends of long messages (the pod's log), sentences of lost attempts, then numbers (the manifest in the workspace).
 */
public final class StatusBudget {

    private static final int LIMIT = 60 * 1024;

    /** What one stage can come to is bounded; so many always fit. */
    private static final int FEW = 8;

    private static final int MESSAGE = 200;
    private static final int METRICS = 4;

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private StatusBudget() {}

    /** The same status, or a shorter one. */
    public static PaftPipelineStatus fit(PaftPipelineStatus status) {
        List<UnaryOperator<StageStatus>> steps = List.of(
                StatusBudget::brief,
                StatusBudget::attempts,
                stage -> metrics(stage, METRICS),
                stage -> metrics(stage, 0));
        PaftPipelineStatus told = status;
        for (UnaryOperator<StageStatus> step : steps) {
            List<StageStatus> stages = told.stages();
            if (stages == null || stages.size() <= FEW || size(told) <= LIMIT) {
                return told;
            }
            told = told.withStages(stages.stream().map(step).toList());
        }
        return told;
    }

    private static int size(PaftPipelineStatus status) {
        try {
            return JSON.writeValueAsBytes(status).length;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a status is always JSON", e);
        }
    }

    private static StageStatus brief(StageStatus stage) {
        String message = stage.message();
        return message == null || message.length() <= MESSAGE
                ? stage
                : stage.told(message.substring(0, MESSAGE - 1) + "…", stage.metrics(), stage.progress());
    }

    /** Attempts stay listed, or they would be told again; only their sentences go. */
    private static StageStatus attempts(StageStatus stage) {
        List<LostAttempt> lost = stage.lost();
        return lost == null
                ? stage
                : stage.withAttempts(
                        stage.attempts(),
                        stage.gpuSeconds(),
                        lost.stream().map(LostAttempt::withoutMessage).toList(),
                        stage.gpuSecondsLost(),
                        stage.retry());
    }

    private static StageStatus metrics(StageStatus stage, int most) {
        StageProgress progress = stage.progress();
        StageProgress shorter = progress == null
                ? null
                : new StageProgress(
                        progress.percent(),
                        progress.step(),
                        progress.totalSteps(),
                        progress.etaSeconds(),
                        first(progress.metrics(), most),
                        progress.updateTime());
        return stage.told(stage.message(), first(stage.metrics(), most), shorter);
    }

    private static @Nullable Map<String, Double> first(@Nullable Map<String, Double> metrics, int most) {
        return metrics == null || most == 0
                ? null
                : metrics.entrySet().stream()
                        .limit(most)
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, Map.Entry::getValue, (one, other) -> one, LinkedHashMap::new));
    }
}
