package io.paft.operator.progress;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pod that a token speaks for.
 *
 * @param namespace of the ServiceAccount, and so of the pod
 */
record Sender(String namespace, String pod, String uid) {

    private static final String ACCOUNT = "system:serviceaccount:";
    private static final String POD_NAME = "authentication.kubernetes.io/pod-name";
    private static final String POD_UID = "authentication.kubernetes.io/pod-uid";

    /**
     * Who the API server says it is.
     *
     * @throws RefusedException when it says that the token is not good for the audience, or speaks for no pod
     */
    static Sender of(@Nullable TokenReviewStatus review, String audience) throws RefusedException {
        // An API server that knows nothing of audiences leaves them out: its word is not good enough.
        if (review == null
                || !Boolean.TRUE.equals(review.getAuthenticated())
                || review.getAudiences() == null
                || !review.getAudiences().contains(audience)) {
            throw new RefusedException(Refusal.TOKEN_REFUSED);
        }
        UserInfo user = review.getUser();
        String name = user == null || user.getUsername() == null ? "" : user.getUsername();
        String pod = only(user, POD_NAME);
        String uid = only(user, POD_UID);
        if (!name.startsWith(ACCOUNT) || pod == null || uid == null) {
            throw new RefusedException(Refusal.NOT_OF_A_POD);
        }
        return new Sender(name.substring(ACCOUNT.length()).split(":", 2)[0], pod, uid);
    }

    private static @Nullable String only(@Nullable UserInfo user, String name) {
        Map<String, List<String>> extra = user == null ? null : user.getExtra();
        List<String> values = extra == null ? null : extra.get(name);
        return values == null || values.size() != 1 ? null : values.getFirst();
    }
}
