import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.ArrayList;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Apache Kafka's own clients, to check others against.
 *
 * <p>Records are lines of fields between tabs: partition, offset, timestamp, key, value, then name and value of each
 * header. Bytes are in Base64, and null is a hyphen.
 */
public final class Client {
    private static final Duration STUCK = Duration.ofSeconds(60);

    private Client() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "create" -> create(args[1], args[2], Integer.parseInt(args[3]), Arrays.copyOfRange(args, 4, args.length));
            case "write" -> write(args[1], args[2], args[3]);
            case "read" -> read(args[1], args[2], args[3]);
            default -> throw new IllegalArgumentException("expected create, write or read, found " + args[0]);
        }
    }

    private static void create(String bootstrap, String topic, int partitions, String[] settings) throws Exception {
        Map<String, String> config = new HashMap<>();
        for (String setting : settings) {
            int at = setting.indexOf('=');
            config.put(setting.substring(0, at), setting.substring(at + 1));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            NewTopic wanted = new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(config);
            admin.createTopics(List.of(wanted)).all().get();
        }
    }

    private static void write(String bootstrap, String topic, String ending) throws Exception {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap));
        boolean transactional = !ending.equals("plain");
        if (transactional) {
            config.put("transactional.id", "lab-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        }
        var serializer = new ByteArraySerializer();
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, serializer, serializer);
        if (transactional) {
            producer.initTransactions();
            producer.beginTransaction();
        }
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        List<Future<?>> sent = new ArrayList<>();
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            sent.add(producer.send(parse(topic, line)));
        }
        producer.flush();
        for (Future<?> one : sent) {
            one.get();
        }
        switch (ending) {
            case "committed" -> producer.commitTransaction();
            case "aborted" -> producer.abortTransaction();
            // The broker hears nothing of the end of this process: the transaction stays open.
            case "open" -> Runtime.getRuntime().halt(0);
            default -> { }
        }
        producer.close();
    }

    private static ProducerRecord<byte[], byte[]> parse(String topic, String line) {
        String[] fields = line.split("\t", -1);
        Integer partition = Integer.parseInt(fields[0]);
        Long timestamp = fields[2].equals("-") ? null : Long.valueOf(fields[2]);
        var record = new ProducerRecord<>(topic, partition, timestamp, bytes(fields[3]), bytes(fields[4]));
        for (int at = 5; at + 1 < fields.length; at += 2) {
            record.headers().add(new String(bytes(fields[at]), StandardCharsets.UTF_8), bytes(fields[at + 1]));
        }
        return record;
    }

    /** Reads each partition from its start to the end that it has now, for this isolation level. */
    private static void read(String bootstrap, String topic, String isolation) throws IOException {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", bootstrap,
            "isolation.level", isolation,
            "enable.auto.commit", "false",
            "allow.auto.create.topics", "false");
        var deserializer = new ByteArrayDeserializer();
        var out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        try (var consumer = new KafkaConsumer<>(config, deserializer, deserializer)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .collect(Collectors.toList());
            if (partitions.isEmpty()) {
                throw new IllegalArgumentException("there is no topic " + topic);
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> missing = new HashMap<>(ends);
            long lastProgress = System.nanoTime();
            while (true) {
                // A position also moves past what is not delivered: markers, and records that were aborted.
                if (missing.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue())) {
                    lastProgress = System.nanoTime();
                }
                if (missing.isEmpty()) {
                    break;
                }
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    // What came after the end was looked up would be another reader's share.
                    if (record.offset() < ends.get(new TopicPartition(topic, record.partition()))) {
                        print(out, record);
                        lastProgress = System.nanoTime();
                    }
                }
                if (System.nanoTime() - lastProgress > STUCK.toNanos()) {
                    throw new IllegalStateException("nothing for " + STUCK + ", expected records up to " + missing);
                }
            }
        }
        out.flush();
        if (out.checkError()) {
            throw new IOException("the answer cannot be written");
        }
    }

    private static void print(PrintStream out, ConsumerRecord<byte[], byte[]> record) {
        var line = new StringBuilder()
            .append(record.partition()).append('\t')
            .append(record.offset()).append('\t')
            .append(record.timestamp()).append('\t')
            .append(text(record.key())).append('\t')
            .append(text(record.value()));
        for (Header header : record.headers()) {
            line.append('\t').append(text(header.key().getBytes(StandardCharsets.UTF_8)));
            line.append('\t').append(text(header.value()));
        }
        out.append(line).append('\n');
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        return text.equals("-") ? null : Base64.getDecoder().decode(text);
    }
}
