package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.jobs.Labels;
import java.util.Set;

/** Watches the Jobs and pods of stages; their label names the pipeline. */
final class EventSources {

    private static final String OURS = Labels.MANAGED_BY + "=" + Labels.OPERATOR;

    /** Objects of one response: thousands of finished Jobs at once would take more memory than keeping them does. */
    static final long PAGE = 500;

    private EventSources() {}

    static <R extends HasMetadata> InformerEventSource<R, PaftPipeline> of(
            Class<R> type, EventSourceContext<PaftPipeline> context) {
        var configuration = InformerEventSourceConfiguration.from(type, PaftPipeline.class)
                .withLabelSelector(OURS)
                .withInformerListLimit(PAGE)
                .withSecondaryToPrimaryMapper(EventSources::pipelineOf)
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    private static Set<ResourceID> pipelineOf(HasMetadata resource) {
        String pipeline = resource.getMetadata().getLabels().get(Labels.PIPELINE);
        return pipeline == null
                ? Set.of()
                : Set.of(new ResourceID(pipeline, resource.getMetadata().getNamespace()));
    }
}
