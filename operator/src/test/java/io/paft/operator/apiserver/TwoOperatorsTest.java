package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.operator.status.StagesByName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two replicas as processes, with the rights and settings of manifests/base, on one API server. */
@Tag("apiserver")
class TwoOperatorsTest {

    private static final Logger LOG = Logger.getLogger(TwoOperatorsTest.class);
    private static final String DONE =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\",\"metrics\":{\"steps\":1},\"digest\":\"sha256:0\",\"bytes\":1}";

    /** The lease and a round of whoever looks at it; slow machines need a little more. */
    private static final Duration AFTER_A_KILL = Duration.ofSeconds(25);

    private static World world;
    private static Installed installed;
    private OperatorProcess first;
    private OperatorProcess second;
    private String namespace;

    @BeforeAll
    static void startWorld() {
        world = new World();
        installed = new Installed(world, "base");
    }

    @AfterAll
    static void stopWorld() {
        world.close();
    }

    @BeforeEach
    void start() {
        namespace = world.namespace();
        first = installed.replica("operator-a").ready();
        await().atMost(AFTER_A_KILL).until(first::leads);
        second = installed.replica("operator-b").ready();
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    @Test
    void oneWorksAndTheOtherTakesOverWhenItIsKilled() {
        PaftPipeline pipeline = world.apply(namespace);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
        List<String> jobs = uids();
        assertThat(second.leads()).isFalse();
        assertThat(second.status("/q/health/ready")).isEqualTo(200);
        assertThat(second.metric("reconciliations_started_total")).isZero();
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(
                        () -> assertThat(installed.isLabelled("operator-a")).isTrue());
        assertThat(installed.isLabelled("operator-b")).isFalse();

        Instant killed = Instant.now();
        first.kill();
        world.workload.complete(world.job(namespace, "sft").orElseThrow(), DONE);
        await().atMost(AFTER_A_KILL).until(second::leads);
        Duration lead = Duration.between(killed, Instant.now());
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(StagesByName.of(world.get(pipeline).getStatus())
                                        .get("sft")
                                        .state())
                                .isEqualTo(StageState.Succeeded));
        await().atMost(Duration.ofSeconds(10)).until(() -> world.jobs(namespace).size() == 5);
        LOG.infof(
                "takeover after SIGKILL: leads after %.1f s, has gone on after %.1f s",
                lead.toMillis() / 1000.0,
                Duration.between(killed, Instant.now()).toMillis() / 1000.0);

        assertThat(uids()).as("no Job was made again").containsAll(jobs);
        assertThat(second.metric("paft_stage_attempts_total")).isLessThanOrEqualTo(1);
        await().atMost(Duration.ofSeconds(5)).until(() -> installed.isLabelled("operator-b"));

        // The container that was killed starts again, in a pod that still has the label.
        first = installed.replica("operator-a").ready();
        assertThat(first.leads()).isFalse();
        assertThat(installed.isLabelled("operator-a")).isFalse();
    }

    @Test
    void aGracefulStopHandsOverAtOnce() {
        Instant stopped = Instant.now();
        first.terminate();
        assertThat(first.end()).isEqualTo(143);
        Duration end = Duration.between(stopped, Instant.now());
        await().atMost(Duration.ofSeconds(8))
                .pollInterval(Duration.ofMillis(50))
                .until(second::leads);
        LOG.infof(
                "handover after SIGTERM: the old one ended after %.1f s, the new one leads after %.1f s",
                end.toMillis() / 1000.0,
                Duration.between(stopped, Instant.now()).toMillis() / 1000.0);
        assertThat(first.log()).contains("gave the lease paft-system/paft-operator back");

        world.apply(namespace);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
    }

    @Test
    void aLeaderThatWasFrozenEndsWhenItWakesUp() {
        first.signal("STOP");
        await().atMost(AFTER_A_KILL).until(second::leads);
        world.apply(namespace);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);

        first.signal("CONT");

        assertThat(first.end()).isEqualTo(1);
        assertThat(first.log()).contains("lost the lease");
        assertThat(second.leads()).isTrue();
        assertThat(world.jobs(namespace)).hasSize(3);
    }

    private List<String> uids() {
        return world.jobs(namespace).stream()
                .map(job -> job.getMetadata().getUid())
                .toList();
    }
}
