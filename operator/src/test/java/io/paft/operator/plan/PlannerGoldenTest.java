package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.ListedNeighbours;
import io.paft.operator.Yaml;
import io.paft.operator.jobs.Images;
import io.paft.operator.jobs.JobFactory;
import io.paft.operator.reconcile.JobObserver;
import io.paft.operator.reconcile.SiblingObserver;
import io.paft.operator.status.RetryRequest;
import io.paft.operator.status.StagesByName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * One folder, one situation: {@code pipeline.yaml} and {@code observed.yaml} in, {@code expected.yaml} out.
 *
 * <p>{@code ${key:sft}} and {@code ${job:sft}} stand for the identity and the Job name of a stage of that pipeline. Where there
 * is a {@code before.yaml}, the pipeline as it was before an edit, {@code ${before:sft}} and {@code ${fingerprint}} are what its
 * status had. Other pipelines, and Jobs that name one of them as owner, are observed too. Run with
 * {@code -Dpaft.golden.update=true} to write what the planner says, then read it.
 */
class PlannerGoldenTest {

    private static final Instant NOW = Instant.parse("2026-01-01T01:00:00Z");
    private static final boolean UPDATE = Boolean.getBoolean("paft.golden.update");

    @TestFactory
    Stream<DynamicTest> situations() throws IOException {
        try (var folders = Files.list(Yaml.resource("golden"))) {
            List<Path> cases = folders.sorted().toList();
            assertThat(cases).isNotEmpty();
            return cases.stream()
                    .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
        }
    }

    private static void check(Path folder) throws IOException {
        Map<String, String> names = names(folder);
        PaftPipeline pipeline = Yaml.read(filled(folder.resolve("pipeline.yaml"), names), PaftPipeline.class);
        Observation observed = observed(filled(folder.resolve("observed.yaml"), names), pipeline);

        Planner planner = new Planner(new JobFactory(new Images("trainer", "merge", "IfNotPresent")));
        Decision decision = planner.plan(pipeline, observed, NOW);

        String written = emptied(Yaml.write(tree(decision)), names);
        Path expected = folder.resolve("expected.yaml");
        if (UPDATE) {
            Files.writeString(expected, written);
        }
        assertThat(written).isEqualTo(Yaml.text(expected));
        againChangesNothing(planner, pipeline, decision, observed);
    }

    /** What is planned from the status just written, with nothing new observed, writes nothing. */
    private static void againChangesNothing(
            Planner planner, PaftPipeline pipeline, Decision decision, Observation observed) {
        pipeline.setStatus(decision.status());
        Decision again = planner.plan(pipeline, observed, NOW.plusSeconds(60));
        assertThat(again.status()).isEqualTo(decision.status());
        assertThat(again.actions()).isEqualTo(decision.actions());
    }

