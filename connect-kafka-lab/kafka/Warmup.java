import java.io.IOException;

/** A broker and its clients in one process, so that one archive has the classes of both. */
public final class Warmup {
    private Warmup() {}

    public static void main(String[] args) throws IOException {
        Thread broker = new Thread(() -> kafka.Kafka.main(args), "broker");
        broker.setDaemon(true);
        broker.start();
        Client.main(new String[0]);
        System.exit(0);
    }
}
