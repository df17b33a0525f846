package io.paft.operator.apiserver;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;

/** Makes tokens the way the kubelet does it for a projected volume. */
final class Tokens {

    static final String ACCOUNT = "default";

    private final KubernetesClient client;

    Tokens(KubernetesClient client) {
        this.client = client;
    }

    /** The account that a namespace has by itself where somebody plays the controller manager. */
    void account(String namespace) {
        client.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName(ACCOUNT)
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    /** Of a pod, for an audience. */
    String of(Pod pod, String audience) {
        return request(
                pod.getMetadata().getNamespace(),
                new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences(audience)
                        .withExpirationSeconds(600L)
                        .withNewBoundObjectRef()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName(pod.getMetadata().getName())
                        .withUid(pod.getMetadata().getUid())
                        .endBoundObjectRef()
                        .endSpec());
    }

    /** Of an account, bound to no pod. */
    String unbound(String namespace, String audience) {
        return request(
                namespace,
                new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences(audience)
                        .withExpirationSeconds(600L)
                        .endSpec());
    }

    /** The same token with another end, signed with the key of the API server that {@link World} starts. */
    String signedAgain(String token, long secondsFromNow) throws IOException, GeneralSecurityException {
        String[] parts = token.split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                .replaceFirst(
                        "\"exp\":\\d+",
                        "\"exp\":" + Instant.now().plusSeconds(secondsFromNow).getEpochSecond());
        String signed = parts[0] + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + base64(signature.sign());
    }

    private static PrivateKey key() throws IOException, GeneralSecurityException {
        String pem = Files.readString(Path.of(System.getenv("KUBE_API_TEST_DIR"), "apiserver.key"));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8(pem, der)));
    }

    /** A bare RSA key (PKCS #1) gets the envelope that Java wants. */
    private static byte[] pkcs8(String pem, byte[] der) {
        if (!pem.contains("BEGIN RSA PRIVATE KEY")) {
            return der;
        }
        byte[] head = HexFormat.of().parseHex("30820000020100300d06092a864886f70d010101050004820000");
        ByteBuffer whole =
                ByteBuffer.allocate(head.length + der.length).put(head).put(der);
        whole.putShort(2, (short) (head.length - 4 + der.length));
        whole.putShort(head.length - 2, (short) der.length);
        return whole.array();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String request(String namespace, TokenRequestBuilder request) {
        return client.serviceAccounts()
                .inNamespace(namespace)
                .withName(ACCOUNT)
                .tokenRequest(request.build())
                .getStatus()
                .getToken();
    }
}
