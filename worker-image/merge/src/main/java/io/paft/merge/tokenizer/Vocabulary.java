package io.paft.merge.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which token has which number, and by which merges text becomes tokens, as a tokenizer.json says.
 *
 * @param type of the model: BPE, Unigram, WordPiece, WordLevel
 * @param tokens number to token, the added ones included
 * @param merges in their order; empty for models without
 */
record Vocabulary(String type, Map<Long, String> tokens, List<String> merges) {
    /**
     * Reads a tokenizer.json.
     *
     * @param display what to call the file in messages
     * @throws MergeException ModelInvalid when it is none
     */
    static Vocabulary read(Path file, String display) {
        ObjectNode root = Json.readObject(file, display);
        JsonNode model = root.path("model");
        Map<Long, String> tokens = new TreeMap<>();
        JsonNode vocabulary = model.path("vocab");
        if (vocabulary.isObject()) {
            vocabulary
                    .properties()
                    .forEach(entry -> tokens.put(number(entry.getValue(), entry.getKey(), display), entry.getKey()));
        } else {
            for (int i = 0; i < vocabulary.size(); i++) {
                // A token and its score, which decides how text is split.
                tokens.put((long) i, vocabulary.get(i).path(0).asText());
            }
        }
        for (JsonNode added : root.path("added_tokens")) {
            String content = added.path("content").asText();
            tokens.put(number(added.path("id"), content, display), content);
        }
        if (tokens.isEmpty()) {
            throw new MergeException(Reason.ModelInvalid, display + ", offset 0: no tokens in model.vocab.");
        }
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            merges.add(
                    merge.isArray()
                            ? merge.path(0).asText() + " " + merge.path(1).asText()
                            : merge.asText());
        }
        return new Vocabulary(model.path("type").asText("BPE"), tokens, merges);
    }

    private static long number(JsonNode node, String token, String display) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    display + ", offset 0: the token '" + token + "' has the number " + node
                            + "; write a whole number of 0 or more.");
        }
        return node.longValue();
    }
}
