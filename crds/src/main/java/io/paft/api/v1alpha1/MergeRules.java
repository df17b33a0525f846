package io.paft.api.v1alpha1;

/** The CEL rules of merge candidates that are built of others; constants, because annotations need them. */
final class MergeRules {
    /** Methods on deltas whose sum they scale. */
    static final String ADDING =
            "['TaskArithmetic', 'TIES', 'DARELinear', 'DARETIES', 'Breadcrumbs', 'BreadcrumbsTIES', 'DELLALinear', 'DELLA']";

    /** Those of them that throw elements away. */
    static final String THINNING =
            "['TIES', 'DARELinear', 'DARETIES', 'Breadcrumbs', 'BreadcrumbsTIES', 'DELLALinear', 'DELLA']";

    static final String BREADCRUMBS = "['Breadcrumbs', 'BreadcrumbsTIES']";
    static final String DELLA = "['DELLALinear', 'DELLA']";

    /** Methods that throw elements away at random. */
    private static final String RANDOM = "['DARELinear', 'DARETIES', 'DELLALinear', 'DELLA']";

    static final String BETWEEN = "['SLERP', 'NearSwap']";
    static final String RAM = "['RAM', 'RAMPlus']";

    /** Methods without a weight per branch. */
    private static final String UNWEIGHTED = "['SLERP', 'NearSwap', 'ModelStock', 'SCE', 'RAM', 'RAMPlus']";

    /** Methods that never look at a delta against the base model. */
    private static final String NO_DELTA = "['Linear', 'SLERP', 'NearSwap']";

    private static final String SFT_HAS_WEIGHT = "(has(self.sft) && (has(self.sft.weight) || (has(self.sft.overrides)"
            + " && self.sft.overrides.exists(o, o.parameter == 'weight' && !has(o.filter)))))";
    private static final String PREFERENCE_HAS_WEIGHT = "(has(self.preference) && (has(self.preference.weight)"
            + " || (has(self.preference.overrides)"
            + " && self.preference.overrides.exists(o, o.parameter == 'weight' && !has(o.filter)))))";

    static final String WEIGHTS =
            "self.method in " + UNWEIGHTED + " || (" + SFT_HAS_WEIGHT + " && " + PREFERENCE_HAS_WEIGHT + ")";
    static final String WEIGHTS_SENTENCE =
            "self.method + ' needs the weight of both branches: write sft: {weight: 1.0} and preference: {weight: 0.5}'";

    static final String NO_WEIGHTS = "!(self.method in " + UNWEIGHTED + ") || !((has(self.sft) && has(self.sft.weight))"
            + " || (has(self.preference) && has(self.preference.weight)))";
    static final String NO_WEIGHTS_SENTENCE =
            "self.method + ' has no weight per branch: remove weight, or write a method that has, such as TaskArithmetic'";

    static final String DENSITY = "self.method in " + THINNING + " || !((has(self.sft) && has(self.sft.density))"
            + " || (has(self.preference) && has(self.preference.density)))";
    static final String DENSITY_SENTENCE =
            "self.method + ' keeps every element: remove density, or write method: TIES'";

    static final String GAMMA = "self.method in " + BREADCRUMBS + " || !((has(self.sft) && has(self.sft.gamma))"
            + " || (has(self.preference) && has(self.preference.gamma)))";
    static final String GAMMA_SENTENCE =
            "self.method + ' drops no outliers: remove gamma, or write method: Breadcrumbs or BreadcrumbsTIES'";

    static final String BRANCH_EPSILON = "self.method in " + DELLA + " || !((has(self.sft) && has(self.sft.epsilon))"
            + " || (has(self.preference) && has(self.preference.epsilon)))";
    static final String BRANCH_EPSILON_SENTENCE =
            "self.method + ' has no epsilon per branch: remove it, or write method: DELLA or DELLALinear'";

    /** The default of epsilon is the worker's; it is here so that a person learns of it before the branches are trained. */
    static final String DELLA_RANGE = "!(self.method in " + DELLA + ") || ["
            + "has(self.sft) && has(self.sft.density) ? [self.sft.density, has(self.sft.epsilon) ? self.sft.epsilon : 0.15] : [1.0, 0.0],"
            + " has(self.preference) && has(self.preference.density)"
            + " ? [self.preference.density, has(self.preference.epsilon) ? self.preference.epsilon : 0.15] : [1.0, 0.0]"
            + "].all(p, p[0] >= 1.0 || (p[0] - p[1] > 0.0 && p[0] + p[1] < 1.0))";

