package io.paft.operator.progress.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<String> NAMES = List.of("paft-operator.paft-system.svc", "localhost");

    private final CertificateAuthority authority = CertificateAuthority.create(NOW);

    @Test
    void aCertificateIsOneThatJavaTrusts() throws GeneralSecurityException {
        X509Certificate certificate = authority.issue(NAMES, NOW).certificate();

        validate(certificate, authority);
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactlyElementsOf(NAMES);
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(certificate.getBasicConstraints()).as("it signs nothing").isEqualTo(-1);
        assertThat(certificate.getKeyUsage()[0]).as("digitalSignature").isTrue();
    }

    @Test
    void anotherAuthoritysCertificateIsNotTrusted() {
        assertThatThrownBy(() -> validate(
                        CertificateAuthority.create(NOW).issue(NAMES, NOW).certificate(), authority))
                .isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void theAuthorityLivesTenYearsAndSignsOnlyServers() throws GeneralSecurityException {
        X509Certificate own = parse(authority.certificatePem());

        assertThat(authority.until()).isEqualTo("2035-12-30T00:00:00Z");
        assertThat(own.getBasicConstraints()).as("path length").isZero();
        assertThat(own.getKeyUsage()[5]).as("keyCertSign").isTrue();
        own.verify(own.getPublicKey());
    }

    @Test
    void aStoredOneIsTheSame() throws GeneralSecurityException {
        var loaded = CertificateAuthority.load(authority.certificatePem(), authority.keyPem());

        assertThat(loaded.certificatePem()).isEqualTo(authority.certificatePem());
        validate(loaded.issue(NAMES, NOW).certificate(), authority);
    }

    @Test
    void aKeyOfAnotherOneIsRefused() {
        String other = CertificateAuthority.create(NOW).keyPem();
        assertThatThrownBy(() -> CertificateAuthority.load(authority.certificatePem(), other))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CertificateAuthority.load("rubbish", authority.keyPem()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void timesFrom2050OnHaveFourDigitsForTheYear() throws GeneralSecurityException {
        var late = CertificateAuthority.create(Instant.parse("2045-06-01T00:00:00Z"));
        assertThat(parse(late.certificatePem()).getNotAfter().toInstant()).isEqualTo("2055-05-30T00:00:00Z");
    }

    @Test
    void aKeyIsNotPrinted() {
        assertThat(authority.issue(NAMES, NOW).toString()).doesNotContain("PRIVATE");
    }

    private static void validate(X509Certificate certificate, CertificateAuthority authority)
            throws GeneralSecurityException {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(parse(authority.certificatePem()), null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(NOW));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)), parameters);
    }

    private static X509Certificate parse(String pem) throws GeneralSecurityException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }
}
