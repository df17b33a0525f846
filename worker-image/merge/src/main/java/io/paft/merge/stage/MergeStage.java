package io.paft.merge.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.Progress;
import io.paft.merge.engine.TensorPlan;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.NamedWrites;
import io.paft.merge.journal.Assembly;
import io.paft.merge.journal.Journal;
import io.paft.merge.journal.Share;
import io.paft.merge.journal.Work;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.report.DeltaStatistics;
import io.paft.merge.report.MergeReport;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.report.PairStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** The work of a merge stage: recipe, merge, report. */
final class MergeStage {
    private static final List<String> BRANCHES = List.of("sft", "preference");
    /** The only delta of a merge that leads from one branch to the other. */
    private static final String BETWEEN = "preference - sft";

    private final StageDocument stage;
    private final Engine engine;
    private final int threads;
    private final Consumer<String> log;

    MergeStage(StageDocument stage, Engine engine, int threads, Consumer<String> log) {
        this.stage = stage;
        this.engine = engine;
        this.threads = threads;
        this.log = log;
    }

    /**
     * Does it.
     *
     * @param directory gets {@code model/}, {@code recipe.yaml} and {@code merge-report.json}; it is empty,
     *     or has finished shards of an attempt before
     * @throws IOException when the output cannot be written
     * @throws io.paft.merge.MergeException for everything that is wrong with parameters or inputs
     */
    StageManifest.Result run(Path directory, Function<MergePlan, Progress> progress) throws IOException {
        Instant start = Instant.now();
        MergeParameters parameters = MergeParameters.of(stage.parameters());
        StageRecipe writer = new StageRecipe(stage, parameters);
        String dtype = writer.outputDtype();
        String yaml = writer.yaml(dtype);
        VerifiedInputs inputs = new VerifiedInputs(stage.inputs().values());
        NamedWrites.write(directory.resolve("recipe.yaml"), yaml);
        Path model = Files.createDirectories(directory.resolve("model"));
        Work work = new Work(directory, model, Share.WHOLE, Work.Existing.RESUME_OR_BEGIN, Map.of(), log);
        Function<MergePlan, Progress> checked = plan -> {
            parameters.checkAgainst(
                    plan.tensors().stream().map(TensorPlan::name).toList());
            return progress.apply(plan);
        };
        MergeJob job = new MergeJob(RecipeReader.read(yaml, "recipe.yaml"), stage.workspace(), engine(parameters));
        MergeJob.Outcome outcome;
        try {
            outcome = job.whole(work, checked);
        } catch (MergeException e) {
            if (e.reason().exitCode() == Reason.ModelInvalid.exitCode()) {
                // Whose output is damaged says more than how the merge met it.
                inputs.confirm();
            }
            throw e;
        }
        inputs.confirm();
        deltas(parameters).forEach(outcome.report().putArray("inputs")::add);
        NamedWrites.write(directory.resolve("merge-report.json"), MergeReport.encode(outcome.report()));

        ObjectNode resolved = parameters.resolved(stage.parameters(), dtype);
        resolved.put("threads", threads);
        resolved.put("device", "cpu");
        resolved.put("dtype", "float32");
        return new StageManifest.Result(
                MergeSummary.of(
                                parameters.method().yamlName(),
                                outcome.assembly().tensors().size(),
                                outcome.assembly().total())
                        + outcome.part().keptText(),
                resolved,
                metrics(outcome, Duration.between(start, Instant.now())),
                written(directory, outcome));
    }

    private Engine engine(MergeParameters parameters) {
        Long seed = parameters.seed();
        Engine seeded = seed == null ? engine : engine.withSeed(seed);
        return parameters.allowNaN() ? seeded.allowingNan() : seeded;
    }

    private static List<FileEntry> written(Path directory, MergeJob.Outcome outcome) throws IOException {
        List<FileEntry> known = outcome.assembly().parts().stream()
                .map(entry -> new FileEntry("model/" + entry.path(), entry.size(), entry.sha256()))
                .toList();
        return FileTree.entries(directory, known, Journal.DIRECTORY);
    }

    /** What the statistics are about, in their order. */
    private static List<String> deltas(MergeParameters parameters) {
        return parameters.method().base() == CandidateMethod.Base.SFT ? List.of(BETWEEN) : BRANCHES;
    }

    private static ObjectNode metrics(MergeJob.Outcome outcome, Duration time) {
        ObjectNode metrics = Json.object();
        Assembly assembly = outcome.assembly();
        metrics.put("tensors", assembly.tensors().size());
        metrics.put("parameters", assembly.elements());
        metrics.put("seconds", time.toMillis() / 1000.0);
        MergeStatistics total = assembly.total();
        if (total.inputs().size() < BRANCHES.size()) {
            DeltaStatistics between = total.inputs().getFirst();
            put(metrics, "betweenEqualInBf16", between.equalInBf16());
            put(metrics, "betweenRelativeL2", between.relativeL2());
            return metrics;
        }
        for (int i = 0; i < BRANCHES.size(); i++) {
            DeltaStatistics input = total.inputs().get(i);
            put(metrics, BRANCHES.get(i) + "Density", input.density());
            put(metrics, BRANCHES.get(i) + "EqualInBf16", input.equalInBf16());
            put(metrics, BRANCHES.get(i) + "RelativeL2", input.relativeL2());
        }
        PairStatistics pair = total.pair(0, 1);
        put(metrics, "cosine", pair.cosine(total.inputs().get(0), total.inputs().get(1), false));
        put(metrics, "signAgreement", pair.agreement(false));
        put(metrics, "signConflict", pair.conflict(false));
        put(metrics, "keptSignConflict", pair.conflict(true));
        for (int i = 0; i < BRANCHES.size(); i++) {
            put(metrics, BRANCHES.get(i) + "Decides", total.decisions().alone(i));
        }
        return metrics;
    }

    private static void put(ObjectNode metrics, String name, double value) {
        if (Double.isFinite(value)) {
            metrics.put(name, value);
        }
    }
}