    static final String DELLA_RANGE_SENTENCE =
            "self.method + ' keeps elements with probabilities from density - epsilon to density + epsilon, and both must lie between 0 and 1: write a smaller epsilon (its default is 0.15)'";

    static final String SPARSIFY = "!(self.method in " + NO_DELTA + ") || !((has(self.sft) && has(self.sft.sparsify))"
            + " || (has(self.preference) && has(self.preference.sparsify)))";
    static final String SPARSIFY_SENTENCE =
            "self.method + ' merges whole models and has no delta to sparsify: remove sparsify, or write method: TaskArithmetic'";

    static final String T_REQUIRED = "!(self.method in " + BETWEEN + ") || has(self.t) || (has(self.overrides)"
            + " && self.overrides.exists(o, o.parameter == 't' && !has(o.filter)))";
    static final String T_REQUIRED_SENTENCE =
            "self.method + ' goes from the sft model towards the preference model, and t says how far: write t'";

    static final String SEED = "!has(self.seed) || self.method in " + RANDOM
            + " || (has(self.sft) && has(self.sft.sparsify) && self.sft.sparsify.method == 'Random')"
            + " || (has(self.preference) && has(self.preference.sparsify) && self.preference.sparsify.method == 'Random')";
    static final String SEED_SENTENCE = "self.method + ' has nothing random here: remove seed'";

    static final String LINEAR_SUM = "self.method != 'Linear' || (has(self.normalize) && !self.normalize)"
            + " || !has(self.sft) || !has(self.sft.weight) || !has(self.preference) || !has(self.preference.weight)"
            + " || self.sft.weight + self.preference.weight != 0.0";
    static final String MULTISLERP_SUM =
            "self.method != 'MultiSLERP' || (has(self.normalizeWeights) && !self.normalizeWeights)"
                    + " || !has(self.sft) || !has(self.sft.weight) || !has(self.preference) || !has(self.preference.weight)"
                    + " || self.sft.weight + self.preference.weight != 0.0";

    static final String OVERRIDES = "!has(self.overrides) || self.overrides.all(o,"
            + " o.parameter == 'lambda' ? self.method in " + ADDING
            + " : o.parameter == 't' ? self.method in " + BETWEEN
            + " : o.parameter == 'epsilon' ? self.method in " + RAM
            + " : o.parameter == 'eps' ? self.method == 'MultiSLERP'"
            + " : o.parameter == 'selectTopk' ? self.method == 'SCE'"
            + " : self.method == 'RAMPlus')";
    static final String OVERRIDES_SENTENCE =
            "self.method + ' has no parameter of this name to differ between tensors: look at overrides, and remove what the method does not have'";

    private static final String OF_BRANCH = ".all(o, o.parameter == 'weight' ? !(self.method in " + UNWEIGHTED + ")"
            + " : o.parameter == 'density' ? self.method in " + THINNING
            + " : o.parameter == 'gamma' ? self.method in " + BREADCRUMBS
            + " : self.method in " + DELLA + ")";

    static final String SFT_OVERRIDES = "!has(self.sft) || !has(self.sft.overrides) || self.sft.overrides" + OF_BRANCH;
    static final String SFT_OVERRIDES_SENTENCE =
            "self.method + ' has no parameter of this name to differ between tensors: look at sft.overrides, and remove what the method does not have'";
    static final String PREFERENCE_OVERRIDES =
            "!has(self.preference) || !has(self.preference.overrides) || self.preference.overrides" + OF_BRANCH;
    static final String PREFERENCE_OVERRIDES_SENTENCE =
            "self.method + ' has no parameter of this name to differ between tensors: look at preference.overrides, and remove what the method does not have'";

    /** Of one override. */
    static final String VALUE_OR_GRADIENT = "has(self.value) != has(self.gradient)";

    static final String VALUE_OR_GRADIENT_SENTENCE =
            "an override has one of the two: value, one number for all tensors that it matches, or gradient, several from the first layer to the last";

    static final String FILTER_TEXT =
            "Part of the names of the tensors that it is for, such as self_attn, mlp or embed_tokens, to the letter. Default: every tensor.";
    static final String FILTER = "^[A-Za-z0-9_.-]+$";
    static final String VALUE_TEXT = "The number for these tensors. Default: gradient says it.";
    static final String GRADIENT_TEXT =
            "2 to 64 numbers, spread evenly from the first layer to the last, with straight lines between them. Tensors outside the"
                    + " layers (embeddings, head) take the first one. Default: value says it.";

    static final String SEED_TEXT = "Seed of what is thrown away at random (DARE, DELLA, sparsify with method Random).";

    private MergeRules() {}
}
