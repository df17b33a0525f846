package io.paft.operator.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.operator.plan.Stage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The labels and annotations by which the operator knows its Jobs and pods again. */
public final class Labels {

    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    public static final String OPERATOR = "paft-operator";
    public static final String PIPELINE = "paft.io/pipeline";
    public static final String STAGE = "paft.io/stage";
    public static final String KEY = "paft.io/key";

    /** Annotation of a Job that the operator has suspended; it lets no other Job go on. */
    public static final String SUSPENDED = "paft.io/suspended";

    /** Label of a Job that Kueue decides about. */
    public static final String QUEUE = "kueue.x-k8s.io/queue-name";

    /** A label holds 63 characters, a key has 64: the label has the first half, the annotation all of it. */
    private static final int KEY_LABEL = 32;

    private Labels() {}

    /** The key of the result that a Job makes; empty when it is none of ours. */
    public static String key(Job job) {
        Map<String, String> annotations = job.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(KEY, "");
    }

    static Map<String, String> of(String pipeline, Stage stage, @Nullable Map<String, String> own) {
        var labels = new LinkedHashMap<String, String>();
        if (own != null) {
            labels.putAll(own);
        }
        labels.put("app.kubernetes.io/name", "paft");
        labels.put("app.kubernetes.io/component", stage.node().kind().word());
        labels.put("app.kubernetes.io/instance", pipeline);
        labels.put(MANAGED_BY, OPERATOR);
        labels.put(PIPELINE, pipeline);
        labels.put(STAGE, stage.name());
        labels.put(KEY, stage.key().substring(0, KEY_LABEL));
        return labels;
    }

    static Map<String, String> annotations(Stage stage, @Nullable Map<String, String> own) {
        var annotations = new LinkedHashMap<String, String>();
        if (own != null) {
            annotations.putAll(own);
        }
        annotations.put(KEY, stage.key());
        // It says that we have suspended a Job, and that nobody need wait for it.
        annotations.remove(SUSPENDED);
        return annotations;
    }
}
