package io.paft.operator.progress;

import io.paft.operator.progress.tls.ServingCertificate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.KeyCertOptions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/** The HTTPS server of the endpoint: its own port, its own certificate, and a bound on everything that a client decides. */
public final class ProgressServer {

    private static final Logger LOG = Logger.getLogger(ProgressServer.class);

    private static final int CONNECTIONS = 2048;
    private static final int BODIES = 128;
    private static final int IDLE_SECONDS = 30;

    private final Vertx vertx;
    private final ProgressEndpoint endpoint;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger bodies = new AtomicInteger();

    public ProgressServer(Vertx vertx, ProgressEndpoint endpoint) {
        this.vertx = vertx;
        this.endpoint = endpoint;
    }

    /** Listens on a port, or on any free one for 0. */
    public Future<HttpServer> start(int port, ServingCertificate certificate) {
        var options = new HttpServerOptions()
                .setPort(port)
                .setSsl(true)
                .setUseAlpn(false)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
                .setKeyCertOptions(KeyCertOptions.wrap(certificate.keyManager()))
                .setSslHandshakeTimeout(5)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxInitialLineLength(1024)
                .setMaxHeaderSize(16 * 1024)
                .setCompressionSupported(false)
                .setDecompressionSupported(false);
        return vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::requested)
                .listen()
                .onSuccess(server -> LOG.infof("progress of stages: listening on port %d", server.actualPort()))
                .onFailure(e -> LOG.error("progress of stages: cannot listen; their status will lack it", e));
    }

    private void connected(HttpConnection connection) {
        if (connections.incrementAndGet() > CONNECTIONS) {
            connections.decrementAndGet();
            connection.close();
            return;
        }
        connection.closeHandler(closed -> connections.decrementAndGet());
    }

    private void requested(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            refuse(request, Refusal.UNKNOWN_STAGE);
            return;
        }
        if (bodies.incrementAndGet() > BODIES) {
            bodies.decrementAndGet();
            refuse(request, Refusal.UNAVAILABLE);
            return;
        }
        new Post(request).read();
    }

    /** The rest of a refused body is not read: the connection ends. */
    private void refuse(HttpServerRequest request, Refusal refusal) {
        ProgressEndpoint.Answer answer = endpoint.refuse(refusal);
        send(request, answer.code(), answer.body(), true);
    }

    private static void send(HttpServerRequest request, int code, String body, boolean last) {
        var response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (last) {
            response.putHeader("Connection", "close");
        }
        response.setStatusCode(code)
                .putHeader("Content-Type", "application/json")
                .end(body)
                .onComplete(sent -> {
                    if (last) {
                        request.connection().close();
                    }
                });
    }

    /** One post: grows with what really arrives, whatever length was announced. */
    private final class Post {
        private final HttpServerRequest request;
        private final Buffer body = Buffer.buffer();
        private boolean over;

        Post(HttpServerRequest request) {
            this.request = request;
        }

        void read() {
            // Whoever sends a byte now and then holds a place among the bodies: for a while only.
            long timer = vertx.setTimer(TimeUnit.SECONDS.toMillis(10), late -> {
                if (finish()) {
                    request.connection().close();
                }
            });
            request.exceptionHandler(broken -> {
                vertx.cancelTimer(timer);
                finish();
            });
            request.handler(part -> {
                if (!over && body.length() + part.length() > PostReader.LIMIT) {
                    vertx.cancelTimer(timer);
                    finish();
                    refuse(request, Refusal.TOO_LARGE);
                } else if (!over) {
                    body.appendBuffer(part);
                }
            });
            request.endHandler(end -> {
                vertx.cancelTimer(timer);
                if (!over) {
                    answer();
                }
            });
        }

        private void answer() {
            // A token review waits for the API server: not on the thread that serves everybody.
            vertx.executeBlocking(
                            () -> endpoint.post(request.path(), request.getHeader("Authorization"), body.getBytes()),
                            false)
                    .onComplete(done -> {
                        finish();
                        if (done.succeeded()) {
                            send(request, done.result().code(), done.result().body(), false);
                        } else {
                            LOG.warn("progress of stages: a post failed", done.cause());
                            refuse(request, Refusal.UNAVAILABLE);
                        }
                    });
        }

        /** Gives the place up, once. */
        private boolean finish() {
            boolean first = !over;
            over = true;
            if (first) {
                bodies.decrementAndGet();
            }
            return first;
        }
    }
}
