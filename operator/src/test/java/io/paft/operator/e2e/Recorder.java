package io.paft.operator.e2e;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Every version of the pipelines of a namespace, as a watch delivers them. */
final class Recorder implements AutoCloseable {

    /** A version, and when it was seen. */
    record Seen(Instant at, PaftPipeline pipeline) {

        PaftPipelineStatus status() {
            return pipeline.getStatus();
        }

        String stages() {
            return status().stages() == null
                    ? ""
                    : status().stages().stream()
                            .map(stage -> stage.name() + "=" + stage.state())
                            .collect(Collectors.joining(" "));
        }

        @Override
        public String toString() {
            String why = status().stages() == null
                    ? ""
                    : status().stages().stream()
                            .filter(stage -> stage.message() != null && stage.state() != StageState.Succeeded)
                            .filter(stage -> !"WaitingForDependencies".equals(stage.reason()))
                            .map(stage -> "\n    %s: %s: %s".formatted(stage.name(), stage.reason(), stage.message()))
                            .collect(Collectors.joining());
            return at + " " + status().phase() + ": " + stages() + why;
        }
    }

    private final List<Seen> versions = new CopyOnWriteArrayList<>();
    private final Watch watch;

    Recorder(KubernetesClient client, String namespace) {
        watch = client.resources(PaftPipeline.class).inNamespace(namespace).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, PaftPipeline pipeline) {
                if (action == Action.ADDED || action == Action.MODIFIED) {
                    versions.add(new Seen(Instant.now(), pipeline));
                }
            }

            @Override
            public void onClose(WatcherException cause) {
                // The story ends, or fails for want of what it waits for.
            }
        });
    }

    /** Versions of one pipeline that have a status, oldest first. */
    List<Seen> of(String pipeline) {
        return versions.stream()
                .filter(seen -> seen.pipeline().getMetadata().getName().equals(pipeline))
                .filter(seen -> seen.pipeline().getStatus() != null)
                .toList();
    }

    /** The distinct things that a stage was said to be, oldest first. */
    List<StageStatus> statesOf(String pipeline, String stage) {
        return of(pipeline).stream()
                .filter(seen -> seen.status().stages() != null)
                .flatMap(seen -> seen.status().stages().stream())
                .filter(status -> status.name().equals(stage))
                .distinct()
                .toList();
    }

    /** One line per version. */
    String history(String pipeline) {
        return of(pipeline).stream().map(Seen::toString).collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        watch.close();
    }
}
