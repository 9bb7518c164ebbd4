import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Measures Avro into and from generic records. The input is a schema in one line, then messages in hexadecimal digits; the output
 * are the nanoseconds of CPU time of the whole process that a message takes, to be written and to be read.
 */
public final class Orders {
    private static final int WARM_UP = 300;
    private static final int PASSES = 300;

    /** What was made last, so that nothing is left out for want of a use. */
    @SuppressWarnings("unused")
    private static volatile Object kept;

    private interface Pass {
        void run() throws IOException;
    }

    private Orders() {}

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var schema = new Schema.Parser().parse(in.readLine());
        List<byte[]> messages = in.lines().map(HexFormat.of()::parseHex).toList();
        var reader = new GenericDatumReader<GenericRecord>(schema);
        var writer = new GenericDatumWriter<GenericRecord>(schema);
        var decoder = DecoderFactory.get().binaryDecoder(new byte[0], null);
        var out = new ByteArrayOutputStream();
        var encoder = EncoderFactory.get().binaryEncoder(out, null);
        var records = new ArrayList<GenericRecord>();
        for (byte[] message : messages) {
            records.add(reader.read(null, DecoderFactory.get().binaryDecoder(message, decoder)));
        }
        double encode = measured(messages.size(), () -> {
            for (GenericRecord record : records) {
                out.reset();
                writer.write(record, EncoderFactory.get().binaryEncoder(out, encoder));
                encoder.flush();
                kept = out.toByteArray();
            }
        });
        double decode = measured(messages.size(), () -> {
            for (byte[] message : messages) {
                kept = reader.read(null, DecoderFactory.get().binaryDecoder(message, decoder));
            }
        });
        System.out.println("encode " + encode);
        System.out.println("decode " + decode);
    }

    private static double measured(int messages, Pass pass) throws IOException {
        var process = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int i = 0; i < WARM_UP; i++) {
            pass.run();
        }
        long before = process.getProcessCpuTime();
        for (int i = 0; i < PASSES; i++) {
            pass.run();
        }
        return (double) (process.getProcessCpuTime() - before) / ((long) PASSES * messages);
    }
}
