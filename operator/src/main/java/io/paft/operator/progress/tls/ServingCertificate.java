package io.paft.operator.progress.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;

/**
 * What a server shows to its clients.
 *
 * @param certificate its certificate
 * @param key its private key; never logged or stored
 */
public record ServingCertificate(X509Certificate certificate, PrivateKey key) {

    /** For a server of this process. */
    public X509KeyManager keyManager() {
        try {
            // The old format, in memory only: that of today derives a key from a password first, which takes a tenth of
            // a start.
            KeyStore store = KeyStore.getInstance("JKS");
            store.load(null, null);
            char[] none = new char[0];
            store.setKeyEntry("server", key, none, new Certificate[] {certificate});
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, none);
            return Arrays.stream(factory.getKeyManagers())
                    .filter(X509KeyManager.class::isInstance)
                    .map(X509KeyManager.class::cast)
                    .findFirst()
                    .orElseThrow();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every Java platform has key stores in memory", e);
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return String.valueOf(certificate.getSubjectX500Principal());
    }
}
