package io.paft.operator.progress.tls;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The authority in the one Secret that the operator may read, so that pods which outlive the operator go on trusting the next
 * one.
 */
public final class StoredAuthority {

    private static final Logger LOG = Logger.getLogger(StoredAuthority.class);

    static final String CERTIFICATE = "ca.crt";
    static final String KEY = "ca.key";

    /** Longer than any stage runs: whoever got it just now can go on trusting it. */
    private static final Duration RENEW_BEFORE = Duration.ofDays(180);

    private static final int ATTEMPTS = 3;

    private final KubernetesClient client;
    private final String namespace;
    private final String name;

    /** @param name of a Secret that is there already, empty at first: the operator may not create any */
    public StoredAuthority(KubernetesClient client, String namespace, String name) {
        this.client = client;
        this.namespace = namespace;
        this.name = name;
    }

    /** The stored one; a new one, which is stored, when there is none, or it ends soon or cannot be read. */
    public CertificateAuthority get(Instant now) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Secret secret;
            try {
                secret = client.secrets().inNamespace(namespace).withName(name).get();
            } catch (KubernetesClientException e) {
                if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                    return unstored("may not be read", now);
                }
                throw e;
            }
            if (secret == null) {
                return unstored("is not there", now);
            }
            CertificateAuthority stored = read(secret);
            if (stored != null && now.plus(RENEW_BEFORE).isBefore(stored.until())) {
                return stored;
            }
            CertificateAuthority created = CertificateAuthority.create(now);
            if (store(secret, created)) {
                return created;
            }
            // Another operator was first: its authority is as good.
        }
        throw new IllegalStateException(
                "Secret %s/%s changed with every attempt to write it".formatted(namespace, name));
    }

    private CertificateAuthority unstored(String why, Instant now) {
        LOG.warnf(
                "Secret %s/%s %s: pods that run now will not trust this operator after its next start, and their progress will"
                        + " stop then; manifests/base has the Secret and the right to it",
                namespace, name, why);
        return CertificateAuthority.create(now);
    }

    private @Nullable CertificateAuthority read(Secret secret) {
        Map<String, String> data = secret.getData();
        if (data == null || data.get(CERTIFICATE) == null || data.get(KEY) == null) {
            return null;
        }
        try {
            return CertificateAuthority.load(text(data.get(CERTIFICATE)), text(data.get(KEY)));
        } catch (IllegalArgumentException e) {
            LOG.warnf("Secret %s/%s holds no authority that can be read (%s): making a new one", namespace, name, e);
            return null;
        }
    }

    /** @return false when somebody else wrote it in between */
    private boolean store(Secret secret, CertificateAuthority authority) {
        var data = new HashMap<String, String>();
        data.put(CERTIFICATE, base64(authority.certificatePem()));
        data.put(KEY, base64(authority.keyPem()));
        secret.setData(data);
        try {
            client.resource(secret)
                    .lockResourceVersion(secret.getMetadata().getResourceVersion())
                    .update();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
