package io.paft.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A checked-in file that is made from something else: compared, or written with {@code -Dpaft.crd.update=true}. */
final class GeneratedFile {
    private static final String UPDATE = "mvn -f crds test -Dpaft.crd.update=true";

    static void check(Path file, String expected) throws IOException {
        if (Boolean.getBoolean("paft.crd.update")) {
            Files.writeString(file, expected);
            return;
        }
        String command = "%s is out of date: run `%s` and commit the result".formatted(file, UPDATE);
        assertThat(file).as(command).exists();
        assertThat(Files.readString(file)).as(command).isEqualTo(expected);
    }

    private GeneratedFile() {}
}
