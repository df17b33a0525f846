package io.paft.merge.engine;

import io.paft.merge.Version;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.journal.MergeFacts;
import io.paft.merge.journal.Share;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What decides the result of a merge, taken from its plan. */
final class Facts {
    private Facts() {}

    /** The facts; reads a little of every file of the models. */
    static MergeFacts of(MergePlan plan, ModelSet models, Engine.Options options, ShardLayout layout, Share share)
            throws IOException {
        List<MergeFacts.Input> inputs = new ArrayList<>();
        for (ModelFile file : models.files().values()) {
            inputs.add(MergeFacts.input(file));
        }
        return new MergeFacts(
                MergeFacts.version(Version.current()),
                plan.method(),
                plan.reported(),
                PlanDigest.of(plan),
                inputs,
                options.seed(),
                options.shardSize(),
                layout.shards().size(),
                share);
    }
}
