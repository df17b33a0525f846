package io.paft.operator.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatusBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.paft.api.v1alpha1.StageState;
import io.paft.operator.metrics.ProgressMetrics;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may say what: every post is taken or refused for one counted reason. */
class ProgressEndpointTest {

    private static final String TOKEN = "Bearer aaa.bbb.ccc";
    private static final String BODY = """
            {"trainerStatus": {"lastUpdatedTime": "2026-01-01T00:00:00+00:00", "progressPercentage": 42,
              "metrics": [{"name": "current_step", "value": "64"}, {"name": "total_steps", "value": "150"}]}}
            """;

    private final Situation situation = new Situation();
    private final ProgressBook book = new ProgressBook();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final TickingClock clock = new TickingClock();
    private @Nullable TokenReviewStatus review = Situation.review("llm", "sft-0", "uid-pod");
    private int asked;

    private final ProgressEndpoint endpoint = new ProgressEndpoint(
            situation,
            new TokenReviews((token, audience) -> {
                asked++;
                assertThat(token).isEqualTo("aaa.bbb.ccc");
                assertThat(audience).isEqualTo(Situation.SFT.audience());
                return review;
            }),
            book,
            new ProgressMetrics(registry),
            clock);

    @Test
    void takesWhatTheStagesOwnPodSays() {
        assertThat(post()).isEqualTo("accepted");

        assertThat(said().pods().get("uid-pod"))
                .satisfies(progress -> assertThat(progress.step()).isEqualTo(64));
        assertThat(situation.woken).isEqualTo(1);
    }

