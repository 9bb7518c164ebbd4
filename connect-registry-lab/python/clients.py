"""Answers calls, one a line, with Confluent's serializers and deserializers: see src/clients.rs.

The first argument is the registry's URL. A call and its answer are JSON; a failure is {"error": traceback}.
"""

import base64
import binascii
import datetime
import decimal
import json
import os
import pathlib
import sys
import tempfile
import traceback
import uuid
import warnings

# The libraries warn of each other, whatever the filters say.
warnings.showwarning = lambda *_, **__: None

import grpc_tools.protoc
from confluent_kafka.schema_registry import (
    Schema,
    SchemaRegistryClient,
    dual_schema_id_deserializer,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.confluent import meta_pb2
from confluent_kafka.schema_registry.confluent.types import decimal_pb2
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.schema_registry.serde import SchemaId
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message, message_factory

FRAMINGS = {"prefix": prefix_schema_id_serializer, "header": header_schema_id_serializer}

# What stands for values that JSON does not have: how it is read, and of which type it is written.
TAGS = {
    "$float": (float, str),
    "$bytes": (base64.b64decode, lambda value: base64.b64encode(value).decode()),
    "$decimal": (decimal.Decimal, str),
    "$date": (datetime.date.fromisoformat, lambda value: value.isoformat()),
    "$time": (datetime.time.fromisoformat, lambda value: value.isoformat("microseconds")),
    "$moment": (datetime.datetime.fromisoformat, lambda value: value.isoformat("T", "microseconds")),
    "$uuid": (uuid.UUID, str),
}
# In this order: a datetime is a date too.
TYPES = [
    (float, "$float"),
    (bytes, "$bytes"),
    (decimal.Decimal, "$decimal"),
    (datetime.datetime, "$moment"),
    (datetime.date, "$date"),
    (datetime.time, "$time"),
    (uuid.UUID, "$uuid"),
]


def read_value(value):
    """Makes Python's value of what JSON says."""
    if isinstance(value, list):
        return [read_value(element) for element in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(tag, inner)] = value.items()
        if tag == "$branch":
            return (inner[0], read_value(inner[1]))
        if tag in TAGS:
            return TAGS[tag][0](inner)
    return {name: read_value(inner) for name, inner in value.items()}


def shown(value):
    """Makes JSON of a value."""
    if isinstance(value, list):
        return [shown(element) for element in value]
    if isinstance(value, dict):
        return {name: shown(inner) for name, inner in value.items()}
    for of, tag in TYPES:
        if isinstance(value, of):
            return {tag: TAGS[tag][1](value)}
    return value


def compiled(registry, text, references):
    """Returns the descriptor of a .proto file, or of what a registry has instead of its text: a descriptor in base64."""
    with tempfile.TemporaryDirectory() as folder:
        known = os.path.join(folder, "known.pb")
        files = [meta_pb2.DESCRIPTOR, decimal_pb2.DESCRIPTOR]
        with open(known, "wb") as file:
            protos = [described(descriptor) for descriptor in imports(files)]
            serialized = descriptor_of(text)
            if serialized is not None:
                protos.append(serialized)
            else:
                write_file(folder, "value.proto", with_meta(text))
            file.write(descriptor_pb2.FileDescriptorSet(file=protos).SerializeToString())
        write_references(registry, folder, references)
        google = pathlib.Path(grpc_tools.protoc.__file__).parent / "_proto"
        output = os.path.join(folder, "output.pb")
        arguments = ["protoc", f"-I{folder}", f"-I{google}", f"-I{google.parents[1]}"]
        arguments += [f"--descriptor_set_in={known}", "--include_imports"]
        if grpc_tools.protoc.main([*arguments, f"--descriptor_set_out={output}", "value.proto"]) != 0:
            raise ValueError(f"protoc refuses the schema; it says why above:\n{text}")
        with open(output, "rb") as file:
            found = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for proto in found.file:
        pool.Add(proto)
    return pool.FindFileByName("value.proto")


def with_meta(text):
    """Adds the import of Confluent's options, which its own parser knows without, and its converter leaves out."""
    meta = 'import "confluent/meta.proto";'
    if "(confluent." not in text or meta in text:
        return text
    syntax, rest = text.split(";", 1)
    return f"{syntax};\n{meta}\n{rest}"


def descriptor_of(text):
    """Returns the descriptor that a text is in base64, if it is one."""
    try:
        proto = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (binascii.Error, message.DecodeError):
        return None
    proto.name = "value.proto"
    return proto


def imports(files):
    """Returns these files after all that they import, each once."""
    found = []
    for file in files:
        for other in [*imports(file.dependencies), file]:
            if other not in found:
                found.append(other)
    return found


def described(descriptor):
    proto = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(proto)
    return proto


def write_references(registry, folder, references):
    for reference in references or []:
        schema = registry.get_version(reference.subject, reference.version).schema
        write_file(folder, reference.name, schema.schema_str)
        write_references(registry, folder, schema.references)


def write_file(folder, name, text):
    path = pathlib.Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def message_class(file, indexes):
    """Returns the class of the message that the indexes lead to."""
    first, *inner = indexes
    found = list(file.message_types_by_name.values())[first]
    for index in inner:
        found = found.nested_types[index]
    return message_factory.GetMessageClass(found)


class Clients:
    def __init__(self, url):
        self.registry = SchemaRegistryClient({"url": url})

    def write(self, call):
        headers = {}
        context = SerializationContext(call["topic"], MessageField.VALUE, headers)
        conf = {"schema.id.serializer": FRAMINGS[call["framing"]]}
        value = read_value(call["value"])
        if call["format"] == "avro":
            serializer = AvroSerializer(self.registry, call["schema"], conf=conf)
        elif call["format"] == "json":
            serializer = JSONSerializer(call["schema"], self.registry, conf=conf)
        else:
            of = message_class(compiled(self.registry, call["schema"], []), [0])
            serializer = ProtobufSerializer(of, self.registry, conf)
            value = json_format.ParseDict(value, of())
        written = serializer(value, context)
        headers = {name: base64.b64encode(header).decode() for name, header in headers.items()}
        return {"bytes": base64.b64encode(written).decode(), "headers": headers}

    def read(self, call):
        headers = [(name, base64.b64decode(header)) for name, header in call["headers"].items()]
        context = SerializationContext(call["topic"], MessageField.VALUE, headers)
        written = base64.b64decode(call["bytes"])
        if call["format"] == "avro":
            value = AvroDeserializer(self.registry)(written, context)
        elif call["format"] == "json":
            value = JSONDeserializer(None, schema_registry_client=self.registry)(written, context)
        else:
            deserializer = ProtobufDeserializer(self.message_of(written, context), {})
            value = json_format.MessageToDict(deserializer(written, context), preserving_proto_field_name=True)
        return {"value": shown(value)}

    def latest(self, call):
        return {"schema": self.registry.get_latest_version(call["subject"]).schema.schema_str}

    def message_of(self, written, context):
        """Returns the class of a message, by the text that the registry has for its id."""
        known = SchemaId("PROTOBUF")
        dual_schema_id_deserializer(written, context, known)
        if known.guid is not None:
            schema = self.registry.get_schema_by_guid(str(known.guid))
        else:
            schema = self.registry.get_schema(known.id)
        file = compiled(self.registry, schema.schema_str, schema.references)
        return message_class(file, known.message_indexes)


def main():
    clients = Clients(sys.argv[1])
    operations = {"write": clients.write, "read": clients.read, "latest": clients.latest}
    # What a library prints must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            call = json.loads(line)
            answer = operations[call["op"]](call)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


main()
