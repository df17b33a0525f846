package io.paft.operator.jobs;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the pod of a stage says how far it is: a path, and an audience for its token. */
public record ProgressTarget(String namespace, String pipeline, String stage) {

    private static final String FORM = "paft.io/v1alpha1/namespaces/%s/paftpipelines/%s/stages/%s/progress";
    private static final String PREFIX = "/apis/";
    private static final String NAME = "([a-z0-9][-a-z0-9]{0,62})";
    private static final Pattern PATH = Pattern.compile(PREFIX + FORM.replace("%s", NAME));

    /** Empty when the path is no such one. */
    public static Optional<ProgressTarget> of(String path) {
        Matcher match = PATH.matcher(path);
        return match.matches()
                ? Optional.of(new ProgressTarget(match.group(1), match.group(2), match.group(3)))
                : Optional.empty();
    }

    /** The path of its URL. */
    public String path() {
        return PREFIX + audience();
    }

    /** What a token must be made for: this stage and nothing else in the cluster. */
    public String audience() {
        return FORM.formatted(namespace, pipeline, stage);
    }
}
