package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Termination messages, as the stage contract has them. */
final class Said {

    private static final Pattern FIRST_CANDIDATE = Pattern.compile("\"candidates\":\\[\"([^\"]+)\"");

    private Said() {}

    static String done(Pod pod, boolean reused) {
        String key = Kubelet.key(pod);
        String result = pod.getMetadata().getLabels().get("paft.io/stage").equals("report") ? report(pod) : "";
        return """
                {"outcome":"%s","reason":"Completed","message":"%s","metrics":{"loss":0.5},"digest":"%s","bytes":%d%s}""".formatted(
                        reused ? "Reused" : "Succeeded",
                        reused ? "was already complete" : "done",
                        Workspace.digest(key),
                        key.hashCode() & 0xffff,
                        result);
    }

    private static String report(Pod pod) {
        String document = pod.getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getName().equals("PAFT_STAGE"))
                .findFirst()
                .orElseThrow()
                .getValue();
        Matcher match = FIRST_CANDIDATE.matcher(document);
        if (!match.find()) {
            throw new IllegalStateException("a report without candidates: " + document);
        }
        return ",\"result\":{\"best\":\"%s\",\"score\":0.5,\"scores\":[{\"subject\":\"%s\",\"score\":0.5}]}"
                .formatted(match.group(1), match.group(1));
    }

    static String failed(String reason, String message) {
        return "{\"outcome\":\"Failed\",\"reason\":\"%s\",\"message\":\"%s\"}".formatted(reason, message);
    }
}
