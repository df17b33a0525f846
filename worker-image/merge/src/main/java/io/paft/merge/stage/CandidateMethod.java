package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The methods of a merge candidate under the names of the pipeline's API, their parameters and the defaults of those. */
enum CandidateMethod {
    LINEAR("Linear", "linear"),
    TASK_ARITHMETIC("TaskArithmetic", "task_arithmetic"),
    TIES("TIES", "ties"),
    DARE_LINEAR("DARELinear", "dare_linear"),
    DARE_TIES("DARETIES", "dare_ties"),
    BREADCRUMBS("Breadcrumbs", "breadcrumbs"),
    BREADCRUMBS_TIES("BreadcrumbsTIES", "breadcrumbs_ties"),
    DELLA_LINEAR("DELLALinear", "della_linear"),
    DELLA("DELLA", "della"),
    SLERP("SLERP", "slerp"),
    NUSLERP("NuSLERP", "nuslerp"),
    MULTISLERP("MultiSLERP", "multislerp"),
    MODEL_STOCK("ModelStock", "model_stock"),
    SCE("SCE", "sce"),
    NEARSWAP("NearSwap", "nearswap"),
    RAM("RAM", "ram"),
    RAMPLUS("RAMPlus", "ramplus_tl");

    /** In place of the default of a parameter that must be written. */
    static final JsonNode REQUIRED = MissingNode.getInstance();

    private final String apiName;
    private final String yamlName;

    CandidateMethod(String apiName, String yamlName) {
        this.apiName = apiName;
        this.yamlName = yamlName;
    }

    /** What a recipe names as its base model. */
    enum Base {
        /** The pre-trained model, which deltas are taken against. */
        PRETRAINED,
        /** The same, listed among the models with weight 0: it gives configuration and tokenizer. */
        LISTED,
        /** The SFT model: the merge leads from it to the preference model. */
        SFT
    }

    /** Its name in a pipeline. */
    String apiName() {
        return apiName;
    }

    /** The recipe's {@code merge_method}. */
    String yamlName() {
        return yamlName;
    }

    Base base() {
        return switch (this) {
            case LINEAR -> Base.LISTED;
            case SLERP, NEARSWAP -> Base.SFT;
            default -> Base.PRETRAINED;
        };
    }

    /** True when it looks at deltas against the pre-trained model, which can be sparsified. */
    boolean takesDeltas() {
        return base() == Base.PRETRAINED;
    }

    /** True when it throws elements away at random. */
    boolean isRandom() {
        return switch (this) {
            case DARE_LINEAR, DARE_TIES, DELLA_LINEAR, DELLA -> true;
            default -> false;
        };
    }

    /** Parameters of the candidate as a whole, with their defaults. */
    Map<String, JsonNode> shared() {
        return switch (this) {
            case LINEAR -> map("normalize", true);
            case TASK_ARITHMETIC -> map("lambda", 1.0, "normalize", false);
            case TIES -> map("lambda", 1.0, "normalize", true, "rescale", false);
            case BREADCRUMBS, BREADCRUMBS_TIES -> map("lambda", 1.0, "normalize", false, "rescale", false);
            case DARE_LINEAR, DARE_TIES, DELLA_LINEAR -> map("lambda", 1.0, "normalize", false, "rescale", true);
            case DELLA -> map("lambda", 1.0, "normalize", true, "rescale", true);
            case SLERP, NEARSWAP -> map("t", REQUIRED);
            case NUSLERP -> map("nuslerpFlatten", true, "nuslerpRowWise", false);
            case MULTISLERP -> map("normalizeWeights", true, "eps", 1e-8);
            case MODEL_STOCK -> map("filterWise", false);
            case SCE -> map("selectTopk", 1.0);
            case RAM -> map("epsilon", 1e-5);
            case RAMPLUS -> map("epsilon", 1e-5, "r", 0.1, "alpha", 0.2);
        };
    }

    /** Parameters of each branch, with their defaults. */
    Map<String, JsonNode> ofBranch() {
        return switch (this) {
            case LINEAR, TASK_ARITHMETIC, NUSLERP, MULTISLERP -> map("weight", REQUIRED);
            case TIES, DARE_LINEAR, DARE_TIES -> map("weight", REQUIRED, "density", 1.0);
            case BREADCRUMBS, BREADCRUMBS_TIES -> map("weight", REQUIRED, "density", 1.0, "gamma", 0.01);
            case DELLA_LINEAR, DELLA -> map("weight", REQUIRED, "density", 1.0, "epsilon", 0.15);
            case SLERP, MODEL_STOCK, SCE, NEARSWAP, RAM, RAMPLUS -> map();
        };
    }

    /** The method of this name in a pipeline. */
    static Optional<CandidateMethod> parse(String name) {
        return Arrays.stream(values())
                .filter(method -> method.apiName.equals(name))
                .findFirst();
    }

    /** All names, for messages. */
    static String supported() {
        return Arrays.stream(values()).map(CandidateMethod::apiName).collect(Collectors.joining(", "));
    }

    private static Map<String, JsonNode> map(Object... namesAndDefaults) {
        Map<String, JsonNode> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndDefaults.length; i += 2) {
            map.put(
                    (String) namesAndDefaults[i],
                    switch (namesAndDefaults[i + 1]) {
                        case Boolean flag -> BooleanNode.valueOf(flag);
                        case Double number -> DoubleNode.valueOf(number);
                        default -> REQUIRED;
                    });
        }
        return map;
    }
}
