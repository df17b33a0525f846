package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.files.FileTree;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers and chat templates of the output. */
class TextSourcesTest {
    private static final String TOKENS = "{\"<s>\": 0, \"a\": 1, \"b\": 2, \"ab\": 3}";

    @TempDir
    Path root;

    @BeforeEach
    void models() {
        for (String name : new String[] {"base", "a", "b"}) {
            checkpoint(root.resolve(name), toy(1, 0.02));
        }
        tokenizer("base", TOKENS, "[\"a b\"]", "[]", "");
        // The same vocabulary, written otherwise.
        tokenizer(
                "a",
                "{\"a\": 1, \"b\": 2, \"ab\": 3}",
                "[[\"a\", \"b\"]]",
                "[{\"id\": 0, \"content\": \"<s>\"}]",
                ", \"own\": 1");
        tokenizer("b", TOKENS, "[\"a b\"]", "[]", ", \"own\": 2");
    }

    @ParameterizedTest
    @CsvSource({"base,base", "union,base", "b,b"})
    void theTokenizerComesFromTheModelNamed(String source, String model) {
        merge("tokenizer_source: " + source);
        assertThat(root.resolve("out/tokenizer.json")).hasSameBinaryContentAs(root.resolve(model + "/tokenizer.json"));
        assertThat(root.resolve("out/tokenizer_config.json"))
                .hasSameBinaryContentAs(root.resolve(model + "/tokenizer_config.json"));
    }

    @Test
    void aSectionWithoutASourceIsAUnion() {
        merge("tokenizer: {}");
        tokenizer("b", "{\"a\": 1, \"b\": 2, \"ab\": 0}", "[\"a b\"]", "[]", "");
        assertFails("tokenizer: {}", "differ");
        assertFails("tokenizer: {source: base}", "differ");
        assertFails("tokenizer: {source: a, tokens: null, pad_to_multiple_of: null}", "differ");
    }

    @Test
    void differencesAreSaid() {
        tokenizer(
                "b",
                "{\"<s>\": 0, \"a\": 2, \"b\": 1, \"ab\": 3}",
                "[\"a b\"]",
                "[{\"id\": 4, \"content\": \"<|im_end|>\"}]",
                "");
        assertFails(
                "tokenizer_source: union",
                "the vocabularies of base and b differ: base has 4 tokens, b 5; 3 numbers differ: 1 is 'a' and 'b', 2 is 'b' and 'a', 4 is missing and '<|im_end|>'. Rows of embeddings are not moved: ");
        tokenizer("b", TOKENS, "[]", "[]", "");
        assertFails("tokenizer_source: base", "other merges: base has 1, b 0");
    }

    @Test
    void withoutAWordTheBaseModelsIsCopied() {
        tokenizer("b", "{\"x\": 0}", "[]", "[]", "");
        merge("");
        assertThat(root.resolve("out/tokenizer.json")).hasSameBinaryContentAs(root.resolve("base/tokenizer.json"));
    }

    @Test
    void aModelWithoutATokenizerIsNamed() throws Exception {
        Files.delete(root.resolve("b/tokenizer.json"));
        assertFails("tokenizer_source: union", "b has no tokenizer.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"<s>\": 0, \"a\": \"1\"} | []                             | the token 'a' has the number \"1\";",
                "{\"<s>\": 0, \"a\": -1}    | []                             | the token 'a' has the number -1;",
                "{\"<s>\": 0, \"a\": 1.5}   | []                             | the token 'a' has the number 1.5;",
                "{\"a\": 1}                 | [{\"content\": \"<s>\"}] | the token '<s>' has the number ;",
            })
    void aTokenWithoutANumberIsRefused(String vocabulary, String added, String text) {
        tokenizer("b", vocabulary.strip(), "[]", added.strip(), "");
        assertFails("tokenizer_source: union", "b/tokenizer.json, offset 0: " + text.strip());
    }

