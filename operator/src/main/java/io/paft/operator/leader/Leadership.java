package io.paft.operator.leader;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * Whether this process is the one that works.
 *
 * <p>It ends at once when it loses that: a reconcile that goes on for long must not write beside the new leader. JOSDK 5.3 would
 * call {@link System#exit}, whose shutdown hooks wait for the elector's lock, which the exiting thread holds: such a process
 * neither works nor ends.
 */
public final class Leadership implements BooleanSupplier {

    private static final Logger LOG = Logger.getLogger(Leadership.class);

    private final Runnable end;
    private volatile State state;

    private enum State {
        STANDBY,
        LEADING,
        /** Gives the Lease back by itself, once everything is written. */
        STOPPING
    }

    private Leadership(State state, Runnable end) {
        this.state = state;
        this.end = end;
    }

    /** There is no election: this process works as long as it runs. */
    public static Leadership always() {
        return new Leadership(State.LEADING, () -> {});
    }

    /**
     * One that has to be won first.
     *
     * @param end ends the process without further ado
     */
    public static Leadership elected(Runnable end) {
        return new Leadership(State.STANDBY, end);
    }

    @Override
    public boolean getAsBoolean() {
        return state == State.LEADING;
    }

    /** The process is about to stop: giving the Lease back is no loss from here on. */
    public void stop() {
        state = State.STOPPING;
    }

    /**
     * What an elector tells.
     *
     * @param won what else happens when this process becomes the leader; must return at once
     * @param handover what happens at the end of one that stops in order, when everything is written
     */
    public LeaderCallbacks callbacks(String identity, Runnable won, Runnable handover) {
        return new LeaderCallbacks(
                () -> {
                    LOG.infof("leader election: %s leads", identity);
                    state = State.LEADING;
                    won.run();
                },
                () -> stopped(handover),
                leader -> LOG.infof("leader election: the leader is %s", leader));
    }

    private void stopped(Runnable handover) {
        if (state == State.STOPPING) {
            handover.run();
            return;
        }
        LOG.error("leader election: lost the lease; this process ends so that it writes nothing beside the new leader");
        end.run();
    }
}
