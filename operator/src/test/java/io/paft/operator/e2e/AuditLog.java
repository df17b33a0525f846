package io.paft.operator.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The API server's record of every write, from the moment it is opened: what was really asked, whoever claims what. */
final class AuditLog {

    private static final Path DEFAULT = Path.of("../dev/cluster/.run/logs/audit.log");
    private static final String OPERATOR = "system:serviceaccount:paft-system:paft-operator";
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /** A request that was answered. */
    record Write(String user, String verb, String resource, String subresource, String name, int code, String time) {

        boolean by(String who) {
            return user.equals(who);
        }

        boolean accepted() {
            return code < 300;
        }

        @Override
        public String toString() {
            String what = subresource.isEmpty() ? resource : resource + "/" + subresource;
            return "%s %s %s %s -> %d (%s)".formatted(time, verb, what, name, code, user);
        }
    }

    private final Path file;
    private final String namespace;

    AuditLog(String namespace) {
        String other = System.getenv("PAFT_AUDIT_LOG");
        this.file = other == null ? DEFAULT : Path.of(other);
        this.namespace = namespace;
        if (!Files.isReadable(file)) {
            throw new IllegalStateException("no audit log at " + file.toAbsolutePath()
                    + ": these tests count what is written. Start the local cluster, or set PAFT_AUDIT_LOG");
        }
    }

    /** Jobs that the operator created, in their order. */
    List<Write> jobsCreated() {
        return writes(write -> write.by(OPERATOR)
                && write.verb().equals("create")
                && write.resource().equals("jobs")
                && write.accepted());
    }

    /** Requests for a Job that the API server turned down, such as a second one of the same name. */
    List<Write> jobsRefused() {
        return writes(write -> write.by(OPERATOR)
                && write.verb().equals("create")
                && write.resource().equals("jobs")
                && !write.accepted());
    }

    List<Write> jobsDeletedByOperator() {
        return writes(write -> write.by(OPERATOR)
                && write.verb().equals("delete")
                && write.resource().equals("jobs"));
    }

    /** Writes of a pipeline's status, the refused ones too: they cost the same. */
    List<Write> statusWrites(String pipeline) {
        return writes(write -> write.resource().equals("paftpipelines")
                && write.subresource().equals("status")
                && write.name().equals(pipeline));
    }

    /** Everything that the operator wrote here; Events are not in the log. */
    List<Write> byOperator() {
        return writes(write -> write.by(OPERATOR));
    }

    /** Pods that were created for Jobs. */
    List<Write> podsCreated() {
        return writes(write -> write.user().endsWith(":job-controller")
                && write.verb().equals("create")
                && write.resource().equals("pods")
                && write.accepted());
    }

    private List<Write> writes(Predicate<Write> which) {
        List<Write> found = new ArrayList<>();
        String mark = "\"namespace\":\"" + namespace + "\"";
        try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
            lines.filter(line -> line.contains(mark) && line.endsWith("}"))
                    .map(AuditLog::parse)
                    .filter(which)
                    .forEach(found::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static Write parse(String line) {
        try {
            JsonNode event = JSON.readTree(line);
            return new Write(
                    event.at("/user/username").asText(),
                    event.path("verb").asText(),
                    event.at("/objectRef/resource").asText(),
                    event.at("/objectRef/subresource").asText(),
                    event.at("/objectRef/name").asText(),
                    event.at("/responseStatus/code").asInt(),
                    event.path("requestReceivedTimestamp").asText());
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        }
    }
}