    /** A file of 8 GB that takes no room: whoever reads it to its end has no memory left. */
    @Test
    void aChatTemplateThatIsHugeIsRefused() throws Exception {
        try (RandomAccessFile sparse =
                new RandomAccessFile(root.resolve("b/chat_template.jinja").toFile(), "rw")) {
            sparse.setLength(1L << 33);
        }
        assertFails("chat_template: auto", "b/chat_template.jinja, offset 1000000: has 8589934592 bytes");
    }

    @Test
    void olderTokenizersAreComparedByTheirFiles() throws Exception {
        for (String name : new String[] {"base", "a", "b"}) {
            Files.delete(root.resolve(name + "/tokenizer.json"));
            write(root.resolve(name + "/tokenizer.model"), "pieces");
        }
        merge("tokenizer_source: union");
        write(root.resolve("b/tokenizer.model"), "other");
        assertFails("tokenizer_source: union", "base/tokenizer.model and b/tokenizer.model differ");
    }

    @Test
    void automaticallyTheMostFrequentTemplate() {
        write(root.resolve("base/chat_template.jinja"), "{{ base }}");
        tokenizerConfig("a", "{{ chat }}");
        write(root.resolve("b/chat_template.jinja"), "{{ chat }}");
        merge("chat_template: auto");
        assertThat(root.resolve("out/chat_template.jinja")).hasContent("{{ chat }}");
    }

    @Test
    void aTemplateOfAModelOrWrittenOut() {
        tokenizerConfig("base", "{{ old }}");
        write(root.resolve("b/chat_template.jinja"), "{{ b }}");
        merge("chat_template: b");
        assertThat(root.resolve("out/chat_template.jinja")).hasContent("{{ b }}");
        assertThat(root.resolve("out/tokenizer_config.json")).hasContent("{\n  \"eos\": \"x\"\n}\n");
        merge("chat_template: '{% for m in messages %}{{ m.content }}{% endfor %}'");
        assertThat(root.resolve("out/chat_template.jinja"))
                .hasContent("{% for m in messages %}{{ m.content }}{% endfor %}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat_template: auto", "chat_template: b", "chat_template: chatml"})
    void aTemplateThatIsNotThereIsRefused(String choice) {
        assertFails(choice, "write the template itself");
    }

    @Test
    void embeddingsOfOtherSizesAreRefusedWithWhatToDo() {
        var tensors = toy(1, 0.02);
        tensors.put("model.embed_tokens.weight", Tensor.of(Shape.of(9, 4), Dtype.F32, new float[36]));
        checkpoint(root.resolve("b"), tensors);
        assertFails(
                "tokenizer_source: base",
                "has the shape [9, 4] in b, but [8, 4] in base: bring the models to one vocabulary");
    }

    private void merge(String more) {
        MergeTesting.merge(root, recipe(more), fresh(), 1);
    }

    private Path fresh() {
        try {
            FileTree.delete(root.resolve("out"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return root.resolve("out");
    }

    private static String recipe(String more) {
        return "merge_method: task_arithmetic\nbase_model: base\nparameters: {weight: 0.5}\n"
                + "models: [{model: a}, {model: b}]\n" + more;
    }

    private void assertFails(String more, String text) {
        assertThatThrownBy(() -> MergeTesting.merge(root, recipe(more), fresh(), 1))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(text);
    }

    private void tokenizer(String model, String vocabulary, String merges, String added, String more) {
        write(
                root.resolve(model).resolve("tokenizer.json"),
                "{\"added_tokens\": " + added + ", \"model\": {\"type\": \"BPE\", \"vocab\": " + vocabulary
                        + ", \"merges\": " + merges + "}}");
        write(root.resolve(model).resolve("tokenizer_config.json"), "{\"eos\": \"x\"" + more + "}");
    }

    private void tokenizerConfig(String model, String template) {
        write(
                root.resolve(model).resolve("tokenizer_config.json"),
                "{\"eos\": \"x\", \"chat_template\": \"" + template + "\"}");
    }
}
