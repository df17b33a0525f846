package io.paft.operator.plan;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.paft.api.v1alpha1.Baseline;
import io.paft.api.v1alpha1.Dataset;
import io.paft.api.v1alpha1.Evaluation;
import io.paft.api.v1alpha1.Merge;
import io.paft.api.v1alpha1.MergeCandidate;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.PodSettings;
import io.paft.api.v1alpha1.Preference;
import io.paft.api.v1alpha1.SecretRef;
import io.paft.api.v1alpha1.Sft;
import io.paft.operator.plan.NodeInput.External;
import io.paft.operator.plan.NodeInput.StageOutput;
import io.paft.operator.plan.RunSettings.HubAccess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns a spec into its nodes, dependencies first.
 *
 * <p>Nodes: [{@code fetch-*}], {@code sft}, {@code preference}, [{@code sequential}], {@code merge-<candidate>},
 * {@code evaluate-<subject>}, {@code report}.
 */
public final class StageGraph {

    static final String SFT = "sft";
    static final String PREFERENCE = "preference";
    public static final String SEQUENTIAL = "sequential";
    static final String BASE = "base";
    static final String MERGE = "merge-";
    static final String REPORT = "report";

    private static final String HUB = "hf://";
    private static final List<Baseline> DEFAULT_BASELINES = List.of(Baseline.Base, Baseline.SFT, Baseline.Preference);
    private static final ResourceRequirements SMALL = new ResourceRequirementsBuilder()
            .addToRequests("cpu", new Quantity("100m"))
            .addToRequests("memory", new Quantity("256Mi"))
            .addToLimits("memory", new Quantity("2Gi"))
            .build();

    private final PaftPipelineSpec spec;
    private final Map<String, Node> nodes = new LinkedHashMap<>();

    private StageGraph(PaftPipelineSpec spec) {
        this.spec = spec;
    }

    /**
     * The nodes of a pipeline, each after everything that it depends on.
     *
     * @throws InvalidSpecException when the spec makes no graph
     */
    public static List<Node> of(PaftPipelineSpec spec) {
        return new StageGraph(spec).build();
    }

    private List<Node> build() {
        NodeInput base = source(
                "model",
                spec.baseModel().uri(),
                "model",
                spec.baseModel().secretRef(),
                spec.baseModel().deadline(),
                spec.baseModel().rerun());
        sft(base);
        preference(base);
        Evaluation evaluation = spec.evaluation();
        List<Baseline> baselines = baselines(evaluation);
        if (baselines.contains(Baseline.Sequential)) {
            sequential(base);
        }
        spec.merge().candidates().forEach(candidate -> merge(base, candidate));
        if (evaluation != null) {
            evaluations(base, evaluation, baselines);
        }
        return List.copyOf(nodes.values());
    }

    private void sft(NodeInput base) {
        Sft sft = spec.sft();
        var inputs = new LinkedHashMap<String, NodeInput>();
        inputs.put("baseModel", base);
        inputs.put("dataset", dataset("sft-data", sft.dataset()));
        var run = run(sft.pod(), sft.retries(), sft.deadline(), sft.stallTimeout())
                .saving(checkpointInterval(sft.checkpointInterval()));
        add(new Node(SFT, NodeKind.SFT, inputs, Parameters.sft(sft), sft.rerun(), run));
    }

    private void preference(NodeInput base) {
        add(preferenceNode(PREFERENCE, base, new LinkedHashMap<>()));
    }

    /** The recipe that PAFT is compared with: the preference branch trained on top of the SFT model. */
    private void sequential(NodeInput base) {
        var inputs = new LinkedHashMap<String, NodeInput>();
        inputs.put("initial", new StageOutput(SFT));
        add(preferenceNode(SEQUENTIAL, base, inputs));
    }

    private Node preferenceNode(String name, NodeInput base, Map<String, NodeInput> inputs) {
        Preference preference = spec.preference();
        inputs.put("baseModel", base);
        inputs.put("dataset", dataset("preference-data", preference.dataset()));
        var run = run(preference.pod(), preference.retries(), preference.deadline(), preference.stallTimeout())
                .saving(checkpointInterval(preference.checkpointInterval()));
        return new Node(name, NodeKind.PREFERENCE, inputs, Parameters.preference(preference), preference.rerun(), run);
    }

    private void merge(NodeInput base, MergeCandidate candidate) {
        Merge merge = spec.merge();
        var inputs = new LinkedHashMap<String, NodeInput>();
        inputs.put("baseModel", base);
        inputs.put(SFT, new StageOutput(SFT));
        inputs.put(PREFERENCE, new StageOutput(PREFERENCE));
        add(new Node(
                mergeName(candidate),
                NodeKind.MERGE,
                inputs,
                Parameters.merge(merge, candidate),
                merge.rerun(),
                run(
                        PodSettingsOverlay.withoutImage(spec.pod()),
                        merge.pod(),
                        merge.retries(),
                        merge.deadline(),
                        merge.stallTimeout())));
    }

