package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.jobs.Labels;
import java.net.HttpURLConnection;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Creates Jobs, of one key one at a time: of two pipelines that came to the same conclusion at the same moment one creates its
 * Job, and the other one sees it here, before the caches do.
 */
final class JobCreation {

    private static final Logger LOG = Logger.getLogger(JobCreation.class);

    private static final int UNPROCESSABLE = 422;

    private static final int RESULTS = 10_000;

    private final Requests requests;

    /** By namespace and key of a result: the uid of the pipeline that this process made its last Job for, as far as it knows. */
    private final Map<List<String>, String> makers = Collections.synchronizedMap(new BoundedMap<>(RESULTS));

    private final Object[] locks = Stream.generate(Object::new).limit(64).toArray();

    JobCreation(Requests requests) {
        this.requests = requests;
    }

    /** What became of it. */
    sealed interface Outcome {

        /** The Job is there. */
        record There() implements Outcome {}

        /** The API server will not have it: a quota, a policy, a field that is not valid. */
        record Refused(String why) implements Outcome {}

        /** Another pipeline was faster. */
        record Taken() implements Outcome {}
    }

    Outcome create(PaftPipeline pipeline, Job job, SiblingObserver.Neighbours neighbours) {
        String namespace = pipeline.getMetadata().getNamespace();
        String key = Labels.key(job);
        List<String> place = List.of(namespace, key);
        String uid = pipeline.getMetadata().getUid();
        synchronized (locks[Math.floorMod(place.hashCode(), locks.length)]) {
            // A pipeline that was edited after the cached version of it comes here for a key that the cache does not
            // know it by.
            String maker = makers.get(place);
            boolean alone = (maker == null || maker.equals(uid))
                    && SiblingObserver.observe(pipeline, key, neighbours).isEmpty();
            if (alone) {
                return requests.job(namespace, job.getMetadata().getName()) == null
                        ? create(job, place, uid)
                        : new Outcome.There();
            }
            List<Job> same = requests.jobs(
                    namespace,
                    Objects.requireNonNull(job.getMetadata().getLabels().get(Labels.KEY)));
            if (same.stream()
                    .anyMatch(other -> other.getMetadata()
                            .getName()
                            .equals(job.getMetadata().getName()))) {
                return new Outcome.There();
            }
            return isTaken(pipeline, key, new Live(neighbours, same)) ? new Outcome.Taken() : create(job, place, uid);
        }
    }

    /** That a stage has failed may be what the cache says of the time before it was asked to try again: a live Job says more. */
    private static boolean isTaken(PaftPipeline pipeline, String key, Live live) {
        Collection<Job> jobs = live.jobs(pipeline.getMetadata().getNamespace(), key);
        return SiblingObserver.observe(pipeline, key, live).stream()
                .anyMatch(sibling -> sibling.holds() || SiblingObserver.isAtWork(jobs, sibling.uid()));
    }

    private Outcome create(Job job, List<String> place, String uid) {
        makers.put(place, uid);
        try {
            requests.create(job);
            LOG.infof(
                    "%s/%s: created Job %s",
                    job.getMetadata().getNamespace(),
                    job.getMetadata().getLabels().get(Labels.PIPELINE),
                    job.getMetadata().getName());
            return new Outcome.There();
        } catch (KubernetesClientException e) {
            if (isThere(e)) {
                return new Outcome.There();
            }
            return switch (e.getCode()) {
                // 400 is what a webhook answers that gives no code of its own.
                case HttpURLConnection.HTTP_BAD_REQUEST,
                        HttpURLConnection.HTTP_FORBIDDEN,
                        HttpURLConnection.HTTP_ENTITY_TOO_LARGE,
                        UNPROCESSABLE -> new Outcome.Refused(words(e));
                default -> throw e;
            };
        }
    }

    /** A quota that somebody else changed at the same moment is a 409 too; then there is no Job, and it is worth another try. */
    private static boolean isThere(KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_CONFLICT
                && e.getStatus() != null
                && "AlreadyExists".equals(e.getStatus().getReason());
    }

    private static String words(KubernetesClientException e) {
        String message = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
        return Objects.requireNonNullElse(message, "HTTP " + e.getCode());
    }

    /** Pipelines as the cache has them, Jobs as the API server has. */
    private record Live(SiblingObserver.Neighbours cached, List<Job> jobs) implements SiblingObserver.Neighbours {

        @Override
        public Collection<PaftPipeline> asking(String namespace, String claim, String key) {
            return cached.asking(namespace, claim, key);
        }

        @Override
        public Collection<PaftPipeline> recording(String namespace, String claim, String key) {
            return cached.recording(namespace, claim, key);
        }

        @Override
        public Optional<PaftPipeline> pipeline(String namespace, String name) {
            return cached.pipeline(namespace, name);
        }

        @Override
        public Collection<Job> jobs(String namespace, String key) {
            return jobs.stream().filter(job -> key.equals(Labels.key(job))).toList();
        }
    }
}
