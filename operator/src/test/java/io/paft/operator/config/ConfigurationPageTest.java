package io.paft.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.paft.operator.Yaml;
import io.paft.operator.manifests.ApplicationProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {

    private static final Path PAGE = Path.of("../docs/configuration.md");
    private static final Path INTRODUCTION = Path.of("src/test/resources/docs/configuration.md");
    private static final Path DEPLOYMENT = Path.of("../manifests/base/deployment.yaml");
    private static final String UPDATE = "mvn -pl crds,operator test -Dtest=ConfigurationPageTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -DargLine=-Dpaft.docs.update=true";

    @Test
    void theCheckedInPageIsWhatTheSettingsAre() throws IOException {
        String page = page();
        if (Boolean.getBoolean("paft.docs.update")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).as("run: " + UPDATE).content().isEqualTo(page);
    }

    @Test
    void everySettingHasItsRowAndItsSentence() throws IOException {
        String page = page();
        assertThat(SettingName.all().map(SettingName::variable))
                .hasSizeGreaterThan(10)
                .allSatisfy(variable ->
                        assertThat(page).containsPattern("\\| `" + variable + "` \\|.*\\| [A-Z][^|]{10,} \\|\n"));
    }

    private static String page() throws IOException {
        return new ConfigurationPage(ApplicationProperties.load(), manifests()).render(Files.readString(INTRODUCTION));
    }

    private static Map<String, String> manifests() {
        return Yaml.read(Yaml.text(DEPLOYMENT), Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .stream()
                .collect(Collectors.toMap(EnvVar::getName, ConfigurationPageTest::value));
    }

    private static String value(EnvVar variable) {
        return variable.getValue() != null
                ? variable.getValue()
                : "the pod's " + variable.getValueFrom().getFieldRef().getFieldPath();
    }
}
