package io.paft.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ApiReferenceTest {
    private static final Path PAGE = Path.of("../docs/api.md");
    private static final Path INTRODUCTION = Path.of("src/test/resources/docs/introduction.md");

    @Test
    void theCheckedInPageIsWhatTheCrdSays() throws IOException {
        GeneratedFile.check(PAGE, page());
    }

    @Test
    void everySentenceOfARuleIsThere() throws IOException {
        // Given
        List<String> sentences = new ArrayList<>();
        for (JsonNode rules : crd().findValues("x-kubernetes-validations")) {
            rules.forEach(rule -> sentences.add(ApiReference.bullet(rule)));
        }

        // When, Then
        assertThat(page().lines()).containsAll(sentences);
    }

    @Test
    void everyLinkHasItsHeading() throws IOException {
        // Given
        String page = page();
        List<String> headings = page.lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceAll("^#+ ", "").toLowerCase(Locale.ROOT))
                .toList();

        // When
        List<String> links = Pattern.compile("\\(#([a-z0-9]+)\\)")
                .matcher(page)
                .results()
                .map(link -> link.group(1))
                .distinct()
                .toList();

        // Then
        assertThat(headings).doesNotHaveDuplicates().containsAll(links);
    }

    private static String page() throws IOException {
        return ApiReference.render(Files.readString(INTRODUCTION), crd());
    }

    private static JsonNode crd() throws IOException {
        return CrdFile.YAML.readTree(CrdFile.generate());
    }
}
