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
    DARE_TIES("dare_ties", false);

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
        return this == DARE_LINEAR || this == DARE_TIES;
    }

    /** True when it works on deltas against a base model. */
    public boolean needsBase() {
        return this != LINEAR;
    }

    /** Parameters that each input has. */
    Set<String> inputParameters() {
        return switch (this) {
            case LINEAR, TASK_ARITHMETIC -> Set.of("weight");
            case TIES, DARE_LINEAR, DARE_TIES -> Set.of("weight", "density");
            case BREADCRUMBS, BREADCRUMBS_TIES -> Set.of("weight", "density", "gamma");
        };
    }

    /** Parameters of the merge as a whole. int8_mask only saves memory in mergekit; it never changes a result. */
    Set<String> sharedParameters() {
        return switch (this) {
            case LINEAR -> Set.of("normalize");
            case TASK_ARITHMETIC, TIES, BREADCRUMBS, BREADCRUMBS_TIES, DARE_LINEAR, DARE_TIES ->
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