    private void evaluations(NodeInput base, Evaluation evaluation, List<Baseline> baselines) {
        var subjects = new LinkedHashMap<String, @Nullable String>();
        for (Baseline baseline : baselines) {
            switch (baseline) {
                case Base -> subjects.put(BASE, null);
                case SFT -> subjects.put(SFT, SFT);
                case Preference -> subjects.put(PREFERENCE, PREFERENCE);
                case Sequential -> subjects.put(SEQUENTIAL, SEQUENTIAL);
            }
        }
        List<String> candidates =
                spec.merge().candidates().stream().map(MergeCandidate::name).toList();
        spec.merge().candidates().forEach(candidate -> subjects.put(candidate.name(), mergeName(candidate)));

        subjects.forEach((subject, node) -> evaluate(base, evaluation, subject, node));
        report(candidates, List.copyOf(subjects.keySet()), evaluation);
    }

    private void evaluate(NodeInput base, Evaluation evaluation, String subject, @Nullable String node) {
        var inputs = new LinkedHashMap<String, NodeInput>();
        inputs.put("baseModel", base);
        if (node != null) {
            inputs.put("subject", new StageOutput(node));
        }
        if (evaluation.preferenceDataset() != null) {
            inputs.put("preferenceDataset", dataset("evaluation-data", evaluation.preferenceDataset()));
        }
        if (evaluation.customTasks() != null) {
            inputs.put("customTasks", new External(evaluation.customTasks().uri()));
        }
        HubAccess hub = downloads(evaluation) ? online(evaluation.secretRef()) : new HubAccess.Offline();
        RunSettings own = run(evaluation.pod(), evaluation.retries(), evaluation.deadline(), evaluation.stallTimeout());
        add(new Node(
                "evaluate-" + subject,
                NodeKind.EVALUATE,
                inputs,
                Parameters.evaluate(evaluation, subject),
                evaluation.rerun(),
                own.with(hub)));
    }

    /**
     * lm-eval's own tasks bring their data from the hub; a person's own task files lie in the workspace. Who mixes both says
     * so by naming a Secret.
     */
    private static boolean downloads(Evaluation evaluation) {
        boolean hasTasks = evaluation.tasks() != null && !evaluation.tasks().isEmpty();
        return hasTasks && (evaluation.customTasks() == null || evaluation.secretRef() != null);
    }

    private void report(List<String> candidates, List<String> subjects, Evaluation evaluation) {
        var inputs = new LinkedHashMap<String, NodeInput>();
        subjects.forEach(subject -> inputs.put(subject, new StageOutput("evaluate-" + subject)));
        nodes.values().stream()
                .filter(node -> switch (node.kind()) {
                    case SFT, PREFERENCE, MERGE -> true;
                    case FETCH, EVALUATE, REPORT -> false;
                })
                .forEach(node -> inputs.put("stage-" + node.name(), new StageOutput(node.name())));
        add(new Node(
                REPORT,
                NodeKind.REPORT,
                inputs,
                Parameters.report(candidates, subjects),
                evaluation.report() == null ? null : evaluation.report().rerun(),
                small().until(Deadline.parse(evaluation.deadline()))));
    }

    private NodeInput dataset(String role, Dataset dataset) {
        return source(role, dataset.uri(), "dataset", dataset.secretRef(), dataset.deadline(), dataset.rerun());
    }

    /** A URI of the hub becomes a node that downloads it, so that no GPU waits for a download. */
    private NodeInput source(
            String role,
            String uri,
            String type,
            @Nullable SecretRef secret,
            @Nullable String deadline,
            @Nullable String rerun) {
        if (!uri.startsWith(HUB)) {
            return new External(uri);
        }
        String name = "fetch-" + role;
        add(new Node(
                name,
                NodeKind.FETCH,
                Map.of(),
                Parameters.fetch(uri, type),
                rerun,
                small().with(online(secret)).until(Deadline.parse(deadline))));
        return new StageOutput(name);
    }

    private static HubAccess online(@Nullable SecretRef secret) {
        return new HubAccess.Online(secret == null ? null : secret.name());
    }

    private RunSettings run(
            @Nullable PodSettings own,
            @Nullable Integer retries,
            @Nullable String deadline,
            @Nullable String stallTimeout) {
        return run(spec.pod(), own, retries, deadline, stallTimeout);
    }

    private static RunSettings run(
            @Nullable PodSettings defaults,
            @Nullable PodSettings own,
            @Nullable Integer retries,
            @Nullable String deadline,
            @Nullable String stallTimeout) {
        return new RunSettings(
                PodSettingsOverlay.of(defaults, own),
                retries == null ? RunSettings.DEFAULT_RETRIES : retries,
                Deadline.parse(deadline),
                new HubAccess.Offline(),
                null,
                Deadline.parse("stallTimeout", stallTimeout));
    }

    private static @Nullable Duration checkpointInterval(@Nullable String text) {
        return Deadline.parse("checkpointInterval", text);
    }

    private RunSettings small() {
        PodSettings pod = PodSettingsOverlay.withResources(PodSettingsOverlay.of(spec.pod(), null), SMALL);
        return new RunSettings(pod, RunSettings.DEFAULT_RETRIES, null, new HubAccess.Offline(), null, null);
    }

    private static List<Baseline> baselines(@Nullable Evaluation evaluation) {
        if (evaluation == null) {
            return List.of();
        }
        return evaluation.baselines() == null ? DEFAULT_BASELINES : new ArrayList<>(evaluation.baselines());
    }

    private static String mergeName(MergeCandidate candidate) {
        return MERGE + candidate.name();
    }

    private void add(Node node) {
        nodes.put(node.name(), node);
    }
}
