import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/**
 * Applies Java's transforms and predicates to records: a line of JSON in, a line of JSON out.
 *
 * <p>A line is {"class", "config", "of": "source" or "sink", "records"}: one instance is configured and gets the records in
 * their order. The answer is {"refused": why} if it cannot be configured, or {"answers"}: of a predicate true or false, of a
 * transform null (dropped) or a record, of both {"error": class and message}.
 *
 * <p>A record is {"topic", "partition", "offset", "timestamp", "key", "value", "headers": [[name, datum]…]}, and a datum
 * {"schema", "payload"}, without what is null. JsonConverter would lose the types of what has no schema, so values are
 * null, true, text, or an object with one member that says what they are: {"int8": 1}, {"float64": bits}, {"bytes": base64},
 * {"decimal": [unscaled, scale]}, {"millis": those of any date or time}, {"array": […]}, {"map": [[key, value]…]},
 * {"struct": [value of each field…]}. A struct that has not the schema of its place says which it has, in "schema".
 */
public final class Transforms {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Schemas that were read already: most records share theirs with others. */
    private static final Map<JsonNode, Schema> SCHEMAS = new HashMap<>();

    private Transforms() {}

    public static void main(String[] args) throws IOException {
        var mapper = new ObjectMapper();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(mapper.writeValueAsString(answers(mapper.readTree(line))));
            out.flush();
            SCHEMAS.clear();
        }
    }

    private static JsonNode answers(JsonNode line) {
        Map<String, String> config = new HashMap<>();
        line.get("config").fields().forEachRemaining(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        Object plugin;
        try {
            plugin = Class.forName(line.get("class").asText()).getDeclaredConstructor().newInstance();
            if (plugin instanceof Transformation<?> transform) {
                transform.configure(config);
            } else {
                ((Predicate<?>) plugin).configure(config);
            }
        } catch (Exception e) {
            return NODES.objectNode().put("refused", e.toString());
        }
        boolean sink = line.get("of").asText().equals("sink");
        ObjectNode answer = NODES.objectNode();
        ArrayNode answers = answer.putArray("answers");
        for (JsonNode json : line.get("records")) {
            ConnectRecord<?> record = sink ? sinkRecord(json) : sourceRecord(json);
            JsonNode one;
            try {
                one = answer(plugin, record);
            } catch (RuntimeException | StackOverflowError e) {
                one = NODES.objectNode().put("error", e.toString());
            }
            answers.add(one);
        }
        return answer;
    }

    @SuppressWarnings("unchecked")
    private static <R extends ConnectRecord<R>> JsonNode answer(Object plugin, ConnectRecord<?> record) {
        if (plugin instanceof Predicate) {
            return NODES.booleanNode(((Predicate<R>) plugin).test((R) record));
        }
        R made = ((Transformation<R>) plugin).apply((R) record);
        return made == null ? NODES.nullNode() : json(made);
    }

    // --- Reading -----------------------------------------------------------------------------------------------------

    private static SinkRecord sinkRecord(JsonNode json) {
        SchemaAndValue key = datum(json.get("key"));
        SchemaAndValue value = datum(json.get("value"));
        return new SinkRecord(json.get("topic").asText(), json.get("partition").asInt(), key.schema(), key.value(),
            value.schema(), value.value(), json.get("offset").asLong(), timestamp(json), TimestampType.CREATE_TIME,
            headers(json));
    }

    private static SourceRecord sourceRecord(JsonNode json) {
        SchemaAndValue key = datum(json.get("key"));
        SchemaAndValue value = datum(json.get("value"));
        Integer partition = json.has("partition") ? json.get("partition").asInt() : null;
        return new SourceRecord(null, null, json.get("topic").asText(), partition, key.schema(), key.value(),
            value.schema(), value.value(), timestamp(json), headers(json));
    }

    private static Long timestamp(JsonNode json) {
        return json.has("timestamp") ? json.get("timestamp").asLong() : null;
    }

    private static ConnectHeaders headers(JsonNode json) {
        var headers = new ConnectHeaders();
        for (JsonNode header : json.path("headers")) {
            headers.add(header.get(0).asText(), datum(header.get(1)));
        }
        return headers;
    }

    private static SchemaAndValue datum(JsonNode json) {
        Schema schema = schema(json.get("schema"));
        return new SchemaAndValue(schema, value(json.path("payload"), schema));
    }

    private static Schema schema(JsonNode json) {
        if (json == null) {
            return null;
        }
        Schema known = SCHEMAS.get(json);
        if (known == null) {
            known = newSchema(json);
            SCHEMAS.put(json, known);
        }
        return known;
    }

    private static Schema newSchema(JsonNode json) {
        Schema.Type type = Schema.Type.valueOf(json.get("type").asText().toUpperCase());
        SchemaBuilder builder = switch (type) {
            case ARRAY -> SchemaBuilder.array(schema(json.get("values")));
            case MAP -> SchemaBuilder.map(schema(json.get("keys")), schema(json.get("values")));
            default -> SchemaBuilder.type(type);
        };
        for (JsonNode field : json.path("fields")) {
            builder.field(field.get(0).asText(), schema(field.get(1)));
        }
        if (json.get("optional").asBoolean()) {
            builder.optional();
        }
        if (json.has("name")) {
            builder.name(json.get("name").asText());
        }
        if (json.has("version")) {
            builder.version(json.get("version").asInt());
        }
        if (json.has("doc")) {
            builder.doc(json.get("doc").asText());
        }
        json.path("parameters").fields().forEachRemaining(entry -> builder.parameter(entry.getKey(), entry.getValue().asText()));
        if (json.has("default")) {
            builder.defaultValue(value(json.get("default"), builder));
        }
        return builder.build();
    }

    private static Object value(JsonNode json, Schema place) {
        if (json.isNull() || json.isMissingNode()) {
            return null;
        }
        if (json.isBoolean()) {
            return json.asBoolean();
        }
        if (json.isTextual()) {
            return json.asText();
        }
        String kind = json.fieldNames().next();
        JsonNode is = json.get(kind);
        return switch (kind) {
            case "int8" -> (byte) is.asInt();
            case "int16" -> (short) is.asInt();
            case "int32" -> is.asInt();
            case "int64" -> is.asLong();
            case "float32" -> Float.intBitsToFloat(is.asInt());
            case "float64" -> Double.longBitsToDouble(is.asLong());
            case "bytes" -> Base64.getDecoder().decode(is.asText());
            case "decimal" -> new BigDecimal(new BigInteger(is.get(0).asText()), is.get(1).asInt());
            case "millis" -> new Date(is.asLong());
            case "array" -> array(is, place);
            case "map" -> map(is, place);
            case "struct" -> struct(is, place);
            default -> throw new IllegalArgumentException("expected a kind of value, found " + kind);
        };
    }

    private static List<Object> array(JsonNode elements, Schema place) {
        List<Object> array = new ArrayList<>();
        for (JsonNode element : elements) {
            array.add(value(element, place == null ? null : place.valueSchema()));
        }
        return array;
    }

    private static Map<Object, Object> map(JsonNode entries, Schema place) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (JsonNode entry : entries) {
            Object key = value(entry.get(0), place == null ? null : place.keySchema());
            map.put(key, value(entry.get(1), place == null ? null : place.valueSchema()));
        }
        return map;
    }

    private static Struct struct(JsonNode values, Schema place) {
        var struct = new Struct(place instanceof SchemaBuilder builder ? builder.build() : place);
        for (Field field : struct.schema().fields()) {
            Object value = value(values.get(field.index()), field.schema());
            if (value != null) {
                struct.put(field, value);
            }
        }
        return struct;
    }

    // --- Writing -----------------------------------------------------------------------------------------------------

    private static JsonNode json(ConnectRecord<?> record) {
        ObjectNode json = NODES.objectNode();
        json.put("topic", record.topic());
        if (record.kafkaPartition() != null) {
            json.put("partition", record.kafkaPartition());
        }
        if (record instanceof SinkRecord sink) {
            json.put("offset", sink.kafkaOffset());
        }
        if (record.timestamp() != null) {
            json.put("timestamp", record.timestamp());
        }
        json.set("key", json(record.keySchema(), record.key()));
        json.set("value", json(record.valueSchema(), record.value()));
        ArrayNode headers = json.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(header.key()).add(json(header.schema(), header.value()));
        }
        return json;
    }

    private static ObjectNode json(Schema schema, Object value) {
        ObjectNode json = NODES.objectNode();
        if (schema != null) {
            json.set("schema", json(schema));
        }
        if (value != null) {
            json.set("payload", json(value, schema));
        }
        return json;
    }

    private static ObjectNode json(Schema schema) {
        ObjectNode json = NODES.objectNode();
        json.put("type", schema.type().getName());
        json.put("optional", schema.isOptional());
        if (schema.name() != null) {
            json.put("name", schema.name());
        }
        if (schema.version() != null) {
            json.put("version", schema.version());
        }
        if (schema.doc() != null) {
            json.put("doc", schema.doc());
        }
        if (schema.parameters() != null && !schema.parameters().isEmpty()) {
            ObjectNode parameters = json.putObject("parameters");
            schema.parameters().forEach(parameters::put);
        }
        switch (schema.type()) {
            case STRUCT -> {
                ArrayNode fields = json.putArray("fields");
                for (Field field : schema.fields()) {
                    fields.addArray().add(field.name()).add(json(field.schema()));
                }
            }
            case MAP -> {
                json.set("keys", json(schema.keySchema()));
                json.set("values", json(schema.valueSchema()));
            }
            case ARRAY -> json.set("values", json(schema.valueSchema()));
            default -> { }
        }
        if (schema.defaultValue() != null) {
            json.set("default", json(schema.defaultValue(), schema));
        }
        return json;
    }

    private static JsonNode json(Object value, Schema place) {
        ObjectNode json = NODES.objectNode();
        if (value == null) {
            return NullNode.instance;
        } else if (value instanceof Boolean is) {
            return NODES.booleanNode(is);
        } else if (value instanceof String text) {
            return NODES.textNode(text);
        } else if (value instanceof Byte number) {
            return json.put("int8", number.intValue());
        } else if (value instanceof Short number) {
            return json.put("int16", number.intValue());
        } else if (value instanceof Integer number) {
            return json.put("int32", number);
        } else if (value instanceof Long number) {
            return json.put("int64", number);
        } else if (value instanceof Float number) {
            return json.put("float32", Float.floatToIntBits(number));
        } else if (value instanceof Double number) {
            return json.put("float64", Double.doubleToLongBits(number));
        } else if (value instanceof byte[] bytes) {
            return json.put("bytes", Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof ByteBuffer buffer) {
            var bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return json(bytes, place);
        } else if (value instanceof BigDecimal decimal) {
            json.putArray("decimal").add(decimal.unscaledValue().toString()).add(decimal.scale());
            return json;
        } else if (value instanceof Date date) {
            return json.put("millis", date.getTime());
        } else if (value instanceof List<?> list) {
            ArrayNode elements = json.putArray("array");
            list.forEach(element -> elements.add(json(element, place == null ? null : element(place))));
            return json;
        } else if (value instanceof Map<?, ?> map) {
            ArrayNode entries = json.putArray("map");
            Schema keys = place != null && place.type() == Schema.Type.MAP ? place.keySchema() : null;
            map.forEach((key, member) -> entries.addArray().add(json(key, keys)).add(json(member, element(place))));
            return json;
        } else if (value instanceof Struct struct) {
            ArrayNode values = json.putArray("struct");
            for (Field field : struct.schema().fields()) {
                values.add(json(struct.getWithoutDefault(field.name()), field.schema()));
            }
            if (place == null || (place != struct.schema() && !json(place).equals(json(struct.schema())))) {
                json.set("schema", json(struct.schema()));
            }
            return json;
        }
        return json.put("class", value.getClass().getName());
    }

    /** The schema of what a schema holds; a transform may have left one that has nothing to do with the value. */
    private static Schema element(Schema place) {
        boolean holds = place != null && (place.type() == Schema.Type.MAP || place.type() == Schema.Type.ARRAY);
        return holds ? place.valueSchema() : null;
    }
}
