import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Runs Java's transforms over records: JSON lines in, JSON lines out, answers in the place of those that were there.
 *
 * <p>A line is {"event": name, "record": record} or {"class", "config", "apply": [name…], "out": answers}: one instance
 * is configured and applied to the named events, which stand in lines before. An answer is null (dropped), {"error"},
 * or a record: {"topic", "partition", "timestamp", "key", "value", "headers": [[name, datum]…]}, without what is null.
 * A datum is null, plain JSON (no schema), or {"schema", "payload"} as JsonConverter has it, but that schemas are
 * numbered: {"schema": number, "is": schema} is a line that stands before. In new lines schemas may stand in the datum.
 * A datum that JsonConverter refuses to write is {"refused"}. A configuration that is refused answers {"config"}.
 *
 * <p>Records are those of a source: Debezium's EventRouter cannot be used on those of a sink.
 *
 * <p>java -cp 'debezium/*:kafka/libs/*' Debezium.java &lt; debezium.jsonl
 * (debezium: debezium-core, debezium-api, debezium-common, all 3.4.3.Final; kafka: 4.3.1)
 */
@SuppressWarnings("deprecation")
public class Debezium {
  static {
    // Before any logger exists: log4j would write between the answers.
    System.setProperty("org.apache.logging.log4j.level", "OFF");
  }

  static final ObjectMapper JSON = new ObjectMapper();
  static final List<JsonNode> SCHEMAS = new ArrayList<>();
  static PrintStream out;
  static final JsonConverter WITH_SCHEMAS = converter(true);
  static final JsonConverter WITHOUT = converter(false);

  static JsonConverter converter(boolean schemas) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", String.valueOf(schemas), "replace.null.with.default", "false"), false);
    return converter;
  }

  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    Map<String, JsonNode> events = new HashMap<>();
    for (String line; (line = in.readLine()) != null; ) {
      ObjectNode read = (ObjectNode) JSON.readTree(line);
      if (read.has("is")) {
        number(read.get("is"));
        continue;
      }
      if (read.has("event")) {
        ObjectNode record = (ObjectNode) read.get("record");
        for (String side : new String[] {"key", "value"}) if (record.has(side)) record.set(side, numbered(record.get(side)));
        for (JsonNode header : record.path("headers")) ((ArrayNode) header).set(1, numbered(header.get(1)));
        events.put(read.get("event").asText(), record);
      } else read.set("out", answers(read, events));
      out.println(JSON.writeValueAsString(read));
    }
    out.flush();
  }

  static int number(JsonNode schema) throws Exception {
    int known = SCHEMAS.indexOf(schema);
    if (known >= 0) return known;
    SCHEMAS.add(schema);
    out.println(JSON.writeValueAsString(JSON.createObjectNode().put("schema", SCHEMAS.size() - 1).set("is", schema)));
    return SCHEMAS.size() - 1;
  }

  static boolean hasSchema(JsonNode datum) {
    return datum.isObject() && datum.size() == 2 && datum.has("schema") && datum.has("payload");
  }

  static JsonNode numbered(JsonNode datum) throws Exception {
    if (hasSchema(datum) && datum.get("schema").isObject()) ((ObjectNode) datum).put("schema", number(datum.get("schema")));
    return datum;
  }

  @SuppressWarnings("unchecked")
  static JsonNode answers(JsonNode line, Map<String, JsonNode> events) throws Exception {
    Map<String, String> config = new HashMap<>();
    line.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
    ArrayNode answers = JSON.createArrayNode();
    Class<?> type = Class.forName(line.get("class").asText());
    try (Transformation<SourceRecord> transform = (Transformation<SourceRecord>) type.getDeclaredConstructor().newInstance()) {
      try {
        transform.configure(config);
      } catch (RuntimeException e) {
        return JSON.createObjectNode().put("config", String.valueOf(e.getMessage()));
      }
      for (JsonNode name : line.get("apply")) {
        SourceRecord record = record(events.get(name.asText()));
        try {
          SourceRecord made = transform.apply(record);
          answers.add(made == null ? NullNode.instance : json(made));
        } catch (RuntimeException e) {
          answers.add(JSON.createObjectNode().put("error", e.getClass().getSimpleName() + ": " + e.getMessage()));
        }
      }
    }
    return answers;
  }

  static SourceRecord record(JsonNode json) throws Exception {
    SchemaAndValue key = datum(json.get("key"));
    SchemaAndValue value = datum(json.get("value"));
    ConnectHeaders headers = new ConnectHeaders();
    for (JsonNode header : json.path("headers")) headers.add(header.get(0).asText(), datum(header.get(1)));
    Integer partition = json.has("partition") ? json.get("partition").asInt() : null;
    Long timestamp = json.has("timestamp") ? json.get("timestamp").asLong() : null;
    return new SourceRecord(null, null, json.get("topic").asText(), partition, key.schema(), key.value(), value.schema(),
        value.value(), timestamp, headers);
  }

  static SchemaAndValue datum(JsonNode json) throws Exception {
    if (json == null || json.isNull()) return SchemaAndValue.NULL;
    boolean schema = hasSchema(json);
    if (schema) json = ((ObjectNode) json).deepCopy().<ObjectNode>set("schema", SCHEMAS.get(json.get("schema").asInt()));
    return (schema ? WITH_SCHEMAS : WITHOUT).toConnectData("", JSON.writeValueAsBytes(json));
  }

  static ObjectNode json(SourceRecord record) throws Exception {
    ObjectNode json = JSON.createObjectNode();
    json.put("topic", record.topic());
    if (record.kafkaPartition() != null) json.put("partition", record.kafkaPartition());
    if (record.timestamp() != null) json.put("timestamp", record.timestamp());
    if (record.keySchema() != null || record.key() != null) json.set("key", json(record.keySchema(), record.key()));
    if (record.valueSchema() != null || record.value() != null) json.set("value", json(record.valueSchema(), record.value()));
    if (record.headers().isEmpty()) return json;
    ArrayNode headers = json.putArray("headers");
    for (Header header : record.headers()) headers.addArray().add(header.key()).add(json(header.schema(), header.value()));
    return json;
  }

  static JsonNode json(Schema schema, Object value) throws Exception {
    if (schema == null && value == null) return NullNode.instance;
    try {
      byte[] bytes = (schema == null ? WITHOUT : WITH_SCHEMAS).fromConnectData("", schema, value);
      return numbered(JSON.readTree(bytes));
    } catch (RuntimeException e) {
      return JSON.createObjectNode().put("refused", e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }
}
