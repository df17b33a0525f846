package io.paft.operator.config;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Writes docs/configuration.md: names and order from the interface, sentences from its Javadoc, defaults from the properties. */
final class ConfigurationPage {

    private static final Path SOURCE = Path.of("src/main/java/io/paft/operator/config/OperatorSettings.java");
    private static final String ROOT = "OperatorSettings";

    private final Properties defaults;
    private final Map<String, String> manifests;

    /** Sentences by Type.method, or by Type; in the order of the source. */
    private final Map<String, String> sentences;

    ConfigurationPage(Properties defaults, Map<String, String> manifests) throws IOException {
        this.defaults = defaults;
        this.manifests = manifests;
        this.sentences = sentences();
    }

    String render(String introduction) {
        Map<String, SettingName> settings = SettingName.all()
                .collect(Collectors.toMap(
                        setting -> setting.method().getDeclaringClass().getSimpleName() + "."
                                + setting.method().getName(),
                        setting -> setting));
        var page = new StringBuilder(introduction);
        String group = "";
        for (String name : sentences.keySet()) {
            SettingName setting = settings.get(name);
            if (setting == null) {
                continue;
            }
            String type = setting.method().getDeclaringClass().getSimpleName();
            if (!type.equals(group)) {
                group = type;
                page.append(heading(type));
            }
            page.append("| `%s` | %s | %s | %s |\n"
                    .formatted(
                            setting.variable(),
                            code(defaults.getProperty(setting.property())),
                            code(manifests.get(setting.variable())),
                            sentences.get(name)));
        }
        return page.toString();
    }

    private String heading(String type) {
        String title = type.equals(ROOT) ? "What it looks after" : sentences.getOrDefault(type, type);
        return "\n## %s\n\n| variable | default | in `manifests/base` | |\n|---|---|---|---|\n"
                .formatted(title.replaceAll("\\.$", ""));
    }

    private static String code(@Nullable String value) {
        return value == null ? "" : '`' + value + '`';
    }

    private static Map<String, String> sentences() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask)
                    compiler.getTask(null, files, null, List.of("-proc:none"), null, files.getJavaFileObjects(SOURCE));
            CompilationUnitTree unit = task.parse().iterator().next();
            var reader = new Reader(DocTrees.instance(task));
            reader.scan(new TreePath(unit), null);
            return reader.found;
        }
    }

    private static final class Reader extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final DocTrees trees;
        private final Map<String, String> found = new LinkedHashMap<>();
        private String type = "";

        Reader(DocTrees trees) {
            this.trees = trees;
        }

        @Override
        public @Nullable Void visitClass(ClassTree node, @Nullable Void nothing) {
            String outer = type;
            type = node.getSimpleName().toString();
            note(type);
            super.visitClass(node, null);
            type = outer;
            return null;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree node, @Nullable Void nothing) {
            note(type + "." + node.getName());
            return null;
        }

        private void note(String name) {
            DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
            found.put(
                    name,
                    comment == null
                            ? ""
                            : comment.getFullBody().stream()
                                    .map(DocTree::toString)
                                    .collect(Collectors.joining())
                                    .replaceAll("\\s+", " ")
                                    .strip());
        }
    }
}
