package io.paft.operator.manifests;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;

/** The operator's own defaults. */
public final class ApplicationProperties {

    private ApplicationProperties() {}

    public static Properties load() {
        var settings = new Properties();
        try (InputStream file = ApplicationProperties.class.getResourceAsStream("/application.properties")) {
            settings.load(Objects.requireNonNull(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return settings;
    }
}
