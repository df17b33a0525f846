package io.paft.merge.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.NamedWrites;
import io.paft.merge.journal.Assembly;
import io.paft.merge.journal.Attempt;
import io.paft.merge.journal.Journal;
import io.paft.merge.journal.MergeFacts;
import io.paft.merge.journal.ShardRecord;
import io.paft.merge.journal.Share;
import io.paft.merge.journal.Work;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.safetensors.HeaderWriter;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** A merge, whole or a part: from a recipe to finished shards, and from these to a complete checkpoint and its report. */
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
     * What is finished of a part.
     *
     * @param attempt that finished it
     * @param tensors in its shards
     */
    public record Part(Attempt attempt, int tensors) {
        /** The shards of the part, all finished. */
        public List<Shard> shards() {
            return attempt.shards();
        }

        /** Those that an attempt before had finished. */
        public List<ShardRecord> kept() {
            return attempt.kept();
        }

        /** As the rest of a sentence; empty when nothing was kept. */
        public String keptText() {
            return kept().isEmpty()
                    ? ""
                    : "; " + kept().size() + " of " + shards().size() + " shards were kept from an attempt before";
        }
    }

    /**
     * What came out of a whole merge.
     *
     * @param assembly the complete checkpoint
     * @param report the content of merge-report.json
     * @param part how it went
     */
    public record Outcome(Assembly assembly, ObjectNode report, Part part) {}

    /**
     * What a merge would do.
     *
     * @param method of the recipe
     * @param tensors to write
     * @param elements of them
     * @param bytes of them
     * @param share part of the merge
     * @param shards of the part
     * @param finished those that are there already
     */
    public record Preview(
            String method, int tensors, long elements, long bytes, Share share, int shards, int finished) {}

    /** Checks everything that can be checked without writing; throws as {@link #run(Work, Function)}. */
    public Preview preview(Work work) throws IOException {
        try (ModelSet models = new ModelSet(root)) {
            MergePlan plan = Planner.plan(recipe, models);
            List<Shard> shards = work.share().of(layout(plan));
            MergePlan some = plan.of(tensors(plan, shards));
            int finished = Attempt.check(work, facts(plan, models, work.share()));
            return new Preview(
                    plan.method(),
                    some.tensors().size(),
                    some.elements(),
                    some.bytes(),
                    work.share(),
                    shards.size(),
                    finished);
        }
    }

    /** What decides the result; throws as {@link Planner#plan}. */
    public MergeFacts facts(Share share) throws IOException {
        try (ModelSet models = new ModelSet(root)) {
            return facts(Planner.plan(recipe, models), models, share);
        }
    }

    private MergeFacts facts(MergePlan plan, ModelSet models, Share share) throws IOException {
        return Facts.of(plan, models, engine.options(), layout(plan), share);
    }

    private ShardLayout layout(MergePlan plan) {
        return ShardLayout.of(plan.outputs(), engine.options().shardSize());
    }

    /** Merges all into a directory, which exists and is empty; throws as {@link #run(Work, Function)}. */
    public Outcome run(Path directory, Function<MergePlan, Progress> progress) throws IOException {
        Outcome outcome = whole(Work.in(directory), progress);
        FileTree.delete(directory.resolve(Journal.DIRECTORY));
        return outcome;
    }

    /**
     * Merges all, and completes the checkpoint; throws as {@link #run(Work, Function)}.
     *
     * @param work of which the share is the whole
     */
    public Outcome whole(Work work, Function<MergePlan, Progress> progress) throws IOException {
        Part part = run(work, progress);
        Assembly assembly = part.attempt().assembly();
        assembly.finish();
        return new Outcome(assembly, assembly.report(), part);
    }

    /**
     * Merges a share; the first part also writes what belongs beside the weights.
     *
     * @param progress told the plan of the share, gives who hears of the work
     * @throws IOException when the output cannot be written
     * @throws MergeException as {@link Planner#plan}, {@link Attempt#begin} and {@link Engine#run}
     */
    public Part run(Work work, Function<MergePlan, Progress> progress) throws IOException {
        try (ModelSet models = new ModelSet(root)) {
            MergePlan plan = Planner.plan(recipe, models);
            List<Shard> shards = work.share().of(layout(plan));
            try (Kernels.Warming kernels = Kernels.begin(plan)) {
                Attempt attempt = Attempt.begin(work, facts(plan, models, work.share()), shards);
                checkFinite(attempt);
                merge(plan, work, attempt, new InputGuard(models.files().values()), kernels, progress);
                if (work.share().part() == 1) {
                    attempt.sideFiles(sideFiles(plan, work));
                }
                return new Part(attempt, tensors(plan, shards).size());
            }
        }
    }

    /** Shards that were merged with --allow-nan are kept only with it, or a merge without it would have some. */
    private void checkFinite(Attempt attempt) {
        if (engine.options().allowNan()) {
            return;
        }
        attempt.kept().stream()
                .flatMap(record -> record.tensors().stream())
                .filter(tensor -> !tensor.statistics().nonFinite().isNone())
                .findFirst()
                .ifPresent(tensor -> {
                    throw new MergeException(
                            Reason.ModelInvalid,
                            "tensor " + tensor.name()
                                    + " was merged with --allow-nan and has NaN or infinite values: give it again to go on, or remove the work directory.");
                });
    }

    private void merge(
            MergePlan plan,
            Work work,
            Attempt attempt,
            InputGuard guard,
            Kernels.Warming kernels,
            Function<MergePlan, Progress> progress)
            throws IOException {
        Progress hears = progress.apply(plan.of(tensors(plan, attempt.shards())));
        try (ShardOutput output = new ShardOutput(work.model(), attempt, plan.reported(), guard)) {
            boolean done = attempt.missing().isEmpty();
            if (!done) {
                kernels.await();
            }
            MergePlan prepared = done ? plan : engine.prepare(plan, hears);
            tellKept(attempt, hears);
            if (!done) {
                engine.run(prepared, tensors(prepared, attempt.missing()), output, hears);
            }
        } catch (MergeException e) {
            throw e.getCause() instanceof InternalError ? guard.explain(e) : e;
        }
    }

    /** After what is read for thresholds, so that how much is done never falls. */
    private static void tellKept(Attempt attempt, Progress hears) {
        List<ShardRecord.Tensor> kept = attempt.kept().stream()
                .flatMap(record -> record.tensors().stream())
                .toList();
        hears.kept(
                kept.size(),
                kept.stream()
                        .mapToLong(tensor ->
                                tensor.shape().elements() * tensor.dtype().bits() / 8)
                        .sum());
    }

    /** Shard after shard, so that they are finished one after the other; in each by place, so that its digest can follow. */
    private static List<TensorPlan> tensors(MergePlan plan, List<Shard> shards) {
        Map<String, TensorPlan> byName = new HashMap<>();
        plan.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
        List<TensorPlan> ordered = new ArrayList<>();
        for (Shard shard : shards) {
            HeaderWriter.layout(shard.tensors()).stream()
                    .map(TensorInfo::name)
                    .map(byName::get)
                    .forEach(ordered::add);
        }
        return ordered;
    }

    private static List<String> sideFiles(MergePlan plan, Work work) throws IOException {
        List<String> names = new ArrayList<>(plan.sideFiles().write(work.model()));
        for (Map.Entry<String, byte[]> file : new TreeMap<>(work.files()).entrySet()) {
            NamedWrites.write(work.model().resolve(file.getKey()), file.getValue());
            names.add(file.getKey());
        }
        return names;
    }
}
