package io.paft.operator.jobs;

import java.util.Optional;

/** Where an input from outside the graph lies inside the pod. */
record InputPath(String path, Optional<String> claim) {

    private static final String SCHEME = "pvc://";
    private static final String MOUNTS = "/pvc/";

    /** A claim other than the workspace is mounted read-only; a path in the workspace stays relative to it. */
    static InputPath of(String uri, String workspaceClaim) {
        if (!uri.startsWith(SCHEME)) {
            return new InputPath(uri, Optional.empty());
        }
        String rest = uri.substring(SCHEME.length());
        int slash = rest.indexOf('/');
        String claim = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "." : rest.substring(slash + 1);
        return claim.equals(workspaceClaim)
                ? new InputPath(path, Optional.empty())
                : new InputPath(mount(claim) + "/" + path, Optional.of(claim));
    }

    static String mount(String claim) {
        return MOUNTS + claim;
    }
}
