package io.paft.operator.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.api.v1alpha1.Dataset;
import io.paft.api.v1alpha1.Evaluation;
import io.paft.api.v1alpha1.Merge;
import io.paft.api.v1alpha1.MergeCandidate;
import io.paft.api.v1alpha1.MergeInput;
import io.paft.api.v1alpha1.Preference;
import io.paft.api.v1alpha1.Sft;
import io.paft.api.v1alpha1.SparsifyMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code parameters} of each kind of stage: the fields of the spec that can change its output, as they were written. */
final class Parameters {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, null))
            .build();

    private Parameters() {}

    static ObjectNode fetch(String uri, String type) {
        return JSON.createObjectNode().put("uri", uri).put("type", type);
    }

    static ObjectNode sft(Sft sft) {
        ObjectNode node = JSON.createObjectNode();
        set(node, "dataset", dataset(sft.dataset()));
        set(node, "tuning", sft.tuning());
        set(node, "sparsity", sft.sparsity());
        set(node, "hyperparameters", sft.hyperparameters());
        set(node, "extraArgs", sft.extraArgs());
        return node;
    }

    static ObjectNode preference(Preference preference) {
        ObjectNode node = JSON.createObjectNode();
        set(node, "algorithm", preference.algorithm());
        set(node, "beta", preference.beta());
        set(node, "dataset", dataset(preference.dataset()));
        set(node, "tuning", preference.tuning());
        set(node, "hyperparameters", preference.hyperparameters());
        set(node, "extraArgs", preference.extraArgs());
        return node;
    }

    /**
     * A candidate's name is not a parameter: renaming a recipe merges nothing again. Nor is the common seed, where nothing is
     * random, nor {@code allowNaN: false}, which is what a merge does anyway.
     */
    static ObjectNode merge(Merge merge, MergeCandidate candidate) {
        ObjectNode node = JSON.valueToTree(candidate);
        node.remove("name");
        if (candidate.seed() == null && isRandom(candidate)) {
            set(node, "seed", merge.seed());
        }
        set(node, "outputDtype", merge.outputDtype());
        if (Boolean.TRUE.equals(merge.allowNaN())) {
            node.put("allowNaN", true);
        }
        return node;
    }

    private static boolean isRandom(MergeCandidate candidate) {
        return switch (candidate.method()) {
            case DARELinear, DARETIES, DELLALinear, DELLA -> true;
            case Linear,
                    TaskArithmetic,
                    TIES,
                    Breadcrumbs,
                    BreadcrumbsTIES,
                    SLERP,
                    NuSLERP,
                    MultiSLERP,
                    ModelStock,
                    SCE,
                    NearSwap,
                    RAM,
                    RAMPlus -> isRandom(candidate.sft()) || isRandom(candidate.preference());
        };
    }

    private static boolean isRandom(@Nullable MergeInput branch) {
        return branch != null && branch.sparsify() != null && branch.sparsify().method() == SparsifyMethod.Random;
    }

    static ObjectNode evaluate(Evaluation evaluation, String subject) {
        ObjectNode node = JSON.createObjectNode();
        node.put("subject", subject);
        set(node, "tasks", evaluation.tasks());
        Dataset pairs = evaluation.preferenceDataset();
        set(node, "preferenceDataset", pairs == null ? null : dataset(pairs));
        set(node, "prompts", evaluation.prompts());
        set(node, "batchSize", evaluation.batchSize());
        return node;
    }

    static ObjectNode report(List<String> candidates, List<String> subjects) {
        ObjectNode node = JSON.createObjectNode();
        set(node, "candidates", candidates);
        set(node, "subjects", subjects);
        return node;
    }

    private static ObjectNode dataset(Dataset dataset) {
        ObjectNode node = JSON.createObjectNode();
        set(node, "uri", dataset.uri());
        set(node, "split", dataset.split());
        return node;
    }

    private static void set(ObjectNode node, String name, @Nullable Object value) {
        if (value != null) {
            node.set(name, JSON.valueToTree(value));
        }
    }
}
