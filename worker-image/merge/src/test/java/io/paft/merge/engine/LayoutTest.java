package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model merged with itself is, file by file and byte by byte, what save_pretrained of transformers 5.18 wrote: headers
 * and their metadata, order and padding, index, config.json, generation_config.json, tokenizer, chat template. The files
 * are made by src/test/python/make_layout.py.
 */
class LayoutTest {
    private static final Path LAYOUT = Path.of("src/test/resources/layout");
    private static final long SHARD_BYTES = 5440;

    @TempDir
    Path scratch;

    @Test
    void oneFileIsWhatTransformersWrites() throws IOException {
        assertSame("whole", Engine.Options.SHARD_SIZE);
    }

    @Test
    void shardsAndTheirIndexAreWhatTransformersWrites() throws IOException {
        assertSame("sharded", SHARD_BYTES);
    }

    private void assertSame(String name, long shardSize) throws IOException {
        Path theirs = LAYOUT.resolve(name);
        Path ours = scratch.resolve("out");
        String recipe = "{merge_method: linear, models: [{model: " + name + ", parameters: {weight: 1}}]}";
        MergeTesting.merge(LAYOUT, recipe, ours, new Engine.Options(1, 1 << 30, shardSize));
        assertThat(files(ours)).isEqualTo(files(theirs)).contains("config.json", "chat_template.jinja");
        for (String file : files(theirs)) {
            assertThat(ours.resolve(file)).hasSameBinaryContentAs(theirs.resolve(file));
        }
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
