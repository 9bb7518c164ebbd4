import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
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
 * Apache Kafka's own clients, to check others against: answers calls until the standard input ends.
 *
 * <p>A call is a line with the number of records that follow, a name and arguments, between tabs; then those records, one
 * a line. The answer is records, and a last line: "ok", or "failed", a tab and the stack trace in Base64.
 *
 * <p>Records are fields between tabs: partition, offset, timestamp, key, value, then name and value of each header. Bytes
 * are in Base64, and null is a hyphen.
 */
public final class Client {
    private static final Duration STUCK = Duration.ofSeconds(60);

    /** What was left with an open transaction; nobody may close it. */
    private static final List<KafkaProducer<byte[], byte[]>> LEFT = new ArrayList<>();

    private Client() {}

    public static void main(String[] args) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] call = line.split("\t", -1);
            List<String> records = new ArrayList<>();
            for (int left = Integer.parseInt(call[0]); left > 0; left--) {
                records.add(input.readLine());
            }
            try {
                answer(call, records).forEach(record -> output.append(record).append('\n'));
                output.append("ok\n");
            } catch (Exception error) {
                var trace = new StringWriter();
                error.printStackTrace(new PrintWriter(trace, true));
                output.append("failed\t").append(text(trace.toString().getBytes(StandardCharsets.UTF_8))).append('\n');
            }
            output.flush();
        }
    }

    private static List<String> answer(String[] call, List<String> records) throws Exception {
        switch (call[1]) {
            case "create" -> create(call[2], call[3], Integer.parseInt(call[4]), Arrays.copyOfRange(call, 5, call.length));
            case "partitions" -> grow(call[2], call[3], Integer.parseInt(call[4]));
            case "write" -> write(call[2], call[3], call[4], records);
            case "read" -> {
                return read(call[2], call[3], call[4]);
            }
            default -> throw new IllegalArgumentException("expected create, partitions, write or read, found " + call[1]);
        }
        return List.of();
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

    private static void grow(String bootstrap, String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
        }
    }

    private static void write(String bootstrap, String topic, String ending, List<String> records) throws Exception {
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
        List<Future<?>> sent = new ArrayList<>();
        for (String line : records) {
            sent.add(producer.send(parse(topic, line)));
        }
        producer.flush();
        for (Future<?> one : sent) {
            one.get();
        }
        switch (ending) {
            case "committed" -> producer.commitTransaction();
            case "aborted" -> producer.abortTransaction();
            case "open" -> {
                // Closing it would abort the transaction.
                LEFT.add(producer);
                return;
            }
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
    private static List<String> read(String bootstrap, String topic, String isolation) {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", bootstrap,
            "isolation.level", isolation,
            "enable.auto.commit", "false",
            // At the end of a partition there is nothing worth waiting for.
            "fetch.max.wait.ms", "10",
            "allow.auto.create.topics", "false");
        var deserializer = new ByteArrayDeserializer();
        List<String> read = new ArrayList<>();
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
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(10));
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    // What came after the end was looked up would be another reader's share.
                    if (record.offset() < ends.get(new TopicPartition(topic, record.partition()))) {
                        read.add(line(record));
                        lastProgress = System.nanoTime();
                    }
                }
                if (System.nanoTime() - lastProgress > STUCK.toNanos()) {
                    throw new IllegalStateException("nothing for " + STUCK + ", expected records up to " + missing);
                }
            }
        }
        return read;
    }

    private static String line(ConsumerRecord<byte[], byte[]> record) {
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
        return line.toString();
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        return text.equals("-") ? null : Base64.getDecoder().decode(text);
    }
}
