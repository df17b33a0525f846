package io.paft.operator.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.operator.Yaml;
import io.paft.operator.status.RetryRequest;
import io.paft.operator.status.StagesByName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whoever holds a pipeline's file: applies it, edits it, deletes it, asks for a retry, and writes conditions of their own into its status. */
final class Person {

    private final Cluster cluster;
    final String name;
    private final List<Draft> history = new ArrayList<>();
    private Draft draft;
    private int requests;

    /** @param first what it asks for at first */
    Person(Cluster cluster, String name, Draft first) {
        this.cluster = cluster;
        this.name = name;
        this.draft = first;
        apply();
    }

    @Override
    public String toString() {
        return name + ": " + draft;
    }

    @Nullable
    PaftPipeline pipeline() {
        return cluster.pipelines.get(name);
    }

    boolean apply() {
        if (pipeline() != null) {
            return false;
        }
        PaftPipeline pipeline = new PaftPipeline();
        pipeline.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(Cluster.NAMESPACE)
                .build());
        pipeline.setSpec(draft.spec());
        cluster.create(pipeline);
        return true;
    }

    boolean edit(Draft now) {
        PaftPipeline pipeline = pipeline();
        if (pipeline == null || now.equals(draft)) {
            return false;
        }
        history.add(draft);
        draft = now;
        cluster.setSpec(pipeline, now.spec());
        return true;
    }

    boolean edit(Dice dice) {
        return edit(draft.edited(dice));
    }

    /** Takes over the spec of another pipeline, if there is one. */
    boolean copy(List<Person> people) {
        return people.stream()
                .filter(person -> person != this)
                .findFirst()
                .filter(person -> edit(person.draft))
                .isPresent();
    }

    boolean suspends() {
        return draft.has(Draft.Choice.SUSPENDED);
    }

    /** Makes the spec invalid, or repairs it. */
    boolean spoil() {
        return edit(draft.other(Draft.Choice.INVALID));
    }

    /** Suspends the pipeline, or lets it go on. */
    boolean suspend() {
        return edit(draft.other(Draft.Choice.SUSPENDED));
    }

    boolean revert(Dice dice) {
        return !history.isEmpty() && edit(dice.oneIn(2) ? history.getLast() : dice.any(history));
    }

    /**
     * Asks for another try of what has failed, by a value that was never there; or takes the last one away, or says it again. Now
     * and then also where nothing has failed.
     */
    boolean retry(Dice dice) {
        PaftPipeline pipeline = pipeline();
        if (pipeline == null || pipeline.isMarkedForDeletion()) {
            return false;
        }
        boolean failed = StagesByName.of(pipeline.getStatus()).values().stream()
                .anyMatch(stage -> stage.state() == StageState.Failed);
        if (!failed && !dice.oneIn(8)) {
            return false;
        }
        boolean there = asked(pipeline) != null;
        boolean anew = requests == 0 || !dice.oneIn(4);
        String token = anew ? name + "-" + ++requests : there ? null : name + "-" + requests;
        cluster.setMetadata(pipeline, meta -> annotate(meta, token));
        return true;
    }

    private static void annotate(ObjectMeta meta, @Nullable String token) {
        Map<String, String> annotations = new HashMap<>();
        if (meta.getAnnotations() != null) {
            annotations.putAll(meta.getAnnotations());
        }
        annotations.remove(RetryRequest.ANNOTATION);
        if (token != null) {
            annotations.put(RetryRequest.ANNOTATION, token);
        }
        meta.setAnnotations(annotations);
    }

    /** What the annotation of a pipeline says. */
    static @Nullable String asked(PaftPipeline pipeline) {
        Map<String, String> annotations = pipeline.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(RetryRequest.ANNOTATION);
    }

    boolean delete(Dice dice) {
        PaftPipeline pipeline = pipeline();
        if (pipeline == null || pipeline.isMarkedForDeletion()) {
            return false;
        }
        if (dice.oneIn(2)) {
            cluster.pipelines.remove(name);
        } else {
            // --cascade=foreground
            cluster.mark(pipeline);
        }
        return true;
    }

    /** A condition that another controller keeps in the same status. */
    boolean foreignCondition(Dice dice) {
        PaftPipeline pipeline = pipeline();
        if (pipeline == null || pipeline.getStatus() == null) {
            return false;
        }
        Condition foreign = new ConditionBuilder()
                .withType("Approved")
                .withStatus(dice.oneIn(2) ? "True" : "False")
                .withReason("Asked")
                .withMessage("number " + dice.below(1000))
                .withLastTransitionTime(cluster.timestamp())
                .build();
        PaftPipelineStatus before = pipeline.getStatus();
        var conditions = new ArrayList<>(before.conditions());
        conditions.removeIf(condition -> condition.getType().equals(foreign.getType()));
        conditions.add(foreign);
        // Through a tree, so that fields which are added to the record come along.
        ObjectNode tree = Yaml.convert(before, ObjectNode.class);
        tree.set("conditions", Yaml.convert(conditions, JsonNode.class));
        cluster.setStatus(pipeline, Yaml.convert(tree, PaftPipelineStatus.class));
        return true;
    }
}
