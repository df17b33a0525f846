package io.paft.operator.config;

import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Makes clients that take what the API server compresses: long lists, which come to a tenth. The operator runs without the
 * compiler that has the processor decipher TLS, and would spend more time on deciphering lists than on reading them.
 */
final class CompressedLists extends VertxHttpClientFactory {

    CompressedLists(Vertx vertx) {
        super(decompressing(vertx));
    }

    /** fabric8 7.5 has a hook for the options of its HTTP client, and never calls it. */
    private static Vertx decompressing(Vertx vertx) {
        return (Vertx) Proxy.newProxyInstance(
                Vertx.class.getClassLoader(), new Class<?>[] {Vertx.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("createHttpClient")
                            && arguments[0] instanceof HttpClientOptions options) {
                        options.setDecompressionSupported(true);
                    }
                    try {
                        return method.invoke(vertx, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
