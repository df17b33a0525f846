package io.paft.operator.config;

import io.paft.operator.manifests.ApplicationProperties;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;

/** Settings as they are read from application.properties, with some changed. */
final class Settings {

    private Settings() {}

    static OperatorSettings with(Map<String, String> changes) {
        Map<String, String> all = new HashMap<>();
        ApplicationProperties.load().forEach((name, value) -> all.put((String) name, (String) value));
        all.keySet().removeIf(name -> !name.startsWith("paft."));
        all.putAll(changes);
        return new SmallRyeConfigBuilder()
                .withMapping(OperatorSettings.class)
                .withSources(new PropertiesConfigSource(all, "test", 1))
                .build()
                .getConfigMapping(OperatorSettings.class);
    }
}
