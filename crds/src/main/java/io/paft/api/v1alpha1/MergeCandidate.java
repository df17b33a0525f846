package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One merge recipe. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "overrides=atomic")
@ValidationRule(value = MergeRules.WEIGHTS, messageExpression = MergeRules.WEIGHTS_SENTENCE)
@ValidationRule(value = MergeRules.NO_WEIGHTS, messageExpression = MergeRules.NO_WEIGHTS_SENTENCE)
@ValidationRule(value = MergeRules.DENSITY, messageExpression = MergeRules.DENSITY_SENTENCE)
@ValidationRule(value = MergeRules.GAMMA, messageExpression = MergeRules.GAMMA_SENTENCE)
@ValidationRule(value = MergeRules.BRANCH_EPSILON, messageExpression = MergeRules.BRANCH_EPSILON_SENTENCE)
@ValidationRule(value = MergeRules.DELLA_RANGE, messageExpression = MergeRules.DELLA_RANGE_SENTENCE)
@ValidationRule(value = MergeRules.SPARSIFY, messageExpression = MergeRules.SPARSIFY_SENTENCE)
@ValidationRule(
        value = "self.method != 'Linear' || !has(self.lambda)",
        message =
                "Linear averages the models and has no delta to scale: remove lambda, or write method: TaskArithmetic")
@ValidationRule(
        value = "!has(self.lambda) || self.method == 'Linear' || self.method in " + MergeRules.ADDING,
        messageExpression =
                "self.method + ' has no lambda: remove it, or write a method that adds deltas, such as TaskArithmetic'")
@ValidationRule(
        value = "!has(self.normalize) || self.method == 'Linear' || self.method in " + MergeRules.ADDING,
        messageExpression =
                "self.method + ' has no normalize: remove it, or write a method that adds deltas, such as TaskArithmetic'")
@ValidationRule(
        value = "!has(self.rescale) || self.method in " + MergeRules.THINNING,
        messageExpression =
                "self.method + ' drops nothing that rescale could make up for: remove rescale, or write a method that does, such as DARETIES'")
@ValidationRule(value = MergeRules.T_REQUIRED, messageExpression = MergeRules.T_REQUIRED_SENTENCE)
@ValidationRule(
        value = "!has(self.t) || self.method in " + MergeRules.BETWEEN,
        messageExpression = "self.method + ' has no t: remove it, or write method: SLERP or NearSwap'")
@ValidationRule(
        value = "!has(self.normalizeWeights) || self.method == 'MultiSLERP'",
        messageExpression = "self.method + ' has no normalizeWeights: remove it, or write method: MultiSLERP'")
@ValidationRule(
        value = "!has(self.eps) || self.method == 'MultiSLERP'",
        messageExpression = "self.method + ' has no eps: remove it, or write method: MultiSLERP'")
@ValidationRule(
        value = "(!has(self.nuslerpFlatten) && !has(self.nuslerpRowWise)) || self.method == 'NuSLERP'",
        messageExpression =
                "self.method + ' has neither nuslerpFlatten nor nuslerpRowWise: remove them, or write method: NuSLERP'")
@ValidationRule(
        value = "!has(self.filterWise) || self.method == 'ModelStock'",
        messageExpression = "self.method + ' has no filterWise: remove it, or write method: ModelStock'")
@ValidationRule(
        value = "!has(self.selectTopk) || self.method == 'SCE'",
        messageExpression = "self.method + ' has no selectTopk: remove it, or write method: SCE'")
@ValidationRule(
        value = "!has(self.epsilon) || self.method in " + MergeRules.RAM,
        messageExpression =
                "self.method + ' has no epsilon of its own: remove it (DELLA has one per branch), or write method: RAM or RAMPlus'")
@ValidationRule(
        value = "(!has(self.r) && !has(self.alpha)) || self.method == 'RAMPlus'",
        messageExpression = "self.method + ' has neither r nor alpha: remove them, or write method: RAMPlus'")
@ValidationRule(value = MergeRules.SEED, messageExpression = MergeRules.SEED_SENTENCE)
@ValidationRule(value = MergeRules.OVERRIDES, messageExpression = MergeRules.OVERRIDES_SENTENCE)
@ValidationRule(value = MergeRules.SFT_OVERRIDES, messageExpression = MergeRules.SFT_OVERRIDES_SENTENCE)
@ValidationRule(value = MergeRules.PREFERENCE_OVERRIDES, messageExpression = MergeRules.PREFERENCE_OVERRIDES_SENTENCE)
@ValidationRule(
        value = MergeRules.LINEAR_SUM,
        message =
                "Linear divides by the sum of the weights, and sft.weight + preference.weight is 0: change a weight, or write normalize: false")
@ValidationRule(
        value = MergeRules.MULTISLERP_SUM,
        message =
                "MultiSLERP divides by the sum of the weights, and sft.weight + preference.weight is 0: change a weight, or write normalizeWeights: false")
