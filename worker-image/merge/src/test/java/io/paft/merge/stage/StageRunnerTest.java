package io.paft.merge.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.TestModels;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Hashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageRunnerTest {
    @TempDir
    Path root;

    private StageWorkspace workspace;

    @BeforeEach
    void prepare() {
        workspace = new StageWorkspace(root);
    }

    @Test
    void theFixtureGivesACompleteOutput() throws IOException {
        assertThat(workspace.run(workspace.document().toString())).isZero();
        ObjectNode message = workspace.message();
        assertThat(message.path("outcome").asText()).isEqualTo("Succeeded");
        assertThat(message.path("reason").asText()).isEqualTo("Completed");
        assertThat(message.path("metrics").size()).isBetween(6, 16);
        assertThat(message.path("metrics").path("tensors").asInt()).isEqualTo(4);
        assertThat(message.path("metrics").path("sftDecides").asDouble()).isBetween(0.0, 1.0);
        assertThat(message.path("message").asText())
                .matches(
                        "merged 4 tensors with ties: kept [0-9.]+ % of the sft delta and 9\\.5 % of the preference delta; "
                                + "their signs conflict in [0-9.]+ % of the elements before and [0-9.]+ % after trimming\\. sft alone "
                                + "decides [0-9.]+ % of the elements, preference alone [0-9.]+ %, both together [0-9.]+ %, neither [0-9.]+ %");
        ObjectNode manifest = workspace.manifest();
        assertThat(manifest.properties().stream().map(java.util.Map.Entry::getKey))
                .containsExactly(
                        "apiVersion",
                        "kind",
                        "node",
                        "stage",
                        "key",
                        "parameters",
                        "inputs",
                        "resolved",
                        "files",
                        "digest",
                        "bytes",
                        "versions",
                        "startTime",
                        "completionTime",
                        "metrics");
        assertThat(StreamSupport.stream(manifest.path("files").spliterator(), false)
                        .map(file -> file.path("path").asText()))
                .containsExactly(
                        "merge-report.json",
                        "model/config.json",
                        "model/model.safetensors",
                        "model/tokenizer.json",
                        "recipe.yaml");
        List<FileEntry> entries = FileTree.entries(workspace.output()).stream()
                .filter(entry -> !entry.path().equals("manifest.json"))
                .toList();
        assertThat(manifest.path("digest").asText())
                .isEqualTo(Hashes.of(entries))
                .isEqualTo(message.path("digest").asText());
        assertThat(manifest.path("inputs").path("baseModel").path("digest").asText())
                .isEqualTo(Hashes.of(FileTree.entries(root.resolve("models/tiny"))));
        assertThat(manifest.path("inputs").path("sft").has("digest")).isFalse();
        assertThat(manifest.path("parameters")).isEqualTo(workspace.document().path("parameters"));
        assertThat(manifest.path("resolved").path("normalize").asBoolean()).isTrue();
        assertThat(Files.readString(workspace.output().resolve("recipe.yaml")))
                .contains(
                        "base_model: models/tiny\n",
                        "model: models/tiny+sft/" + "a".repeat(64) + "/model",
                        "density: 0.1",
                        "out_dtype: float32");
    }

    @Test
    void aFinishedStageIsReused() throws IOException {
        workspace.run(workspace.document().toString());
        ObjectNode first = workspace.message();
        assertThat(workspace.run(workspace.document().toString())).isZero();
        ObjectNode second = workspace.message();
        assertThat(second.path("outcome").asText()).isEqualTo("Reused");
        assertThat(second.path("metrics")).isEqualTo(first.path("metrics"));
        assertThat(second.path("digest")).isEqualTo(first.path("digest"));
    }

    @Test
    void aDamagedOutputIsMovedAsideAndMadeAgain() throws IOException {
        workspace.run(workspace.document().toString());
        String digest = workspace.message().path("digest").asText();
        Path weights = workspace.output().resolve("model/model.safetensors");
        flipABit(weights);
        assertThat(workspace.run(workspace.document().toString())).isZero();
        assertThat(workspace.message().path("outcome").asText()).isEqualTo("Succeeded");
        assertThat(workspace.message().path("digest").asText()).isEqualTo(digest);
        assertThat(names()).anyMatch(name -> name.matches("d{64}\\.corrupt-\\d+"));
        assertThat(workspace.log).anyMatch(line -> line.contains("model/model.safetensors has another sha256"));
    }

    @Test
    void aManifestThatIsNoJsonIsMovedAside() throws IOException {
        TestModels.write(workspace.output().resolve("manifest.json"), "{\"kind\":");
        assertThat(workspace.run(workspace.document().toString())).isZero();
        assertThat(names()).anyMatch(name -> name.contains(".corrupt-"));
    }

    @Test
    void anUnfinishedOutputIsMadeAgain() throws IOException {
        TestModels.write(workspace.output().resolve("model/model.safetensors"), "half");
        TestModels.write(root.resolve("merge/" + "d".repeat(64) + ".tmp/model/x"), "stale");
        assertThat(workspace.run(workspace.document().toString())).isZero();
        assertThat(names()).containsExactlyInAnyOrder("d".repeat(64), "d".repeat(64) + ".lock");
        assertThat(workspace.output().resolve("model/x")).doesNotExist();
    }

    @Test
    void everyMethodAndDefault() throws IOException {
        for (String parameters : List.of(
                "{\"method\":\"Linear\",\"sft\":{\"weight\":1},\"preference\":{\"weight\":0.5}}",
                "{\"method\":\"TaskArithmetic\",\"lambda\":0.5,\"normalize\":true,\"sft\":{\"weight\":1},\"preference\":{\"weight\":0.5}}",
                "{\"method\":\"TIES\",\"sft\":{\"weight\":1},\"preference\":{\"weight\":0.5},\"outputDtype\":\"bfloat16\"}")) {
            ObjectNode document = workspace.document();
            document.set("parameters", io.paft.merge.Json.MAPPER.readTree(parameters));
            FileTree.delete(workspace.output());
            assertThat(workspace.run(document.toString())).isZero();
            assertThat(workspace.message().path("message").asText())
                    .contains(": all of both deltas; their signs conflict in ", " both together ");
        }
        assertThat(workspace
                        .manifest()
                        .path("resolved")
                        .path("sft")
                        .path("density")
                        .asDouble())
                .isEqualTo(1);
    }

    @Test
    void aBitThatFlippedInABranchIsNoMerge() throws IOException {
        flipABitOfTheBranch();
        assertFails(
                workspace.document().toString(),
                65,
                "ModelInvalid",
                "the output of stage preference is damaged (model/model.safetensors has another sha256");
    }

    /** After it was compared with its manifest: what is read then may be neither what was trained nor what lies there now. */
    @Test
    void aBitThatFlipsWhileABranchIsReadIsNoMerge() throws IOException {
        var flips = new SilentProgress() {
            @Override
            public void kept(int tensors, long bytes) {
                flipABitOfTheBranch();
            }
        };
        assertThat(workspace.run(workspace.document().toString(), StageWorkspace.engine(), flips))
                .isEqualTo(65);
        assertThat(workspace.message().path("reason").asText()).isEqualTo("ModelInvalid");
        assertThat(workspace.message().path("message").asText())
                .contains(
                        "the output of stage preference is damaged (model/model.safetensors has another sha256",
                        "Set rerun on that stage.");
        assertThat(names()).containsExactly("d".repeat(64) + ".lock");
    }

    @Test
    void whatWasTouchedAfterItWasComparedIsComparedAgain() throws IOException {
        var document = StageDocument.parse(workspace.document().toString());
        var inputs = new VerifiedInputs(document.inputs().values());
        inputs.confirm();
        Files.setLastModifiedTime(branch(), FileTime.fromMillis(1));
        inputs.confirm();
        flipABitOfTheBranch();
        assertThatThrownBy(inputs::confirm)
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("the output of stage preference is damaged");
    }

    private Path branch() {
        return root.resolve("preference/" + "b".repeat(64) + "/model/model.safetensors");
    }

    private void flipABitOfTheBranch() {
        flipABit(branch());
    }

    private static void flipABit(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            content[content.length - 1] ^= 1;
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aBranchWhoseManifestIsCutShortIsNoMerge() throws IOException {
        TestModels.write(root.resolve("sft/" + "a".repeat(64) + "/manifest.json"), "{\"files\": [");
        assertFails(
                workspace.document().toString(),
                65,
                "ModelInvalid",
                "the output of stage sft is damaged (manifest.json cannot be read");
    }

    @Test
    void everyErrorHasItsReasonAndCode() throws IOException {
        assertFails("", 78, "InvalidStage", "missing or empty");
        assertFails("{", 78, "InvalidStage", "not JSON");
        assertFails("[]", 78, "InvalidStage", "must be a JSON object");
        assertFails(changed(d -> d.remove("key")), 78, "InvalidStage", "the field key");
        assertFails(changed(d -> d.put("output", "../x")), 78, "InvalidStage", "must be merge/");
        assertFails(changed(d -> d.put("kind", "sft")), 78, "InvalidStage", "trainer image");
        assertFails(changed(d -> input(d, "baseModel").put("path", "../../etc")), 78, "InvalidStage", "..");
        assertFails(
                changed(d -> ((ObjectNode) d.path("inputs")).remove("sft")), 78, "InvalidStage", "needs the input sft");
        assertFails(changed(d -> parameters(d).put("method", "Slerp")), 78, "InvalidParameter", "Slerp");
        assertFails(changed(d -> parameters(d).put("lamda", 1)), 78, "InvalidParameter", "lamda");
        assertFails(
                changed(d -> ((ObjectNode) parameters(d).path("sft")).put("density", 2)),
                78,
                "InvalidParameter",
                "sft.density");
        assertFails(changed(d -> parameters(d).put("outputDtype", "int8")), 78, "InvalidParameter", "outputDtype");
        assertFails(changed(d -> input(d, "baseModel").put("path", "models/none")), 65, "ModelNotFound", "models/none");
        assertFails(changed(d -> input(d, "sft").put("path", "sft/none")), 65, "ModelNotFound", "it was removed");
        assertFails(changed(d -> d.put("workspace", "/nowhere/at/all")), 78, "WorkspaceReadOnly", "not mounted");
        TestModels.write(root.resolve("models/tiny/model.safetensors"), "short");
        assertFails(changed(d -> {}), 65, "ModelInvalid", "models/tiny/model.safetensors, offset 0");
        Files.delete(root.resolve("models/tiny/model.safetensors"));
        TestModels.write(root.resolve("models/tiny/pytorch_model.bin"), "x");
        assertFails(changed(d -> {}), 65, "UnsafeFormat", "pytorch_model.bin");
        TestModels.checkpoint(
                root.resolve("models/tiny"), java.util.Map.of("model.norm.weight", TestModels.Tensor.vector(1)));
        assertFails(changed(d -> {}), 65, "ShapeMismatch", "up_proj");
        assertThat(names()).noneMatch(name -> name.endsWith(".tmp") || name.length() == 64);
    }

    @Test
    void aLongMessageIsCutAndTheJsonIsNot() {
        ObjectNode message = Termination.of("Failed", "InternalError", "é\"\n".repeat(4000), null);
        byte[] bytes = Termination.encode(message);
        assertThat(bytes.length).isBetween(4080, Termination.LIMIT);
        assertThat(new String(bytes, java.nio.charset.StandardCharsets.UTF_8)).endsWith("...\"}");
    }

    private void assertFails(String document, int code, String reason, String text) throws IOException {
        assertThat(workspace.run(document)).as(text).isEqualTo(code);
        ObjectNode message = workspace.message();
        assertThat(message.path("outcome").asText()).isEqualTo("Failed");
        assertThat(message.path("reason").asText()).isEqualTo(reason);
        assertThat(message.path("message").asText()).contains(text);
    }

    private String changed(Consumer<ObjectNode> change) {
        ObjectNode document = workspace.document();
        change.accept(document);
        return document.toString();
    }

    private static ObjectNode parameters(ObjectNode document) {
        return (ObjectNode) document.path("parameters");
    }

    private static ObjectNode input(ObjectNode document, String name) {
        return (ObjectNode) document.path("inputs").path(name);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("merge"))) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
