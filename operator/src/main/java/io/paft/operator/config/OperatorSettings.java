package io.paft.operator.config;

import io.smallrye.config.ConfigMapping;

/** Settings of the operator: {@code paft.*} in application.properties, {@code PAFT_*} in the environment. */
@ConfigMapping(prefix = "paft")
public interface OperatorSettings {

    ImageSettings images();

    /** The images of stage pods. */
    interface ImageSettings {

        /** Image of every stage but merges. */
        String trainer();

        /** Image of merges. */
        String merge();

        /** When the kubelet pulls them. */
        String pullPolicy();
    }
}
