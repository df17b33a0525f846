package io.paft.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import io.paft.api.schema.Root;

/** Trains SFT and preference branches side by side from one base model, merges them and evaluates the result. */
@Group("paft.io")
@Version("v1alpha1")
@Kind("PaftPipeline")
@Plural("paftpipelines")
@ShortNames("paft")
@AdditionalPrinterColumn(name = "PHASE", jsonPath = ".status.phase")
@AdditionalPrinterColumn(name = "SFT", jsonPath = ".status.summary.sft")
@AdditionalPrinterColumn(name = "PREFERENCE", jsonPath = ".status.summary.preference")
@AdditionalPrinterColumn(name = "MERGE", jsonPath = ".status.summary.merge")
@AdditionalPrinterColumn(name = "EVAL", jsonPath = ".status.summary.evaluation")
@AdditionalPrinterColumn(name = "SCORE", jsonPath = ".status.result.score", type = AdditionalPrinterColumn.Type.NUMBER)
@AdditionalPrinterColumn(
        name = "AGE",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "BEST", jsonPath = ".status.result.best", priority = 1)
@SchemaCustomizer(
        value = Root.class,
        input =
                "Trains SFT and preference branches side by side from one base model, merges the two deltas and evaluates the result.")
@ValidationRule(
        value = "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && size(self.metadata.name) <= 32",
        messageExpression =
                "'write a metadata.name of at most 32 lower-case letters, digits and dashes, starting with a letter, instead of \"' + self.metadata.name + '\": Jobs are named <pipeline>-<stage>-<8 hex digits>'")
@ValidationRule(
        value = "self.spec.merge.candidates.all(c, size(self.metadata.name) + size(c.name) <= 44)",
        message =
                "metadata.name and the name of a merge candidate have more than 44 characters together: shorten one of them (Jobs are named <pipeline>-evaluate-<candidate>-<8 hex digits>, at most 63)")
public class PaftPipeline extends CustomResource<PaftPipelineSpec, PaftPipelineStatus> implements Namespaced {}