    @Test
    void asksAboutATokenOnceAMinute() {
        for (int i = 0; i < 13; i++) {
            assertThat(post()).isEqualTo("accepted");
            clock.now = clock.now.plusSeconds(5);
        }
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void refusesATokenThatTheApiServerRefuses() {
        review = new TokenReviewStatusBuilder()
                .withAuthenticated(false)
                .withError("expired")
                .build();
        assertThat(post()).isEqualTo("token_refused");
        assertThat(post()).isEqualTo("token_refused");
        assertThat(asked).as("a refusal is remembered too").isEqualTo(1);
    }

    /** A pod whose posts are turned away for reasons of our own has not stood still. */
    @Test
    void aPodThatNobodyCouldAskAboutHasNotBeenSilent() {
        assertThat(post()).isEqualTo("accepted");
        for (int i = 0; i <= 12; i++) {
            book.listening(clock.now);
            clock.now = clock.now.plusSeconds(10);
        }
        review = null;
        assertThat(post()).isEqualTo("unavailable");
        assertThat(said().silence().listeningSince()).isEqualTo(clock.now);
    }

    @Test
    void refusesATokenWhoseAudienceNobodyChecked() {
        review = new TokenReviewStatusBuilder(review).withAudiences().build();
        assertThat(post()).isEqualTo("token_refused");
    }

    @Test
    void refusesATokenThatIsBoundToNoPod() {
        review = new TokenReviewStatusBuilder(review)
                .editUser()
                .removeFromExtra("authentication.kubernetes.io/pod-uid")
                .endUser()
                .build();
        assertThat(post()).isEqualTo("not_of_a_pod");
    }

    @Test
    void refusesAPersonsToken() {
        review = new TokenReviewStatusBuilder(review)
                .editUser()
                .withUsername("llm:admin")
                .endUser()
                .build();
        assertThat(post()).isEqualTo("not_of_a_pod");
    }

    @Test
    void refusesAPodOfAnotherNamespace() {
        review = Situation.review("other", "sft-0", "uid-pod");
        assertThat(post()).isEqualTo("other_namespace");
    }

    @Test
    void refusesAPodOfAnotherStage() {
        situation.pod("preference-0", "uid-other", "uid-preference", "preference");
        review = Situation.review("llm", "preference-0", "uid-other");
        assertThat(post()).isEqualTo("other_stage");
    }

    @Test
    void refusesAPodOfTheJobBeforeAnEdit() {
        String key = "b".repeat(64);
        situation.stage(StageState.Running, key, "tiny-sft-bbbbbbbb");
        situation.job("tiny-sft-bbbbbbbb", "uid-new", key);
        assertThat(post()).isEqualTo("old_job");
    }

    @Test
    void refusesAJobThatOnlyHasTheRightName() {
        situation
                .jobs
                .get(Situation.JOB)
                .getMetadata()
                .getOwnerReferences()
                .getFirst()
                .setUid("somebody-else");
        assertThat(post()).isEqualTo("old_job");
    }

    @Test
    void refusesAStageThatHasEnded() {
        situation.stage(StageState.Failed, Situation.KEY, Situation.JOB);
        assertThat(post()).isEqualTo("stage_ended");
    }

    @Test
    void refusesAPodThatIsGoneAlthoughItsTokenIsRemembered() {
        assertThat(post()).isEqualTo("accepted");
        situation.pods.clear();
        assertThat(post()).isEqualTo("pod_gone");
    }

    @Test
    void refusesAPodThatTookOverTheName() {
        situation.pod("sft-0", "uid-later", "uid-job", "sft");
        assertThat(post()).isEqualTo("pod_gone");
    }

    @Test
    void refusesWhatNamesNoStageWithoutAskingTheApiServer() {
        for (String path : new String[] {
            "/",
            "/apis/paft.io/v1alpha1/namespaces/llm/paftpipelines/tiny/stages/merge/progress",
            "/apis/paft.io/v1alpha1/namespaces/llm/paftpipelines/none/stages/sft/progress",
            "/apis/paft.io/v1alpha1/namespaces/../llm/paftpipelines/tiny/stages/sft/progress",
            Situation.SFT.path() + "/"
        }) {
            assertThat(post(path, TOKEN, BODY)).as(path).isEqualTo("unknown_stage");
        }
        assertThat(asked).isZero();
    }

    @Test
    void aStrangerCannotTellAWrongTokenFromAWrongName() {
        review = null;
        var unknown = endpoint.post("/apis/none", TOKEN, new byte[0]);
        review = new TokenReviewStatusBuilder().withAuthenticated(false).build();
        assertThat(endpoint.post(Situation.SFT.path(), TOKEN, new byte[0])).isEqualTo(unknown);
    }

    @Test
    void refusesWhatIsNoToken() {
        for (String header :
                new String[] {"", "Bearer", "Bearer a.b", "Basic aaa.bbb.ccc", "Bearer aaa.bbb.ccc ", "x".repeat(9000)
                }) {
            assertThat(post(Situation.SFT.path(), header, BODY)).as(header).isEqualTo("no_token");
        }
        assertThat(post(Situation.SFT.path(), null, BODY)).isEqualTo("no_token");
    }

    @Test
    void refusesMoreThanAPostPerSecondOfOnePod() {
        for (int i = 0; i < 5; i++) {
            assertThat(post()).isEqualTo("accepted");
        }
        assertThat(post()).isEqualTo("too_many");
        clock.now = clock.now.plusSeconds(1);
        assertThat(post()).isEqualTo("accepted");
        assertThat(post()).isEqualTo("too_many");
    }

    @Test
    void badTokensInGreatNumbersAreNotAsManyRequests() {
        var forger = new ProgressEndpoint(
                situation,
                new TokenReviews((token, audience) -> {
                    asked++;
                    return new TokenReviewStatusBuilder()
                            .withAuthenticated(false)
                            .build();
                }),
                book,
                new ProgressMetrics(registry),
                clock);
        for (int i = 0; i < 1000; i++) {
            forger.post(Situation.SFT.path(), "Bearer a.b." + i, new byte[0]);
        }
        assertThat(asked).isEqualTo(20);
        assertThat(counted("too_many")).isEqualTo(980);
    }

    @Test
    void saysSoWhenTheApiServerDoesNotAnswer() {
        review = null;
        assertThat(post()).isEqualTo("unavailable");
    }

    @Test
    void refusesWhatIsNoReport() {
        assertThat(post(Situation.SFT.path(), TOKEN, "{}")).isEqualTo("malformed");
        assertThat(said().pods()).isEmpty();
    }

    private ProgressBook.Snapshot said() {
        return book.snapshot(situation.pipeline.getMetadata().getUid(), Set.of("uid-pod"), clock.now);
    }

    private String post() {
        return post(Situation.SFT.path(), TOKEN, BODY);
    }

    /** Returns the reason that was counted. */
    private String post(String path, @Nullable String authorization, String body) {
        var before = new TreeMap<String, Double>();
        registry.find("paft.progress.posts")
                .counters()
                .forEach(counter -> before.put(counter.getId().getTag("result"), counter.count()));
        endpoint.post(path, authorization, body.getBytes(StandardCharsets.UTF_8));
        var changed = before.keySet().stream()
                .filter(result -> counted(result) > before.get(result))
                .toList();
        assertThat(changed).hasSize(1);
        return changed.getFirst();
    }

    private double counted(String result) {
        return registry.get("paft.progress.posts")
                .tag("result", result)
                .counter()
                .count();
    }

    private static final class TickingClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
