import java.io.IOException;

/** A Kafka broker that does not outlive whoever started it: it ends when its standard input does. */
public final class Broker {
    private Broker() {}

    public static void main(String[] args) {
        Thread watch = new Thread(Broker::awaitEndOfInput, "end-of-input");
        watch.setDaemon(true);
        watch.start();
        kafka.Kafka.main(args);
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // Nobody writes anything: the pipe is there for its end.
            }
        } catch (IOException broken) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(1);
    }
}
