package io.paft.operator.jobs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.plan.NodeInput;
import io.paft.operator.plan.Stage;
import java.time.Duration;
import java.util.Objects;

/** The JSON document in {@code PAFT_STAGE} (docs/stage-contract.md). */
final class StageDocument {

    static final String WORKSPACE = "/workspace";

    private StageDocument() {}

    static ObjectNode of(PaftPipeline pipeline, Stage stage) {
        String claim = pipeline.getSpec().workspace().volumeClaim().name();
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("apiVersion", "paft.io/v1alpha1");
        document.put("namespace", pipeline.getMetadata().getNamespace());
        document.put("pipeline", pipeline.getMetadata().getName());
        document.put("node", stage.name());
        document.put("kind", stage.node().kind().word());
        document.put("key", stage.key());
        document.put("workspace", WORKSPACE);
        document.put("output", stage.output());
        ObjectNode inputs = document.putObject("inputs");
        stage.node().inputs().forEach((name, input) -> {
            ObjectNode entry = inputs.putObject(name);
            switch (input) {
                case NodeInput.External(String uri) ->
                    entry.put("uri", uri).put("path", InputPath.of(uri, claim).path());
                case NodeInput.StageOutput(String from) -> {
                    Stage upstream = Objects.requireNonNull(stage.upstream().get(from), from);
                    entry.put("stage", from).put("key", upstream.key()).put("path", upstream.output());
                }
            }
        });
        document.set("parameters", stage.node().parameters());
        // How often is no parameter: it changes nothing that comes out.
        Duration interval = stage.node().run().checkpointInterval();
        if (interval != null) {
            document.put("checkpointIntervalSeconds", interval.toSeconds());
        }
        if (stage.node().rerun() != null) {
            document.put("rerun", stage.node().rerun());
        }
        return document;
    }
}
