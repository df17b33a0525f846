package io.paft.operator.progress.tls;

/**
 * What a server shows to its clients.
 *
 * @param certificatePem its certificate
 * @param keyPem its private key, PKCS #8; never logged or stored
 */
public record ServingCertificate(String certificatePem, String keyPem) {

    /** Without the key. */
    @Override
    public String toString() {
        return certificatePem;
    }
}
