package io.paft.merge.stage;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.Progress;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Listing;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The workspace that the fixture merge-ties.json describes, with toy models. */
final class StageWorkspace {
    static final Path CONTRACT = Path.of("../contract");
    private static final String MODULE = "base_model.model.model.layers.0.mlp.up_proj.";

    final Path root;
    final List<String> log = new ArrayList<>();
    final Path termination;

    StageWorkspace(Path root) {
        this.root = root;
        this.termination = root.resolve("termination-log");
        checkpoint(root.resolve("models/tiny"), toy(1, 0.02));
        write(root.resolve("models/tiny/tokenizer.json"), "{}");
        Path sft = root.resolve("sft/" + "a".repeat(64));
        TestModels.adapter(
                sft.resolve("model"),
                "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4}",
                Map.of(
                        MODULE + "lora_A.weight", Tensor.of(Shape.of(2, 4), Dtype.F32, normal(3, 8, 0.1)),
                        MODULE + "lora_B.weight", Tensor.of(Shape.of(6, 2), Dtype.F32, normal(4, 12, 0.1))));
        finish(sft);
        Path preference = root.resolve("preference/" + "b".repeat(64));
        checkpoint(preference.resolve("model"), toy(2, 0.02));
        finish(preference);
    }

    /** Writes the manifest of an output whose files are there. */
    static void finish(Path output) {
        try {
            Files.deleteIfExists(output.resolve(Listing.MANIFEST));
            ObjectNode manifest = Json.object();
            Listing.write(manifest, FileTree.entries(output));
            write(output.resolve(Listing.MANIFEST), manifest.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The fixture, in this workspace. */
    ObjectNode document() {
        ObjectNode document = Json.readObject(CONTRACT.resolve("merge-ties.json"), "merge-ties.json");
        return document.put("workspace", root.toString());
    }

    Path output() {
        return root.resolve("merge/" + "d".repeat(64));
    }

    /** Runs a stage; returns the exit code. */
    int run(String document) {
        return run(document, engine(), SilentProgress.NONE);
    }

    /** One with little memory. */
    static Engine engine() {
        return new Engine(new Engine.Options(2, 1L << 28, Engine.Options.SHARD_SIZE));
    }

    /** Runs a stage with this engine; returns the exit code. */
    int run(String document, Engine engine, Progress progress) {
        Map<String, String> environment =
                Map.of("PAFT_STAGE", document, "PAFT_TERMINATION_LOG", termination.toString());
        return new StageRunner(engine, 2, environment, log::add, plan -> progress).run();
    }

    /** The termination message. */
    ObjectNode message() throws IOException {
        return (ObjectNode) Json.MAPPER.readTree(Files.readAllBytes(termination));
    }

    /** The manifest of the output. */
    ObjectNode manifest() {
        return Json.readObject(output().resolve("manifest.json"), "manifest.json");
    }
}
