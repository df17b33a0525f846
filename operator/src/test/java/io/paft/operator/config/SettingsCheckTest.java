package io.paft.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsCheckTest {

    @Test
    void theDefaultsAreGood() {
        assertThat(problems(Map.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            paft.namespaces                      | llm, team-b  | PAFT_NAMESPACES is " team-b"; it must be namespaces separated by commas, without spaces, such as team-a,team-b
            paft.namespaces                      | llm,llm      | PAFT_NAMESPACES is "llm,llm"; it must be each namespace once
            paft.images.trainer                  | a b          | PAFT_IMAGES_TRAINER is "a b"; it must be the name of an image, such as registry.example.com/paft-trainer:0.1.0
            paft.images.pull-policy              | always       | PAFT_IMAGES_PULL_POLICY is "always"; it must be Always, IfNotPresent or Never
            paft.progress.namespace              | Paft         | PAFT_PROGRESS_NAMESPACE is "Paft"; it must be the name of a namespace
            paft.progress.port                   | 0            | PAFT_PROGRESS_PORT is "0"; it must be a port from 1 to 65535
            paft.leader-election.lease           | a_b          | PAFT_LEADER_ELECTION_LEASE is "a_b"; it must be the name of a Lease
            paft.leader-election.retry-period    | PT0.1S       | PAFT_LEADER_ELECTION_RETRY_PERIOD is "PT0.1S"; it must be at least PT1S
            paft.leader-election.renew-deadline  | PT4S         | PAFT_LEADER_ELECTION_RENEW_DEADLINE is "PT4S"; it must be longer than twice PAFT_LEADER_ELECTION_RETRY_PERIOD (PT4S)
            paft.leader-election.lease-duration  | PT12S        | PAFT_LEADER_ELECTION_LEASE_DURATION is "PT12S"; it must be longer than PAFT_LEADER_ELECTION_RENEW_DEADLINE and one PAFT_LEADER_ELECTION_RETRY_PERIOD together (PT12S)
            """)
    void aBadValueIsASentence(String property, String value, String sentence) {
        assertThat(problems(Map.of(property, value))).containsExactly(sentence);
    }

    @Test
    void aMisspeltVariableIsNotPassedOver() {
        assertThat(SettingsCheck.problems(
                        Settings.with(Map.of()),
                        List.of("PAFT_NAMESPACE", "PAFT_NAMESPACES", "PATH", "PAFT_PROGRESS_PORT")))
                .containsExactly("PAFT_NAMESPACE is no setting of the operator; see docs/configuration.md");
    }

    @Test
    void theVariablesOfServicesAreNobodysMistake() {
        assertThat(SettingsCheck.problems(
                        Settings.with(Map.of()),
                        List.of(
                                "PAFT_OPERATOR_SERVICE_HOST",
                                "PAFT_OPERATOR_SERVICE_PORT_PROGRESS",
                                "PAFT_OPERATOR_PORT",
                                "PAFT_OPERATOR_PORT_8443_TCP_ADDR")))
                .isEmpty();
    }

    private static List<String> problems(Map<String, String> changes) {
        return SettingsCheck.problems(Settings.with(changes), List.of());
    }
}
