package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where training or held-out data lies. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = Rules.FETCH_DEADLINE, message = Rules.FETCH_DEADLINE_SENTENCE)
@ValidationRule(value = Rules.FETCH_RERUN, messageExpression = Rules.FETCH_RERUN_SENTENCE)
public record Dataset(
        @JsonPropertyDescription(
                "Where the data lies: hf://org/name@<40-hex commit> (downloaded once into the workspace), pvc://claim/path (mounted"
                        + " read-only), or a path relative to the workspace, such as data/train.jsonl. A .jsonl, .json or .parquet"
                        + " file, or a directory of them. Conversations need a base model whose tokenizer has a chat template; text does not."
                        + " New content under the same uri starts no stage again: rerun does.")
        @Required
        @Size(min = 1, max = Rules.URI_LENGTH)
        @ValidationRule(value = Rules.URI_SCHEME, messageExpression = Rules.URI_SCHEME_SENTENCE)
        @ValidationRule(value = Rules.URI_PINNED, messageExpression = Rules.URI_PINNED_SENTENCE)
        @ValidationRule(value = Rules.URI_CLAIM, messageExpression = Rules.URI_CLAIM_SENTENCE)
        @ValidationRule(value = Rules.URI_RELATIVE, messageExpression = Rules.URI_RELATIVE_SENTENCE)
        String uri,

        @JsonPropertyDescription(
                "In a directory: which of its files, namely train.jsonl (.json, .parquet), files train-* below it, or files in a directory"
                        + " named train. Ignored when uri names a file. Default: train.")
        @Size(min = 1, max = Rules.WORD_LENGTH)
        @Pattern("^[A-Za-z0-9_.-]+$")
        @Nullable
        String split,

        @JsonPropertyDescription(
                "The Secret whose key `token` is the Hugging Face token, for a gated or private hf:// dataset. Only the pod that downloads"
                        + " sees it. Default: no token.")
        @Nullable
        SecretRef secretRef,

        @JsonPropertyDescription(Rules.FETCH_DEADLINE_TEXT)
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.DEADLINE_SENTENCE)
        @Nullable
        String deadline,

        @JsonPropertyDescription(Rules.FETCH_RERUN_TEXT)
        @Size(min = 1, max = Rules.WORD_LENGTH)
        @Pattern(Rules.RERUN)
        @Nullable
        String rerun) {}
