package io.paft.operator.config;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import org.jboss.logging.Logger;

/** Lets the operator start with good settings only. */
@Singleton
class SettingsGate {

    private static final Logger LOG = Logger.getLogger(SettingsGate.class);

    /** Before everything that uses them. */
    private static final int VERY_FIRST = 1;

    void check(@Observes @Priority(VERY_FIRST) StartupEvent event, OperatorSettings settings) {
        List<String> problems = SettingsCheck.problems(settings, System.getenv().keySet());
        if (!problems.isEmpty()) {
            problems.forEach(problem -> LOG.errorf("configuration: %s", problem));
            throw new IllegalArgumentException("configuration: " + String.join("; ", problems));
        }
    }
}
