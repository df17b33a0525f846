package io.paft.operator.config;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Settings of the operator: {@code paft.*} in application.properties, {@code PAFT_*} in the environment. */
@ConfigMapping(prefix = "paft")
public interface OperatorSettings {

    ImageSettings images();

    ProgressSettings progress();

    /** The images of stage pods. */
    interface ImageSettings {

        /** Image of every stage but merges. */
        String trainer();

        /** Image of merges. */
        String merge();

        /** When the kubelet pulls them. */
        String pullPolicy();
    }

    /** The endpoint to which stage pods say how far they are. */
    interface ProgressSettings {

        /** Namespace of the operator; without it there is no endpoint. */
        Optional<String> namespace();

        /** Name of the Service that leads to it. */
        String service();

        /** Port of the endpoint, and of the Service. */
        int port();

        /** Name of the Secret that keeps its certificate authority. */
        String secret();
    }
}
