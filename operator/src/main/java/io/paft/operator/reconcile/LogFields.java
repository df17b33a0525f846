package io.paft.operator.reconcile;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/** What log lines are about, as fields that a log store can search; for the length of a try block. */
final class LogFields implements AutoCloseable {

    private final List<String> names = new ArrayList<>();

    private LogFields() {}

    static LogFields of(PaftPipeline pipeline) {
        return new LogFields()
                .with("pipeline", pipeline.getMetadata().getName())
                .with("namespace", pipeline.getMetadata().getNamespace());
    }

    /** Beside those of its pipeline. */
    static LogFields of(@Nullable StageStatus stage) {
        var fields = new LogFields();
        return stage == null ? fields : fields.with("stage", stage.name()).with("key", stage.key());
    }

    private LogFields with(String name, String value) {
        MDC.put(name, value);
        names.add(name);
        return this;
    }

    @Override
    public void close() {
        names.forEach(MDC::remove);
    }
}
