package io.paft.merge.recipe;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The merge methods of the engine, under mergekit's names. */
public enum Method {
    /** Weighted mean of the models. */
    LINEAR("linear", true),
    /** Base plus the weighted sum of the deltas. */
    TASK_ARITHMETIC("task_arithmetic", false),
    /** Trims each delta by magnitude, elects a sign per element, adds what agrees with it. */
    TIES("ties", true),
    /** Drops the largest and the smallest of each delta, then adds. */
    BREADCRUMBS("breadcrumbs", false),
    /** The same, then elects signs. */
    BREADCRUMBS_TIES("breadcrumbs_ties", false),
    /** Drops elements of each delta at random, then adds. */
    DARE_LINEAR("dare_linear", false),
    /** The same, then elects signs. */
    DARE_TIES("dare_ties", false),
    /** Drops elements at random, small ones more often, then elects signs. */
    DELLA("della", true),
    /** The same without electing. */
    DELLA_LINEAR("della_linear", false),
    /** From the base to one model along the arc between them. */
    SLERP("slerp", false),
    /** Along the arc between two models or two deltas. */
    NUSLERP("nuslerp", false),
    /** The mean direction of models or deltas, at their mean length. */
    MULTISLERP("multislerp", false),
    /** Between the base and the mean of the models, by the angles between the deltas. */
    MODEL_STOCK("model_stock", false),
    /** Changes of one model whole, changes of several as their mean. */
    RAM("ram", false),
    /** The same, what one model alone changes enlarged by how much it shares. */
    RAMPLUS_TL("ramplus_tl", false),
    /** The elements that vary most between the deltas, weighted by the size of the deltas, of the elected sign. */
    SCE("sce", false),
    /** One model where it is near to the base. */
    NEARSWAP("nearswap", false),
    /** One model, times a number. */
    PASSTHROUGH("passthrough", false);

    private final String yamlName;
    private final boolean normalizeDefault;

    Method(String yamlName, boolean normalizeDefault) {
        this.yamlName = yamlName;
        this.normalizeDefault = normalizeDefault;
    }

    /** The value of {@code merge_method}. */
    public String yamlName() {
        return yamlName;
    }

    /** What {@code normalize} is when the recipe does not say. */
    public boolean normalizeDefault() {
        return normalizeDefault;
    }

    /** What {@code rescale} is when the recipe does not say. */
    public boolean rescaleDefault() {
        return this == DARE_LINEAR || this == DARE_TIES || this == DELLA || this == DELLA_LINEAR;
    }

    /** True when it cannot work without a base model. */
    public boolean needsBase() {
        return takesDeltas() && this != NUSLERP && this != MULTISLERP;
    }

    /** True when the base model is what others are taken against; else it is one of the inputs. */
    public boolean takesDeltas() {
        return this != LINEAR && this != PASSTHROUGH;
    }

    /** The parameter that is an input's factor. */
    public String factor() {
        return this == PASSTHROUGH ? "scale" : "weight";
    }

    /** True when every input must have a weight. */
    public boolean requiresWeight() {
        return inputParameters().contains("weight");
    }

    /** The fewest models that it merges, the base model not counted where deltas are taken. */
    private int fewest() {
        return switch (this) {
            case NUSLERP, MULTISLERP, MODEL_STOCK -> 2;
            default -> 1;
        };
    }

    /** The most. */
    private int most() {
        return switch (this) {
            case SLERP, NEARSWAP, PASSTHROUGH -> 1;
            case NUSLERP -> 2;
            default -> Integer.MAX_VALUE;
        };
    }

    /**
     * Why it does not merge this many models.
     *
     * @param count the models, the base model not counted where deltas are taken
     * @param where what lists them
     * @return a sentence without its end; empty when it does
     */
    public Optional<String> refuses(long count, String where) {
        if (count > most() || (count < fewest() && fewest() > 1)) {
            String how = fewest() == most() ? "" : "at least ";
            return Optional.of(yamlName + " merges " + how + fewest() + (fewest() == 1 ? " model" : " models")
                    + (takesDeltas() ? " besides the base model" : "") + ", and " + where + " lists " + count);
        }
        return count == 0 ? Optional.of(where + " has no model but the base model") : Optional.empty();
    }

    /** Parameters that each input has. */
    Set<String> inputParameters() {
        return switch (this) {
            case LINEAR, TASK_ARITHMETIC, NUSLERP, MULTISLERP -> Set.of("weight");
            case DELLA, DELLA_LINEAR -> Set.of("weight", "density", "epsilon");
            case RAM, RAMPLUS_TL, SCE -> Set.of();
            case SLERP, MODEL_STOCK, NEARSWAP -> Set.of();
            case PASSTHROUGH -> Set.of("scale");
            case TIES, DARE_LINEAR, DARE_TIES -> Set.of("weight", "density");
            case BREADCRUMBS, BREADCRUMBS_TIES -> Set.of("weight", "density", "gamma");
        };
    }

    /** Parameters of the merge as a whole. int8_mask only saves memory in mergekit; it never changes a result. */
    Set<String> sharedParameters() {
        return switch (this) {
            case LINEAR -> Set.of("normalize");
            case SLERP, NEARSWAP -> Set.of("t");
            case NUSLERP -> Set.of("nuslerp_flatten", "nuslerp_row_wise");
            case MULTISLERP -> Set.of("normalize_weights", "eps");
            case MODEL_STOCK -> Set.of("filter_wise");
            case RAM -> Set.of("epsilon");
            case SCE -> Set.of("select_topk", "int8_mask");
            case RAMPLUS_TL -> Set.of("epsilon", "r", "alpha");
            case PASSTHROUGH -> Set.of();
            case TASK_ARITHMETIC, TIES, BREADCRUMBS, BREADCRUMBS_TIES, DARE_LINEAR, DARE_TIES, DELLA, DELLA_LINEAR ->
                Set.of("lambda", "normalize", "int8_mask", "rescale");
        };
    }

    /** The method of this name. */
    public static Optional<Method> parse(String name) {
        return Arrays.stream(values())
                .filter(method -> method.yamlName.equals(name))
                .findFirst();
    }

    /** All names, for messages. */
    public static String supported() {
        return Arrays.stream(values()).map(Method::yamlName).collect(Collectors.joining(", "));
    }
}