public record MergeCandidate(
        @JsonPropertyDescription(
                "Name of the recipe, in stages (merge-ties, evaluate-ties), in Jobs and in the report. At most 20 lower-case letters,"
                        + " digits and dashes, starting with a letter; together with the pipeline's name at most 44.")
        @Required
        @Size(min = 1, max = 20)
        @ValidationRule(
                value = "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
                messageExpression =
                        "'write the candidate name \"' + self + '\" in lower-case letters, digits and dashes, starting with a letter, such as ties-05'")
        @ValidationRule(
                value = "!(self in ['base', 'sft', 'preference', 'sequential']) && !self.startsWith('stage-')",
                messageExpression =
                        "'\"' + self + '\" names something else in the report: choose another name than base, sft, preference, sequential or stage-...'")
        String name,

        @JsonPropertyDescription(
                "Means of models: Linear (weighted), SLERP (along the arc from the sft model to the preference model), NearSwap (the sft"
                        + " model, moved to the preference model where they are near). Sums of deltas: TaskArithmetic (all of them), TIES"
                        + " (the largest elements, of one sign), DARELinear and DARETIES (elements by chance), Breadcrumbs and"
                        + " BreadcrumbsTIES (the largest but the outliers), DELLALinear and DELLA (by chance and size); those with TIES, and"
                        + " DELLA, elect a sign per element. Other blends of deltas: NuSLERP and MultiSLERP (their direction), ModelStock (by"
                        + " their angle), SCE (by their variance), RAM and RAMPlus (what one branch alone changes stays whole). All as in"
                        + " mergekit; docs/merge.md has the formulas.")
        @Required
        MergeMethod method,

        @JsonPropertyDescription(
                "Methods that add deltas (TaskArithmetic, TIES, DARE, Breadcrumbs, DELLA): factor of the fused delta. -100 to 100."
                        + " Default: 1.0.")
        @Min(-100)
        @Max(100)
        @Nullable
        Double lambda,

        @JsonPropertyDescription(
                "Linear and methods that add deltas: divide by the sum of the weights that contribute. Default: true for Linear, TIES and"
                        + " DELLA, else false.")
        @Nullable
        Boolean normalize,

        @JsonPropertyDescription(
                "TIES, DARE, Breadcrumbs, DELLA: multiply what is left of a delta so that the sum of its magnitudes is what it was."
                        + " Default: true for DARE and DELLA, else false.")
        @Nullable
        Boolean rescale,

        @JsonPropertyDescription(
                "SLERP: where on the way from the sft model (0) to the preference model (1). NearSwap: elements that differ by no more"
                        + " than this become those of the preference model, others move by as much; such as 1.0e-4. 0 to 1. Both methods"
                        + " need it. Default: none."
                        + Rules.WITH_DOT)
        @Min(0)
        @Max(1)
        @Nullable
        Double t,

        @JsonPropertyDescription("MultiSLERP: divide the weights by their sum. Default: true.") @Nullable
        Boolean normalizeWeights,

        @JsonPropertyDescription("MultiSLERP: what norms are kept away from zero by. 0 to 1. Default: 1.0e-8.")
        @Min(0)
        @Max(1)
        @Nullable
        Double eps,

        @JsonPropertyDescription(
                "NuSLERP: treat a tensor as one long vector; false: every row apart, or with nuslerpRowWise every column. Default: true.")
        @Nullable
        Boolean nuslerpFlatten,

        @JsonPropertyDescription(
                "NuSLERP with nuslerpFlatten false: every column apart (the name is mergekit's). Default: false.")
        @Nullable
        Boolean nuslerpRowWise,

        @JsonPropertyDescription("ModelStock: one angle per row of a matrix, not one per tensor. Default: false.")
        @Nullable
        Boolean filterWise,

        @JsonPropertyDescription(
                "SCE: share of the elements, those in which the deltas differ most, that are merged; the others stay those of the base"
                        + " model. 0 to 1. Default: 1.0.")
        @Min(0)
        @Max(1)
        @Nullable
        Double selectTopk,

        @JsonPropertyDescription(
                "RAM and RAMPlus: a branch changes an element when |delta| is larger than this. 0 to 1. Default: 1.0e-5."
                        + Rules.WITH_DOT)
        @Min(0)
        @Max(1)
        @Nullable
        Double epsilon,

        @JsonPropertyDescription(
                "RAMPlus: how much what one branch alone changes is enlarged, times the quotient that alpha bounds. 0 to 100. Default:"
                        + " 0.1.")
        @Min(0)
        @Max(100)
        @Nullable
        Double r,

        @JsonPropertyDescription(
                "RAMPlus: bound of the quotient of shared and lone changes of a branch. 0 to 100. Default: 0.2.")
        @Min(0)
        @Max(100)
        @Nullable
        Double alpha,

        @JsonPropertyDescription(
                "Other numbers in some tensors, up to 16; the first that matches a tensor counts. Default: none.")
        @Size(max = 16)
        @Nullable
        List<CandidateOverride> overrides,

        @JsonPropertyDescription(MergeRules.SEED_TEXT + " 0 or more. Default: that of merge.")
        @Min(0)
        @Max(2147483647)
        @Nullable
        Integer seed,

        @JsonPropertyDescription(
                "What the SFT branch contributes. Default: what the methods without weights make of it.")
        @Nullable
        MergeInput sft,

        @JsonPropertyDescription(
                "What the preference branch contributes. Default: what the methods without weights make of it.")
        @Nullable
        MergeInput preference) {}
