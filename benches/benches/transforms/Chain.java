import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.InsertField;
import org.apache.kafka.connect.transforms.MaskField;
import org.apache.kafka.connect.transforms.ReplaceField;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Reads JSON, applies three transforms and writes JSON: a line that is a text of JSON is kept, a line that is a number asks
 * for so many passes over all of them, and is answered with the nanoseconds of CPU time of the whole process per record.
 */
public final class Chain {
    private Chain() {}

    public static void main(String[] args) throws IOException {
        var converter = new JsonConverter();
        converter.configure(Map.of("schemas.enable", "false", "converter.type", "value"), false);
        List<Transformation<SinkRecord>> chain = List.of(
                new InsertField.Value<>(), new ReplaceField.Value<>(), new MaskField.Value<>());
        chain.get(0).configure(Map.of("static.field", "origin", "static.value", "shop"));
        chain.get(1).configure(Map.of("renames", "id:key"));
        chain.get(2).configure(Map.of("fields", "card"));
        var process = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var texts = new ArrayList<byte[]>();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        long written = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("{")) {
                texts.add(line.getBytes(StandardCharsets.UTF_8));
                System.out.println(texts.size());
                continue;
            }
            long passes = Long.parseLong(line);
            long before = process.getProcessCpuTime();
            for (long pass = 0; pass < passes; pass++) {
                for (byte[] text : texts) {
                    written += converted(converter, chain, text);
                }
            }
            long spent = process.getProcessCpuTime() - before;
            System.out.println(written == 0 ? "nothing was written" : (double) spent / (passes * texts.size()));
        }
    }

    private static int converted(JsonConverter converter, List<Transformation<SinkRecord>> chain, byte[] text) {
        var read = converter.toConnectData("t", text);
        var record = new SinkRecord("t", 0, null, null, read.schema(), read.value(), 7, 0L, TimestampType.CREATE_TIME);
        for (Transformation<SinkRecord> transform : chain) {
            record = transform.apply(record);
        }
        return converter.fromConnectData("t", record.valueSchema(), record.value()).length;
    }
}
