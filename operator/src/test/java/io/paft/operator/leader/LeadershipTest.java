package io.paft.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeadershipTest {

    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger won = new AtomicInteger();
    private final AtomicInteger given = new AtomicInteger();
    private final Leadership leadership = Leadership.elected(ended::incrementAndGet);
    private final LeaderCallbacks callbacks = leadership.callbacks("a", won::incrementAndGet, given::incrementAndGet);

    @Test
    void leadsOnceItHasWon() {
        callbacks.onNewLeader("b");
        assertThat(leadership.getAsBoolean()).isFalse();

        callbacks.onStartLeading();
        assertThat(leadership.getAsBoolean()).isTrue();
        assertThat(won).hasValue(1);
    }

    @Test
    void endsTheProcessWhenItLoses() {
        callbacks.onStartLeading();
        callbacks.onStopLeading();
        assertThat(ended).hasValue(1);
        assertThat(given).hasValue(0);
    }

    @Test
    void givingTheLeaseBackAtTheEndIsNoLoss() {
        callbacks.onStartLeading();
        leadership.stop();
        callbacks.onStopLeading();
        assertThat(ended).hasValue(0);
        assertThat(given).hasValue(1);
        assertThat(leadership.getAsBoolean()).isFalse();
    }

    @Test
    void withoutAnElectionItAlwaysLeads() {
        assertThat(Leadership.always().getAsBoolean()).isTrue();
    }
}
