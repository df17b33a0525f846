package io.paft.operator.apiserver;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The jars that the image holds. They are built by packaging, not by testing: they may be missing, or of yesterday. */
final class PackagedOperator {

    private static final Path APP = Path.of("target", "quarkus-app");
    private static final Path CLASSES = Path.of("target", "classes");
    private static final String BUILD =
            "build it first: make build, or mvn -pl operator -am -Dmaven.test.skip=true package";

    private PackagedOperator() {}

    /** The jar to start. */
    static Path jar() throws IOException {
        Path jar = APP.resolve("quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new IllegalStateException(APP + " is missing; " + BUILD);
        }
        List<Path> ours;
        try (Stream<Path> jars = Files.list(APP.resolve("app"))) {
            ours = jars.toList();
        }
        for (Path each : ours) {
            compare(each);
        }
        return jar.toAbsolutePath();
    }

    private static void compare(Path jar) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry :
                    zip.stream().filter(file -> !file.isDirectory()).toList()) {
                Path built = CLASSES.resolve(entry.getName());
                try (InputStream packaged = zip.getInputStream(entry)) {
                    if (entry.getName().startsWith("io/paft/")
                            && !(Files.exists(built)
                                    && Arrays.equals(packaged.readAllBytes(), Files.readAllBytes(built)))) {
                        throw new IllegalStateException("%s is not made of the present sources (%s); %s"
                                .formatted(APP, entry.getName(), BUILD));
                    }
                }
            }
        }
    }
}
