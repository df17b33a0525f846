package io.paft.merge.checkpoint;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.safetensors",
                "/etc/secret.safetensors",
                "a/../../x.safetensors",
                "..\\\\x.safetensors",
                "passwd"
            })
    void anIndexDoesNotLeadOut(String file) {
        write(root.resolve("secret.safetensors"), TestModels.safetensors(toy(1, 1)));
        write(root.resolve("m/config.json"), "{}");
        write(root.resolve("m").resolve(INDEX), "{\"weight_map\": {\"a\": \"" + file + "\"}}");
        assertFails(Reason.ModelInvalid, "which is not the name of a file in this directory");
    }

    @Test
    void aMissingShardIsNamed() {
        write(root.resolve("m/config.json"), "{}");
        write(root.resolve("m").resolve(INDEX), "{\"weight_map\": {\"a\": \"model-1.safetensors\"}}");
        assertFails(Reason.ModelInvalid, "the shard model-1.safetensors is missing");
        write(root.resolve("m/model-1.safetensors"), TestModels.safetensors(toy(1, 1)));
        assertFails(Reason.ModelInvalid, "which the index says is in null");
        write(root.resolve("m").resolve(INDEX), "{\"weight_map\": {}}");
        assertFails(Reason.ModelInvalid, "no weight_map");
        write(root.resolve("m").resolve(INDEX), "{\"weight_map\"");
        assertFails(Reason.ModelInvalid, INDEX + ", offset ");
    }

    @Test
    void picklesAreRefused() {
        write(root.resolve("m/config.json"), "{}");
        write(root.resolve("m/pytorch_model.bin"), "x");
        assertFails(Reason.UnsafeFormat, "pytorch_model.bin");
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        assertFails(Reason.ModelNotFound, "no such directory");
        Files.createDirectories(root.resolve("m"));
        assertFails(Reason.ModelNotFound, "has no model.safetensors");
        write(root.resolve("m/model.safetensors"), TestModels.safetensors(toy(1, 1)));
        assertFails(Reason.ModelNotFound, "no config.json");
    }

    @Test
    void anAdapterIsNotACheckpoint() {
        TestModels.adapter(root.resolve("m"), "{}", toy(1, 1));
        assertFails(Reason.ModelInvalid, "write it as BASE+m");
    }

    @Test
    void sideFilesAreCopiedWithoutCodeOrWeights() throws IOException {
        Path source = checkpoint(root.resolve("m"), toy(1, 1));
        for (String name : List.of(
                "tokenizer.json",
                "chat_template.jinja",
                "tokenizer.model",
                "modeling_x.py",
                "README.md",
                "training_args.bin")) {
            write(source.resolve(name), name);
        }
        write(source.resolve("additional_chat_templates/rag.jinja"), "x");
        Path target = Files.createDirectory(root.resolve("out"));
        new SideFiles(Json.object().put("dtype", "bfloat16"), source, source, null).write(target);
        try (var files = Files.list(target)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .containsExactlyInAnyOrder(
                            "config.json",
                            "tokenizer.json",
                            "chat_template.jinja",
                            "tokenizer.model",
                            "additional_chat_templates");
        }
        assertThat(target.resolve("config.json")).hasContent("{\n  \"dtype\": \"bfloat16\"\n}\n");
    }

    @Test
    void layersAreOrderedByNumberAndHeadsLast() {
        assertThat(java.util.stream.Stream.of(
                                "lm_head.weight",
                                "model.norm.weight",
                                "model.layers.10.x",
                                "model.layers.9.x",
                                "model.embed_tokens.weight")
                        .sorted(TensorOrder.BY_DEPTH))
                .containsExactly(
                        "model.embed_tokens.weight",
                        "model.layers.9.x",
                        "model.layers.10.x",
                        "model.norm.weight",
                        "lm_head.weight");
    }

    private void assertFails(Reason reason, String text) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> Checkpoint.open(root.resolve("m"), "m", arena))
                    .isInstanceOfSatisfying(MergeException.class, e -> {
                        assertThat(e.reason()).isEqualTo(reason);
                        assertThat(e.sentence()).contains(text);
                    });
        }
    }
}
