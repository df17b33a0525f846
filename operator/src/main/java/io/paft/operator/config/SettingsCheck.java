package io.paft.operator.config;

import io.paft.operator.config.OperatorSettings.LeaderElectionSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Says what is wrong with settings, each as a sentence with the variable, its value and what it should be. Pure. */
final class SettingsCheck {

    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?");
    private static final Set<String> PULL_POLICIES = Set.of("Always", "IfNotPresent", "Never");
    private static final int MAX_PORT = 65_535;

    /** What Kubernetes puts into the environment for each Service of the namespace: PAFT_OPERATOR_SERVICE_HOST and the like. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("PAFT_.*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_(TCP|UDP|SCTP)(_.*)?)");

    private static final Duration SECOND = Duration.ofSeconds(1);
    private final List<String> problems = new ArrayList<>();

    private SettingsCheck() {}

    /**
     * What is wrong; empty when nothing is.
     *
     * @param variables names of the environment's variables
     */
    static List<String> problems(OperatorSettings settings, Collection<String> variables) {
        var check = new SettingsCheck();
        check.unknown(variables);
        check.namespaces(settings.namespaces().orElse(List.of()));
        check.images(settings.images());
        check.progress(settings.progress());
        check.leaderElection(settings.leaderElection());
        return check.problems;
    }

    /** A misspelt variable would silently do nothing. */
    private void unknown(Collection<String> variables) {
        Set<String> known = SettingName.all().map(SettingName::variable).collect(Collectors.toSet());
        variables.stream()
                .filter(name -> name.startsWith("PAFT_") && !known.contains(name))
                .filter(name -> !SERVICE_LINK.matcher(name).matches())
                .sorted()
                .forEach(name -> problems.add(name + " is no setting of the operator; see docs/configuration.md"));
    }

    private void namespaces(List<String> names) {
        names.forEach(name -> matches(
                LABEL,
                "PAFT_NAMESPACES",
                name,
                "namespaces separated by commas, without spaces, such as team-a,team-b"));
        if (names.stream().distinct().count() < names.size()) {
            wrong("PAFT_NAMESPACES", String.join(",", names), "each namespace once");
        }
    }

    private void images(OperatorSettings.ImageSettings images) {
        image("PAFT_IMAGES_TRAINER", images.trainer());
        image("PAFT_IMAGES_MERGE", images.merge());
        if (!PULL_POLICIES.contains(images.pullPolicy())) {
            wrong("PAFT_IMAGES_PULL_POLICY", images.pullPolicy(), "Always, IfNotPresent or Never");
        }
    }

    private void image(String variable, String image) {
        if (image.isBlank() || image.chars().anyMatch(Character::isWhitespace)) {
            wrong(variable, image, "the name of an image, such as registry.example.com/paft-trainer:0.1.0");
        }
    }

    private void progress(OperatorSettings.ProgressSettings progress) {
        namespace("PAFT_PROGRESS_NAMESPACE", progress.namespace());
        matches(LABEL, "PAFT_PROGRESS_SERVICE", progress.service(), "the name of a Service");
        matches(NAME, "PAFT_PROGRESS_SECRET", progress.secret(), "the name of a Secret");
        if (progress.port() < 1 || progress.port() > MAX_PORT) {
            wrong("PAFT_PROGRESS_PORT", Integer.toString(progress.port()), "a port from 1 to " + MAX_PORT);
        }
    }

    private void leaderElection(LeaderElectionSettings election) {
        namespace("PAFT_LEADER_ELECTION_NAMESPACE", election.namespace());
        matches(NAME, "PAFT_LEADER_ELECTION_LEASE", election.lease(), "the name of a Lease");
        election.pod().ifPresent(pod -> matches(NAME, "PAFT_LEADER_ELECTION_POD", pod, "the name of a pod"));
        if (election.retryPeriod().compareTo(SECOND) < 0) {
            wrong("PAFT_LEADER_ELECTION_RETRY_PERIOD", election.retryPeriod().toString(), "at least PT1S");
        }
        // Two attempts to renew must fit, and a leader must have ended before another one begins.
        longer(
                "PAFT_LEADER_ELECTION_RENEW_DEADLINE",
                election.renewDeadline(),
                "twice PAFT_LEADER_ELECTION_RETRY_PERIOD",
                election.retryPeriod().multipliedBy(2));
        longer(
                "PAFT_LEADER_ELECTION_LEASE_DURATION",
                election.leaseDuration(),
                "PAFT_LEADER_ELECTION_RENEW_DEADLINE and one PAFT_LEADER_ELECTION_RETRY_PERIOD together",
                election.renewDeadline().plus(election.retryPeriod()));
    }

    private void longer(String variable, Duration value, String what, Duration than) {
        if (value.compareTo(than) <= 0) {
            wrong(variable, value.toString(), "longer than " + what + " (" + than + ")");
        }
    }

    private void namespace(String variable, Optional<String> value) {
        value.ifPresent(name -> matches(LABEL, variable, name, "the name of a namespace"));
    }

    private void matches(Pattern pattern, String variable, String value, String shouldBe) {
        if (!pattern.matcher(value).matches()) {
            wrong(variable, value, shouldBe);
        }
    }

    private void wrong(String variable, String value, String shouldBe) {
        problems.add("%s is \"%s\"; it must be %s".formatted(variable, value, shouldBe));
    }
}