    private static JsonNode tree(Decision decision) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        ArrayNode actions = tree.putArray("actions");
        decision.actions().forEach(action -> {
            switch (action) {
                case Action.CreateJob(Job job) -> {
                    ObjectNode created = actions.addObject()
                            .put("createJob", job.getMetadata().getName());
                    String retry = job.getMetadata().getAnnotations().get(RetryRequest.ANNOTATION);
                    if (retry != null) {
                        created.put("retry", retry);
                    }
                }
                case Action.DeleteJob(String name, String uid) ->
                    actions.addObject().put("deleteJob", name);
                case Action.SuspendJob(String name, String uid, boolean suspend) ->
                    actions.addObject().put(suspend ? "suspendJob" : "resumeJob", name);
                case Action.DeletePod(String name, String uid) ->
                    actions.addObject().put("deletePod", name);
            }
        });
        if (decision.lookAgain() != null) {
            tree.put("lookAgain", decision.lookAgain().toString());
        }
        ObjectNode status = Yaml.convert(decision.status(), ObjectNode.class);
        // Deflated: no text to read. HistoryTest holds what it is good for.
        status.remove("fingerprint");
        tree.set("status", status);
        return tree;
    }

    /** Where nothing is said of pods that have stopped, none has. */
    private static Silence silence(GenericKubernetesResource document) {
        ObjectNode heard = Yaml.convert(document.get("heard"), ObjectNode.class);
        heard.putIfAbsent("stopped", heard.arrayNode());
        return Yaml.convert(heard, Silence.class);
    }

    private static Observation observed(String yaml, PaftPipeline self) {
        List<PaftPipeline> others = new ArrayList<>();
        List<Job> jobs = new ArrayList<>();
        List<Pod> pods = new ArrayList<>();
        Map<String, Progress> progress = new LinkedHashMap<>();
        Map<String, Obstacle> obstacles = new LinkedHashMap<>();
        Silence silence = Silence.UNHEARD;
        for (String document : yaml.split("(?m)^---$", -1)) {
            if (document.lines().allMatch(line -> line.isBlank() || line.startsWith("#"))) {
                continue;
            }
            switch (Yaml.read(document)) {
                case Job job -> jobs.add(job);
                case Pod pod -> pods.add(pod);
                case GenericKubernetesResource said
                when said.getKind().equals("Progress") ->
                    progress.put(said.getMetadata().getUid(), Yaml.convert(said.get("said"), Progress.class));
                case GenericKubernetesResource heard when heard.getKind().equals("Silence") -> silence = silence(heard);
                case GenericKubernetesResource told
                when told.getKind().equals("Obstacle") ->
                    obstacles.put(told.getMetadata().getName(), Yaml.convert(told.get("told"), Obstacle.class));
                case GenericKubernetesResource other
                when other.getKind().equals("PaftPipeline") -> others.add(Yaml.read(document, PaftPipeline.class));
                case PaftPipeline other -> others.add(other);
                default ->
                    throw new IllegalArgumentException(
                            "only Jobs, Pods, what they said and other pipelines are observed: " + document);
            }
        }
        List<String> otherUids =
                others.stream().map(other -> other.getMetadata().getUid()).toList();
        List<Job> theirs = jobs.stream()
                .filter(job -> job.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> otherUids.contains(owner.getUid())))
                .toList();
        jobs.removeAll(theirs);
        return JobObserver.observe(self.getMetadata().getUid(), jobs, pods, Map.of(), progress)
                .with(silence, obstacles)
                .among(SiblingObserver.observe(self, new ListedNeighbours(others, theirs)));
    }

    private static Map<String, String> names(Path folder) {
        PaftPipeline pipeline = Yaml.read(Yaml.text(folder.resolve("pipeline.yaml")), PaftPipeline.class);
        var names = new LinkedHashMap<String, String>();
        try {
            Stage.of(StageGraph.of(pipeline.getSpec())).forEach(stage -> {
                names.put(
                        "${job:" + stage.name() + "}",
                        stage.jobName(pipeline.getMetadata().getName()));
                names.put("${key:" + stage.name() + "}", stage.key());
            });
        } catch (InvalidSpecException e) {
            // A case about a spec that makes no graph needs no names.
        }
        Path before = folder.resolve("before.yaml");
        if (Files.exists(before)) {
            namesBefore(Yaml.read(Yaml.text(before), PaftPipeline.class), names);
        }
        return names;
    }

    private static void namesBefore(PaftPipeline before, Map<String, String> names) {
        Planner planner = new Planner(new JobFactory(new Images("trainer", "merge", "IfNotPresent")));
        var status =
                planner.plan(before, new Observation(List.of(), Map.of()), NOW).status();
        StagesByName.of(status).forEach((name, stage) -> names.put("${before:" + name + "}", stage.key()));
        names.put("${fingerprint}", Objects.requireNonNull(status.fingerprint()));
    }

    private static String filled(Path file, Map<String, String> names) {
        String text = Yaml.text(file);
        for (var name : names.entrySet()) {
            text = text.replace(name.getKey(), name.getValue());
        }
        assertThat(text).doesNotContain("${");
        return text;
    }

    private static String emptied(String yaml, Map<String, String> names) {
        String text = yaml;
        for (var name : names.entrySet()) {
            text = text.replace(name.getValue(), name.getKey());
        }
        return text;
    }
}
