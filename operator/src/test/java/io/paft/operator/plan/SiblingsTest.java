package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import io.paft.operator.plan.Siblings.Rank;
import io.paft.operator.plan.Siblings.Sibling;
import io.paft.operator.plan.Siblings.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Among pipelines that ask for the same result, as each of them sees the others. */
class SiblingsTest {

    private static final Stage SFT = sft();

    @Test
    void whateverTheSituationOneMakesItAndTheOthersWait() {
        var random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            List<Sibling> pipelines = situation(random);
            List<Sibling> able = pipelines.stream()
                    .filter(pipeline -> pipeline.asks() && pipeline.recorded() == null)
                    .toList();
            List<Sibling> makers = pipelines.stream().filter(Sibling::holds).toList();

            long start = able.stream()
                    .filter(pipeline -> !pipeline.working())
                    .filter(pipeline -> standing(pipeline, pipelines) instanceof Standing.Open)
                    .count();

            // A Job goes on; without one, exactly one of those who can begins.
            assertThat(start).isEqualTo(makers.isEmpty() && !able.isEmpty() ? 1 : 0);
        }
    }

    @Test
    void aResultIsReusedOnlyWhereItLies() {
        var elsewhere = new Sibling("other", "u", "", true, false, done("pvc://elsewhere/" + SFT.output()), null);
        var here = new Sibling("other", "u", "", true, false, done("pvc://ws/" + SFT.output()), null);

        // It is not going to be made here by whoever has it elsewhere.
        assertThat(standing(elsewhere)).isInstanceOf(Standing.Open.class);
        assertThat(standing(here)).isInstanceOf(Standing.Made.class);
    }

    private static Standing standing(Sibling other) {
        return new Siblings(Map.of(SFT.key(), List.of(other))).of(SFT, "ws", new Rank("2026", "me"));
    }

    private static Standing standing(Sibling self, List<Sibling> all) {
        List<Sibling> others =
                all.stream().filter(other -> !other.uid().equals(self.uid())).toList();
        return new Siblings(Map.of(SFT.key(), others)).of(SFT, "ws", new Rank(self.since(), self.uid()));
    }

    private static List<Sibling> situation(Random random) {
        var pipelines = new ArrayList<Sibling>();
        int count = 1 + random.nextInt(6);
        boolean someoneWorks = false;
        for (int number = 0; number < count; number++) {
            boolean gaveUp = random.nextInt(4) == 0;
            boolean works = !someoneWorks && random.nextInt(5) == 0;
            someoneWorks |= works;
            pipelines.add(new Sibling(
                    "p" + number,
                    "uid-" + number,
                    "2026-01-01T00:00:0" + random.nextInt(3) + "Z",
                    random.nextInt(5) != 0,
                    works,
                    gaveUp ? failed() : null,
                    null));
        }
        return pipelines;
    }

    private static StageStatus failed() {
        return new StageStatus(
                "sft",
                StageState.Failed,
                "OutOfMemory",
                null,
                SFT.key(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static StageStatus done(String uri) {
        return new StageStatus(
                "sft",
                StageState.Succeeded,
                "Completed",
                null,
                SFT.key(),
                null,
                null,
                null,
                null,
                null,
                null,
                new Output(uri, null, null),
                null,
                null);
    }

    private static Stage sft() {
        PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
        return Stage.of(StageGraph.of(pipeline.getSpec())).stream()
                .filter(stage -> stage.name().equals("sft"))
                .findFirst()
                .orElseThrow();
    }
}
