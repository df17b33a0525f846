package io.paft.operator.jobs;

import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a pod needs to tell the operator how far it is: Kubeflow Trainer's variables, a token that is good for its own stage and
 * nothing else, and the certificate to trust. One projected volume holds both; the certificate comes out of an annotation of the
 * pod, so that no ConfigMap or Secret has to be made for it.
 *
 * @param host DNS name of the operator's Service
 * @param port of the Service
 * @param certificate PEM of the authority that signs the operator's serving certificate
 */
public record ProgressAccess(String host, int port, String certificate) {

    static final String ANNOTATION = "paft.io/progress-ca";

    private static final String VOLUME = "progress";
    private static final String DIRECTORY = "/var/run/secrets/paft.io/progress";
    private static final String TOKEN = "token";
    private static final String AUTHORITY = "ca.crt";

    /**
     * The kubelet renews a token when a fifth of its life is left. transformers' callback reads the file every five minutes: the
     * fifth must be longer than that.
     */
    private static final long TOKEN_SECONDS = 1800;

    /** For the pod. */
    Map<String, String> annotations() {
        return Map.of(ANNOTATION, certificate);
    }

    /** For the container, in a stable order. */
    Map<String, String> environment(ProgressTarget target) {
        var variables = new LinkedHashMap<String, String>();
        variables.put("KUBEFLOW_TRAINER_SERVER_URL", "https://" + host + ":" + port + target.path());
        variables.put("KUBEFLOW_TRAINER_SERVER_CA_CERT", DIRECTORY + "/" + AUTHORITY);
        variables.put("KUBEFLOW_TRAINER_SERVER_TOKEN", DIRECTORY + "/" + TOKEN);
        return variables;
    }

    VolumeMount mount() {
        return new VolumeMountBuilder()
                .withName(VOLUME)
                .withMountPath(DIRECTORY)
                .withReadOnly(true)
                .build();
    }

    Volume volume(ProgressTarget target) {
        return new VolumeBuilder()
                .withName(VOLUME)
                .withNewProjected()
                .addNewSource()
                .withNewServiceAccountToken(target.audience(), TOKEN_SECONDS, TOKEN)
                .endSource()
                .addNewSource()
                .withNewDownwardAPI()
                .addNewItem()
                .withPath(AUTHORITY)
                .withNewFieldRef("v1", "metadata.annotations['" + ANNOTATION + "']")
                .endItem()
                .endDownwardAPI()
                .endSource()
                .endProjected()
                .build();
    }
}
