package io.paft.operator.progress.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Signs the operator's serving certificates: X.509 version 3 (RFC 5280), ECDSA on P-256 with SHA-256. */
public final class CertificateAuthority {

    private static final String NAME = "paft-operator progress CA";
    private static final Duration LIFE = Duration.ofDays(3650);
    /** Clocks of nodes differ. */
    private static final Duration SLACK = Duration.ofHours(1);

    private static final byte[] ALGORITHM = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String AUTHORITY_KEY = "2.5.29.35";

    private final PrivateKey key;
    private final X509Certificate certificate;

    private CertificateAuthority(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /** A new one, for ten years. */
    public static CertificateAuthority create(Instant now) {
        try {
            KeyPair pair = keys();
            PublicKey own = pair.getPublic();
            byte[] der = sign(
                    pair.getPrivate(),
                    body(
                            NAME,
                            now.minus(SLACK),
                            now.plus(LIFE),
                            own,
                            List.of(
                                    critical(BASIC_CONSTRAINTS, Der.sequence(Der.yes(), Der.integer(BigInteger.ZERO))),
                                    critical(KEY_USAGE, Der.bits(2, new byte[] {0x04})),
                                    extension(SUBJECT_KEY, Der.octets(identifier(own))))));
            return new CertificateAuthority(pair.getPrivate(), certificate(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has ECDSA on P-256", e);
        }
    }

    /**
     * One that was stored.
     *
     * @throws IllegalArgumentException when key or certificate cannot be read or do not belong together
     */
    public static CertificateAuthority load(String certificatePem, String keyPem) {
        try {
            X509Certificate certificate = certificate(Pem.read(Pem.CERTIFICATE, certificatePem));
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Pem.read(Pem.PRIVATE_KEY, keyPem)));
            byte[] probe = {1, 2, 3};
            Signature verifier = Signature.getInstance("SHA256withECDSA");
            // The key alone: a certificate of this kind may not verify anything but certificates.
            verifier.initVerify(certificate.getPublicKey());
            verifier.update(probe);
            if (!verifier.verify(signature(key, probe))) {
                throw new IllegalArgumentException("the key is not that of the certificate");
            }
            return new CertificateAuthority(key, certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot be read: " + e.getMessage(), e);
        }
    }

    /** A certificate for a server of these names, as long as this authority lives; its key is new and nowhere else. */
    public ServingCertificate issue(List<String> names, Instant now) {
        try {
            KeyPair pair = keys();
            byte[][] alternatives =
                    names.stream().map(CertificateAuthority::dnsName).toArray(byte[][]::new);
            byte[] der = sign(
                    key,
                    body(
                            "paft-operator",
                            now.minus(SLACK),
                            until(),
                            pair.getPublic(),
                            List.of(
                                    critical(BASIC_CONSTRAINTS, Der.sequence()),
                                    critical(KEY_USAGE, Der.bits(7, new byte[] {(byte) 0x80})),
                                    extension(EXTENDED_KEY_USAGE, Der.sequence(Der.oid(SERVER_AUTHENTICATION))),
                                    extension(ALTERNATIVE_NAMES, Der.sequence(alternatives)),
                                    extension(SUBJECT_KEY, Der.octets(identifier(pair.getPublic()))),
                                    extension(
                                            AUTHORITY_KEY,
                                            Der.sequence(Der.implicit(0, identifier(certificate.getPublicKey())))))));
            return new ServingCertificate(certificate(der), pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has ECDSA on P-256", e);
        }
    }

    /** When it ends. */
    public Instant until() {
        return certificate.getNotAfter().toInstant();
    }

    /** What clients trust. */
    public String certificatePem() {
        try {
            return Pem.write(Pem.CERTIFICATE, certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The private key, for the one place where it is stored. */
    String keyPem() {
        return Pem.write(Pem.PRIVATE_KEY, key.getEncoded());
    }

    private static byte[] body(String subject, Instant from, Instant to, PublicKey key, List<byte[]> extensions) {
        return Der.sequence(
                Der.explicit(0, Der.integer(BigInteger.TWO)),
                Der.integer(new BigInteger(127, new SecureRandom()).setBit(126)),
                ALGORITHM,
                name(NAME),
                Der.sequence(Der.time(from), Der.time(to)),
                name(subject),
                key.getEncoded(),
                Der.explicit(3, Der.sequence(extensions.toArray(byte[][]::new))));
    }

    private static byte[] name(String common) {
        return Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.utf8(common))));
    }

    private static byte[] dnsName(String name) {
        return Der.implicit(2, name.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] extension(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.octets(value));
    }

    private static byte[] critical(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value));
    }

    /** RFC 7093, method 4: a hash over the whole public key, as it is encoded. */
    private static byte[] identifier(PublicKey key) throws GeneralSecurityException {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), 20);
    }

    private static byte[] sign(PrivateKey key, byte[] body) throws GeneralSecurityException {
        return Der.sequence(body, ALGORITHM, Der.bits(0, signature(key, body)));
    }

    private static byte[] signature(PrivateKey key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(content);
        return signature.sign();
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }
}
