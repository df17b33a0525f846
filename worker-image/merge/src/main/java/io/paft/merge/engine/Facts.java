package io.paft.merge.engine;

import io.paft.merge.Version;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.files.InputReads;
import io.paft.merge.journal.MergeFacts;
import io.paft.merge.journal.Share;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What decides the result of a merge, taken from its plan. */
final class Facts {
    private Facts() {}

    /** The facts; reads a little of every file of the models, and all of what is copied beside the weights. */
    static MergeFacts of(MergePlan plan, ModelSet models, Engine.Options options, ShardLayout layout, Share share)
            throws IOException {
        List<MergeFacts.Input> inputs = new ArrayList<>();
        for (ModelFile file : models.files().values()) {
            inputs.add(InputReads.of(() -> MergeFacts.input(file)));
        }
        return new MergeFacts(
                MergeFacts.version(Version.current()),
                plan.method(),
                plan.reported(),
                PlanDigest.of(plan),
                inputs,
                plan.sideFiles().digest(),
                options.seed(),
                options.shardSize(),
                layout.shards().size(),
                share);
    }
}
