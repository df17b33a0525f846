package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.ChildJvm;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As a person starts it: {@code java -jar}, without an option. */
@Tag("slow")
class RelaunchTest {
    @TempDir
    private Path root;

    private ChildJvm java;

    @BeforeEach
    void models() {
        java = new ChildJvm(root).without(ChildJvm.ONE_PROCESS);
        Tensor tensor = Tensor.of(Shape.of(2000, 2000), Dtype.BF16, normal(1, 4_000_000, 0.02));
        for (String model : List.of("base", "branch")) {
            checkpoint(root.resolve(model), Map.of("model.norm.weight", tensor));
        }
        write(root.resolve("recipe.yaml"), """
                merge_method: della
                base_model: base
                models:
                  - model: branch
                    parameters: {weight: 1.0, density: 0.4, epsilon: 0.1}
                """);
    }

    @Test
    void theSecondProcessHasTheVectorApiAndABoundedHeap() throws Exception {
        Process process = java.start("run", "recipe.yaml", "out", "--max-memory", "400m");
        String command = second(process);
        assertThat(command)
                .contains("--add-modules=jdk.incubator.vector", "-XX:CompileCommand=quiet", "-Dpaft.merge.warmUp=true")
                .contains("-Xmx" + 300 * 1024 * 1024);
        assertThat(java.exit(process)).as(java.log()).isZero();
        assertThat(root.resolve("out/model.safetensors")).exists();
    }

    @Test
    void itsExitCodeIsHandedOn() throws Exception {
        assertThat(java.run("run", "missing.yaml", "out")).isEqualTo(78);
        assertThat(java.log()).contains("InvalidParameter");
    }

    @Test
    void aSignalToTheFirstStopsTheSecond() throws Exception {
        Process process = java.start("run", "recipe.yaml", "out");
        second(process);
        ProcessHandle child = process.children().findFirst().orElseThrow();
        process.destroy();
        child.onExit().get(20, TimeUnit.SECONDS);
        java.exit(process);
        assertThat(root.resolve("out")).doesNotExist();
    }

    @Test
    void aKillOfTheFirstEndsTheSecond() throws Exception {
        Process process = java.start("run", "recipe.yaml", "out");
        second(process);
        ProcessHandle child = process.children().findFirst().orElseThrow();
        process.destroyForcibly();
        child.onExit().get(20, TimeUnit.SECONDS);
    }

    /** The command of the second process, as soon as it runs. */
    private static String second(Process process) throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < end) {
            Optional<String> command = process.children()
                    .findFirst()
                    .flatMap(child -> child.info().commandLine())
                    .filter(line -> line.contains("paft.merge.relaunched"));
            if (command.isPresent()) {
                return command.get();
            }
            Thread.sleep(5);
        }
        throw new IOException("no second process");
    }
}
