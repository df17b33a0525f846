package io.paft.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** No rule without a file that breaks it: in src/test/resources/invalid, or in edits where it is about what was there before. */
class RuleExamplesTest {

    @Test
    void everyRuleHasAnExample() throws IOException {
        // Given
        Set<String> sentences = new TreeSet<>();
        JsonNode crd = CrdFile.YAML.readTree(CrdFile.generate());
        for (JsonNode rules : crd.findValues("x-kubernetes-validations")) {
            rules.forEach(rule -> sentences.add(Sentences.of(rule)));
        }
        List<String> examples = new ArrayList<>(examples("invalid"));
        examples.addAll(examples("edits"));

        // When, Then
        assertThat(sentences)
                .hasSizeGreaterThan(10)
                .allSatisfy(sentence -> assertThat(examples)
                        .as("an invalid file for: " + sentence)
                        .anyMatch(example -> matches(sentence, example)));
    }

    /** The whole sentence, with any value in place of the placeholder. */
    private static boolean matches(String sentence, String example) {
        String[] pieces = sentence.split(Pattern.quote(Sentences.VALUE), -1);
        return Arrays.stream(pieces).allMatch(example::contains);
    }

    private static List<String> examples(String folder) throws IOException {
        try (var files = Files.list(Path.of("src/test/resources", folder))) {
            return files.sorted().map(RuleExamplesTest::expectation).toList();
        }
    }

    private static String expectation(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.findFirst().orElseThrow().replace("# expect: ", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
