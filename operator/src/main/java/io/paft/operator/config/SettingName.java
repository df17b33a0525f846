package io.paft.operator.config;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A setting as it is named outside.
 *
 * @param property in application.properties, such as paft.images.pull-policy
 */
record SettingName(String property, Method method) {

    private static final String PREFIX = "paft";

    /** Every setting there is, groups resolved. */
    static Stream<SettingName> all() {
        return in(PREFIX, OperatorSettings.class);
    }

    /** In the environment, such as PAFT_IMAGES_PULL_POLICY. */
    String variable() {
        return property.replaceAll("[.-]", "_").toUpperCase(Locale.ROOT);
    }

    private static Stream<SettingName> in(String prefix, Class<?> group) {
        return Arrays.stream(group.getMethods()).flatMap(method -> {
            String property = prefix + '.' + kebab(method.getName());
            Class<?> type = method.getReturnType();
            return type.getEnclosingClass() == OperatorSettings.class
                    ? in(property, type)
                    : Stream.of(new SettingName(property, method));
        });
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
