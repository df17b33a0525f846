package io.paft.merge.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A few seconds of what {@code dev/fuzz/merge} does for as long as one likes. */
class FuzzTest {
    @TempDir
    Path root;

    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        Fuzzer fuzzer = new Fuzzer(root);
        for (long seed = 0; seed < 700; seed++) {
            assertThat(fuzzer.round(seed)).isEmpty();
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "paft.fuzz.minutes", matches = ".+", disabledReason = "dev/fuzz/merge runs it")
    void asLongAsAsked() throws IOException {
        double minutes = Double.parseDouble(System.getProperty("paft.fuzz.minutes"));
        assertThat(new Fuzzer(root).campaign(minutes, Long.getLong("paft.fuzz.seed", 0), System.out))
                .as("findings, printed above")
                .isZero();
    }
}
