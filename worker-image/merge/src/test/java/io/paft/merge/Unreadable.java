package io.paft.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Files that a process may not read, whoever runs the tests. */
public final class Unreadable {
    private Unreadable() {}

    /**
     * Takes away every right to read a file; skips the test where root cannot be kept from reading it.
     *
     * @return what to put in front of a command so that it cannot read the file
     */
    public static List<String> make(Path file) throws IOException, InterruptedException {
        assertThat(file.toFile().setReadable(false, false)).isTrue();
        if (!Files.isReadable(file)) {
            return List.of();
        }
        // Root reads everything, but for the capabilities that say so.
        List<String> without = List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");
        assumeTrue(works(without, "! cat " + file), "needs setpriv, or a user who is not root");
        return without;
    }

    /** True when a script ends well behind these words. */
    public static boolean works(List<String> prefix, String script) throws InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("sh", "-c", script));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
