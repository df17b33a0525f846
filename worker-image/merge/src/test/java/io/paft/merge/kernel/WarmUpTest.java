package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.kernel.WarmUp.Work;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WarmUpTest {
    @ParameterizedTest
    @EnumSource(Work.class)
    void everyWorkHasKernels(Work work) {
        assertThat(WarmUp.kernels(2, true, Set.of(work))).isNotEmpty();
    }

    /** However many inputs a recipe has, none of its kernels fails before the merge begins. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 12})
    void everyKernelRuns(int inputs) {
        for (boolean elects : new boolean[] {false, true}) {
            WarmUp.kernels(inputs, elects, EnumSet.allOf(Work.class)).forEach(Runnable::run);
        }
    }

    @Test
    void aMergeWithoutDeltasHasNothingToMeasure() {
        assertThat(WarmUp.kernels(0, false, EnumSet.of(Work.REPORT, Work.REPORT_DECISIONS)))
                .isEmpty();
    }

    @Test
    void whatIsReadyIsNotCalledAgain() {
        int[] calls = new int[1];
        assertThat(WarmUp.call(List.of(() -> calls[0]++, () -> calls[0]++))).isZero();
        assertThat(calls[0]).isLessThan(20);
    }

    @Test
    void endsWhenItsThreadIsInterrupted() {
        int[] calls = new int[1];
        Thread.currentThread().interrupt();
        assertThat(WarmUp.call(List.of(() -> calls[0]++))).isOne();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(calls[0]).isZero();
    }

    /** With the options that images and the second process have: a vector that stays an object makes a merge five times as long. */
    @Test
    void noVectorOfAKernelStaysAnObject() throws Exception {
        String options = Path.of(WarmUp.class
                        .getResource("/io/paft/merge/cli/kernels.options")
                        .toURI())
                .toString();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + options,
                        "-Dpaft.merge.vectorsFrom=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WarmUpProbe.class.getName())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("with objects: 0");
        assertThat(process.waitFor()).isZero();
    }
}
